"""Installs, imports or removes a model on a thread of its own and tells the window about it by signals."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from audio.events import Problem
from recognizer.models.catalogue import CatalogueModel
from recognizer.models.download import Progress, Stop, Tell
from recognizer.models.import_model import import_model
from recognizer.models.install import Source, install, remove
from recognizer.models.problems import ModelFailed
from recognizer.models.transfer import Patience

JOIN_S: Final = 3.0
UNEXPECTED: Final = Problem(
    "model-job-unexpected", "Something went wrong that should not have.", "What happened is in the log."
)
Work = Callable[[Tell, Stop], None]
_log = logging.getLogger(__name__)


class ModelJob(QObject):
    """One piece of ``work(tell, is_cancelled)``; ``ended`` carries its problem, or ``None``."""

    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, name: str, work: Work) -> None:
        super().__init__()
        self.name = name
        self._work = work
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-job", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to end; ``ended`` follows within a moment."""
        self._cancelled.set()

    def stop(self, timeout_s: float = JOIN_S) -> None:
        """Cancel and wait for its end."""
        self.cancel()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        problem: Problem | None = None
        try:
            self._work(self.progressed.emit, self._cancelled.is_set)
        except ModelFailed as failed:
            problem = failed.problem
        except Exception as error:  # noqa: BLE001 - told by the window: a thread has nobody above it
            _log.error("model job: unexpected", exc_info=error)
            problem = UNEXPECTED
        self.ended.emit(problem)


def installing(model: CatalogueModel, source: Source, folder: Path, patience: Patience) -> Work:
    """Fetches a model into ``folder``."""

    def work(tell: Tell, is_cancelled: Stop) -> None:
        install(model, source, folder, tell, is_cancelled, patience)

    return work


def importing(source: Path, folder: Path) -> Work:
    """Takes a model from a folder or a .zip; cannot be cancelled."""

    def work(tell: Tell, _: Stop) -> None:
        import_model(source, folder, moved=lambda done, total: tell(Progress("copying", done, total)))

    return work


def removing(name: str, folder: Path) -> Work:
    """Deletes an installed model."""

    def work(_tell: Tell, _: Stop) -> None:
        remove(name, folder)

    return work
