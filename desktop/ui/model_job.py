"""Installs, imports or removes a model on a thread of its own and tells the window about it by signals."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from audio.events import Problem
from recognizer.models.download import Progress
from recognizer.models.problems import ModelFailed

JOIN_S: Final = 3.0
UNEXPECTED: Final = Problem(
    "model-job-unexpected", "Something went wrong that should not have.", "What happened is in the log."
)
Work = Callable[[Callable[[Progress], None], Callable[[], bool]], None]
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
