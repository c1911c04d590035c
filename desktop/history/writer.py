"""The thread ``history``: the program's one writer, so that no commit is waited for on the GUI thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audio.events import Problem
from desktop.history.entry import HistoryEntry
from desktop.history.opening import HistoryFailed
from desktop.history.store import Forgotten, HistoryStore, Limits

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DictationSaved:
    """It is on the disk."""

    entry_id: int
    entry: HistoryEntry


@dataclass(frozen=True, slots=True)
class DictationsForgotten:
    """Deleted, for good; the recordings at ``audio_paths`` are to be deleted as well."""

    dictations: int
    audio_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryTroubled:
    """Something the user should read; the program goes on."""

    problem: Problem


HistoryEvent = DictationSaved | DictationsForgotten | HistoryTroubled
_Job = Callable[[HistoryStore], HistoryEvent | None]


class HistoryWriter:
    """Thread-safe; no method but ``stop`` waits. ``post`` is called on the thread ``history``.

    The database is opened, checked and cut to ``limits`` at once. While it cannot be opened, each wish
    tries again, and is told once as ``HistoryTroubled``.
    """

    def __init__(self, folder: Path, limits: Limits, post: Callable[[HistoryEvent], None]) -> None:
        self._folder = folder
        self._post = post
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._store: HistoryStore | None = None
        self._told = ""
        self.retain(limits)
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def save(self, entry: HistoryEntry) -> None:
        """Remember a dictation; answered by ``DictationSaved``."""
        self._jobs.put(lambda store: DictationSaved(store.add(entry), entry))

    def delete(self, entry_id: int) -> None:
        """Forget one dictation; answered by ``DictationsForgotten``."""
        self._jobs.put(lambda store: _delete(store, entry_id))

    def clear(self) -> None:
        """Forget all; answered by ``DictationsForgotten``."""
        self._jobs.put(lambda store: _forgotten(store.clear()))

    def retain(self, limits: Limits) -> None:
        """Forget what is too old or too much; answered if there was any."""
        self._jobs.put(lambda store: _forgotten(store.retain(limits, datetime.now(UTC)), is_told=False))

    def forget_audio(self, audio_path: str) -> None:
        """The recording at ``audio_path`` is no longer there."""
        self._jobs.put(lambda store: store.forget_audio(audio_path))

    def stop(self, timeout_s: float = 3.0) -> bool:
        """Finish what was asked and close; whether it ended in time."""
        self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._do(job)
            except HistoryFailed as failure:
                self._tell(failure.problem)
            except Exception:  # noqa: BLE001 - whatever it is, the next dictation must be saved
                _log.exception("history: unexpected")
        if self._store is not None:
            self._store.close()

    def _do(self, job: _Job) -> None:
        if self._store is None:
            self._store = HistoryStore(self._folder)
            for problem in self._store.problems:
                self._tell(problem)
        event = job(self._store)
        self._told = ""
        if event is not None:
            self._post(event)

    def _tell(self, problem: Problem) -> None:
        if problem.code != self._told:
            self._told = problem.code
            self._post(HistoryTroubled(problem))


def _delete(store: HistoryStore, entry_id: int) -> DictationsForgotten:
    entry = store.get(entry_id)
    paths = (entry.audio_path,) if entry and entry.audio_path else ()
    return DictationsForgotten(int(store.delete(entry_id)), paths)


def _forgotten(forgotten: Forgotten, *, is_told: bool = True) -> DictationsForgotten | None:
    if not forgotten.dictations and not is_told:
        return None
    return DictationsForgotten(forgotten.dictations, forgotten.audio_paths)
