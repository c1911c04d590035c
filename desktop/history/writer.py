"""The thread ``history``: the program's one writer, so that no commit is waited for on the GUI thread.

What cannot be saved now (the disk is full, another program holds the file) is kept in memory and tried
again every few seconds. A file that is damaged or taken away under the program is opened anew.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.history.entry import HistoryEntry
from desktop.history.limits import Limits
from desktop.history.meeting_store import MeetingsForgotten
from desktop.history.opening import HistoryFailed, is_damage
from desktop.history.store import HistoryStore

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


@dataclass(frozen=True, slots=True)
class MeetingChanged:
    """Something of the meeting ``key`` is on the disk now: its beginning, a line, its name, its end."""

    key: str


@dataclass(frozen=True, slots=True)
class HistoryBegunAnew:
    """The file was damaged or gone, and another is in its place: what goes on must be written once more."""


MeetingEvent = MeetingChanged | MeetingsForgotten
HistoryEvent = DictationSaved | DictationsForgotten | HistoryTroubled | HistoryBegunAnew | MeetingEvent
Work = Callable[[HistoryStore], HistoryEvent | None]
_Job = Callable[[], HistoryEvent | None]
MOST_UNSAVED: Final = 500
MOST_KEPT: Final = 50_000
RETRY_EVERY_S: Final = 5.0
RETAIN_EVERY_S: Final = 3600.0
MOST_OPENINGS: Final = 8
"""Some network folders number their files anew all the time: each would seem to be another."""


class HistoryWriter:
    """Thread-safe; no method but ``stop`` waits. ``post`` is called on the thread ``history``.

    The database is opened, checked and cut to ``limits`` at once, and cut again every hour in which
    something is saved. Trouble is told once as ``HistoryTroubled``; each later wish tries again.
    """

    def __init__(self, folder: Path, limits: Limits, post: Callable[[HistoryEvent], None]) -> None:
        self._folder = folder
        self._post = post
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._store: HistoryStore | None = None
        self._openings, self._is_mending = 0, False
        self._told = ""
        self._limits = limits
        self._retained_s = 0.0
        self._unsaved: deque[HistoryEntry] = deque(maxlen=MOST_UNSAVED)
        self._kept: deque[Work] = deque()
        self.retain(limits)
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def save(self, entry: HistoryEntry) -> None:
        """Remember a dictation; answered by ``DictationSaved``."""
        self._jobs.put(lambda: self._save(entry))

    def delete(self, entry_id: int) -> None:
        """Forget one dictation; answered by ``DictationsForgotten``."""
        self._jobs.put(lambda: self._delete(entry_id))

    def clear(self) -> None:
        """Forget all; answered by ``DictationsForgotten``."""
        self._jobs.put(self._clear)

    def retain(self, limits: Limits) -> None:
        """Forget what is too old or too much; answered if there was any."""
        self._jobs.put(lambda: self._retain(limits))

    def forget_audio(self, audio_path: str) -> None:
        """The recording at ``audio_path`` is no longer there."""
        self._jobs.put(lambda: self._opened().forget_audio(audio_path))

    def keep(self, work: Work) -> None:
        """Have ``work`` done on the thread, in the order of calling; answered by what it returns.

        While the database cannot do it, it is kept and tried again every few seconds.
        """
        self._jobs.put(lambda: self._keep(work))

    def stop(self, timeout_s: float = 3.0) -> bool:
        """Finish what was asked and close; whether it ended in time."""
        self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- on the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        while (job := self._next_job()) is not None:
            self._try(job)
        if self._kept or self._unsaved:
            self._try(self._do_waiting)
        self._close()

    def _next_job(self) -> _Job | None:
        try:
            return self._jobs.get(timeout=RETRY_EVERY_S if self._kept or self._unsaved else None)
        except queue.Empty:
            return self._do_waiting

    def _try(self, job: _Job) -> None:
        try:
            self._do(job)
        except HistoryFailed as failure:
            if is_damage(failure) and not self._is_mending:
                self._is_mending = True  # once: opening tells what could be read
                self._close()
                self._jobs.put(self._do_waiting)
            else:
                self._tell(failure.problem)
        except Exception:  # noqa: BLE001 - whatever it is, the next dictation must be saved
            _log.exception("history: unexpected")

    def _do(self, job: _Job) -> None:
        event = job()
        self._told, self._is_mending = "", False
        if event is not None:
            self._post(event)

    def _opened(self) -> HistoryStore:
        if self._openings < MOST_OPENINGS and self._store is not None and not self._store.is_in_place():
            self._close()
        if self._store is None:
            self._store = HistoryStore(self._folder)
            for problem in self._store.problems:
                self._post(HistoryTroubled(problem))
            if self._openings:
                self._post(HistoryBegunAnew())
            else:
                self._store.meetings.close_leftovers()
            self._openings += 1
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _save(self, entry: HistoryEntry) -> HistoryEvent | None:
        self._unsaved.append(entry)
        return self._do_waiting()

    def _do_waiting(self) -> HistoryEvent | None:
        store = self._opened()
        while self._unsaved:
            oldest = self._unsaved[0]
            entry_id = store.add(oldest)
            self._unsaved.popleft()
            self._post(DictationSaved(entry_id, oldest))
        return self._do_kept()

    def _keep(self, work: Work) -> HistoryEvent | None:
        if len(self._kept) >= MOST_KEPT:
            _log.error("history: too much waits to be saved; the latest was dropped")
            return None
        self._kept.append(work)
        return self._do_kept()

    def _do_kept(self) -> HistoryEvent | None:
        """From the oldest; what the database cannot do stays first in the row."""
        while self._kept:
            store = self._opened()
            work = self._kept[0]
            try:
                event = work(store)
            except HistoryFailed:
                raise
            except Exception:  # noqa: BLE001 - work that can never be done must not stop what comes after
                _log.exception("history: unexpected")
                event = None
            self._kept.popleft()
            if event is not None:
                self._post(event)
        return self._retain_in_time()

    def _clear(self) -> HistoryEvent | None:
        self._unsaved.clear()
        forgotten = self._opened().clear()
        return DictationsForgotten(forgotten.dictations, forgotten.audio_paths)

    def _delete(self, entry_id: int) -> HistoryEvent | None:
        store = self._opened()
        entry = store.get(entry_id)
        paths = (entry.audio_path,) if entry and entry.audio_path else ()
        return DictationsForgotten(int(store.delete(entry_id)), paths)

    def _retain_in_time(self) -> HistoryEvent | None:
        is_time = time.monotonic() >= self._retained_s + RETAIN_EVERY_S
        return self._retain(self._limits) if is_time else None

    def _retain(self, limits: Limits) -> HistoryEvent | None:
        self._limits, self._retained_s = limits, time.monotonic()
        forgotten = self._opened().retain(limits, datetime.now(UTC))
        if forgotten.meetings.meetings:
            self._post(forgotten.meetings)
        if not forgotten.dictations:
            return None
        return DictationsForgotten(forgotten.dictations, forgotten.audio_paths)

    def _tell(self, problem: Problem) -> None:
        if problem.code != self._told:
            self._told = problem.code
            self._post(HistoryTroubled(problem))
