"""The history of dictations in SQLite. A store belongs to one thread; several may be open on one file.

One writer at a time: the program's is the thread ``history`` (see ``writer``), the command line's lasts
for one command. Readers do not wait for writers.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.history import jobs, opening
from desktop.history.entry import HistoryEntry, time_text
from desktop.history.jobs import JobEntry
from desktop.history.limits import Forgotten, Limits, sum_of
from desktop.history.meeting_store import MeetingStore
from desktop.history.opening import HistoryFailed
from desktop.history.rows import COLUMNS, entry_at, row_of
from desktop.history.search import condition

__all__ = ["FILE_NAME", "Forgotten", "HistoryStore", "Limits"]

FILE_NAME: Final = "history.sqlite3"


class HistoryStore:
    """Every method raises ``HistoryFailed`` when the database cannot do it."""

    def __init__(self, folder: Path, *, is_read_only: bool = False) -> None:
        self.path = folder / FILE_NAME
        self._place: tuple[int, int] | None = None
        self.problems: tuple[Problem, ...] = ()
        if is_read_only:
            self._connection = _open_for_reading(self.path)
            self.has_index = _has_index(self._connection)
        else:
            opened = opening.open_database(self.path)
            self._connection, self.has_index = opened.connection, opened.has_index
            self.problems = opened.problems
        self._place = opening.place_of(self.path)
        self.meetings = MeetingStore(self._connection, self._guarded, has_index=self.has_index)

    def is_in_place(self) -> bool:
        """Whether its file is still where others look for it: somebody may delete or replace it."""
        return opening.place_of(self.path) == self._place

    def close(self) -> None:
        """Bring everything into the one file and let go of it."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def __enter__(self) -> HistoryStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading ----------------------------------------------------------------------------------

    def latest(self, limit: int = 50, before_id: int | None = None) -> list[HistoryEntry]:
        """The latest dictations, newest first; ``before_id`` goes on where a former answer ended."""
        where, values = ("WHERE id < ?", [before_id]) if before_id is not None else ("", [])
        return self._entries(f"{where} ORDER BY id DESC LIMIT ?", [*values, limit])

    def search(self, words: str, limit: int = 50, before_id: int | None = None) -> list[HistoryEntry]:
        """Dictations that hold every one of ``words`` (parts of words count), newest first."""
        where, values = condition(words, has_index=self.has_index)
        if before_id is not None:
            where, values = f"({where}) AND id < ?", [*values, before_id]
        return self._entries(f"WHERE {where} ORDER BY id DESC LIMIT ?", [*values, limit])

    def get(self, entry_id: int) -> HistoryEntry | None:
        """One dictation."""
        return next(iter(self._entries("WHERE id = ?", [entry_id])), None)

    def all(self) -> Iterator[HistoryEntry]:
        """Every dictation, oldest first, a hundred at a time."""
        last_id = 0
        while page := self._entries("WHERE id > ? ORDER BY id LIMIT 100", [last_id]):
            yield from page
            last_id = page[-1].entry_id

    def count(self) -> int:
        """How many dictations there are."""
        return self._number("SELECT count(*) FROM dictations")

    def jobs(self, limit: int = 50) -> list[JobEntry]:
        """The latest jobs of files, newest first."""
        with self._guarded():
            return jobs.latest_jobs(self._connection, limit)

    def used_bytes(self) -> int:
        """Size of what is kept, index included, without free pages."""
        pages = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        return pages * self._number("PRAGMA page_size")

    def damage(self) -> str:
        """What an integrity check finds; empty when the database is whole."""
        return opening.damage_of(self._connection)

    # --- writing ----------------------------------------------------------------------------------

    def add(self, entry: HistoryEntry) -> int:
        """Remember a dictation; its id. It is on the disk when this returns."""
        marks = ", ".join("?" * len(COLUMNS))
        statement = f"INSERT INTO dictations ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608
        with self._guarded():
            return int(self._connection.execute(statement, row_of(entry)).lastrowid or 0)

    def save_job(self, job: JobEntry) -> int:
        """Remember a job of files, or what became of it; its id."""
        with self._guarded():
            return jobs.save_job(self._connection, job)

    def delete(self, entry_id: int) -> bool:
        """Forget one dictation, for good; whether there was one."""
        deleted = self._delete("id = ?", [entry_id]).dictations > 0
        if deleted:
            self._wipe()
        return deleted

    def clear(self) -> Forgotten:
        """Forget all dictations and jobs, for good: nothing of them is left in the file. Meetings stay."""
        forgotten = self._delete("1 = 1", [])
        with self._guarded():
            self._connection.execute("DELETE FROM jobs")
            if self.has_index:
                self._connection.execute("INSERT INTO dictation_words (dictation_words) VALUES ('rebuild')")
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return forgotten

    def forget_audio(self, audio_path: str) -> None:
        """The recording at ``audio_path`` is no longer there."""
        with self._guarded():
            self._connection.execute(
                "UPDATE dictations SET audio_path = '' WHERE audio_path = ?", [audio_path]
            )

    def wipe(self) -> None:
        """Leave nothing of what was deleted in the file."""
        self._wipe()

    def retain(self, limits: Limits, now_utc: datetime) -> Forgotten:
        """Forget what is too old or too much, for good. Meetings that the user named or marked stay.

        What they take does not count, or a few of them would push every dictation out.
        """
        gone: list[Forgotten] = []
        if limits.keep_days:
            oldest_utc = now_utc - timedelta(days=limits.keep_days)
            oldest = time_text(oldest_utc)
            gone.append(self._delete("started_utc < ?", [oldest]))
            gone.append(Forgotten(0, (), self.meetings.forget_before(oldest_utc)))
            with self._guarded():
                jobs.forget_jobs(self._connection, oldest)
        if limits.keep_mib:
            gone += self._shrink((limits.keep_mib << 20) + self.meetings.kept_bytes())
        forgotten = sum_of(gone)
        if forgotten.dictations or forgotten.meetings.meetings:
            self._wipe()
        return forgotten

    # --- inside -----------------------------------------------------------------------------------

    def _shrink(self, limit_bytes: int) -> Iterator[Forgotten]:
        """Delete the oldest, a meeting or a share of the dictations at a time, until it fits."""
        while self.used_bytes() > limit_bytes:
            oldest = next(iter(self._entries("ORDER BY id LIMIT 1", [])), None)
            meeting = self.meetings.oldest_forgettable()
            if meeting and (oldest is None or meeting[1] < oldest.started_utc):
                yield Forgotten(0, (), self.meetings.delete(meeting[0]))
            elif oldest is not None:
                share = max(1, self.count() // 20)
                yield self._delete("id IN (SELECT id FROM dictations ORDER BY id LIMIT ?)", [share])
            else:
                return
            with self._guarded():
                jobs.shrink_jobs(self._connection)
            self._merge_index()

    def _delete(self, where: str, values: list[object]) -> Forgotten:
        statement = f"DELETE FROM dictations WHERE {where} RETURNING audio_path"  # noqa: S608
        with self._guarded():
            paths = [str(row[0]) for row in self._connection.execute(statement, values).fetchall()]
        return Forgotten(len(paths), tuple(filter(None, paths)))

    def _merge_index(self) -> None:
        """Until its parts are merged, the index still holds the letters of what was deleted."""
        if self.has_index:
            with self._guarded():
                self._connection.execute("INSERT INTO dictation_words (dictation_words) VALUES ('optimize')")
                self._connection.execute("INSERT INTO meeting_words (meeting_words) VALUES ('optimize')")

    def _wipe(self) -> None:
        self._merge_index()
        with self._guarded():
            # by a script: `execute` would stop after the first of its steps, each of which frees one page
            self._connection.executescript("PRAGMA incremental_vacuum")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _entries(self, rest: str, values: list[object]) -> list[HistoryEntry]:
        statement = f"SELECT id, {', '.join(COLUMNS)} FROM dictations {rest}"  # noqa: S608
        with self._guarded():
            return [entry_at(row) for row in self._connection.execute(statement, values)]

    def _number(self, statement: str) -> int:
        with self._guarded():
            return int(self._connection.execute(statement).fetchone()[0])

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryFailed(_failed(self.path, error)) from error


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Raises ``HistoryFailed``, also when there is no history yet."""
    try:
        connection = opening.connect(path, is_read_only=True)
        connection.execute("SELECT count(*) FROM dictations").fetchone()
    except sqlite3.Error as error:
        raise HistoryFailed(_failed(path, error)) from error
    return connection


def _has_index(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'dictation_words'")
    return found.fetchone() is not None


def _failed(path: Path, error: sqlite3.Error) -> Problem:
    if not path.is_file():
        return Problem("history.none", "There is no history yet.", "It begins with the first dictation.")
    return Problem(
        "history.failed",
        f"The history could not be used ({error}).",
        f"Check {path} and the space left on its disk; plosive doctor checks it.",
    )
