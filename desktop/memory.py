"""What is remembered: dictations in the history, recordings of those that failed. GUI thread only."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from audio.events import Problem
from audio.journal import drop_journal, list_journals, recover_leftovers
from desktop.core.commands import DictationRecord

SaveRecord = Callable[[DictationRecord], None]


class Memory:
    """``save_record`` writes to the history (or not, as the user chose)."""

    def __init__(self, recordings: Path, save_record: SaveRecord, changed: Callable[[], None]) -> None:
        self._recordings = recordings
        recover_leftovers(recordings)  # a crash left these: worth another try as well
        self._kept = list_journals(recordings)
        self._save_record = save_record
        self._changed = changed

    def save(self, record: DictationRecord) -> None:
        """Remember a finished dictation."""
        self._save_record(record)
        self._changed()

    def drop_audio(self, path: Path) -> None:
        """Its text is safe."""
        drop_journal(path)
        self._forget(path)

    def keep_audio(self, path: Path, _problem: Problem) -> None:
        """It can be tried again from the tray."""
        self._forget(path)
        self._kept.append(path)
        self._changed()

    def kept(self) -> list[Path]:
        """Recordings that wait for another try, newest first."""
        return list(reversed(self._kept))

    def forget_missing(self) -> None:
        """Recordings that somebody else has deleted."""
        for path in self.kept():
            if not path.exists():
                self._forget(path)

    def forget_older_than(self, days: int) -> None:
        """Retention; ``days`` 0 forgets all of them."""
        oldest_s = time.time() - days * 86_400
        for path in self.kept():
            if not path.exists() or path.stat().st_mtime < oldest_s:
                self.drop_audio(path)

    def forget_all(self) -> None:
        """Also what was not kept yet: of a dictation that was under way when the program was ended."""
        for path in {*self._kept, *list_journals(self._recordings)}:
            self.drop_audio(path)

    def _forget(self, path: Path) -> None:
        if path in self._kept:
            self._kept.remove(path)
            self._changed()
