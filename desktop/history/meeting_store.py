"""Meetings in the history's database. Belongs to the thread of its ``HistoryStore``.

Each method that writes is one transaction and is on the disk when it returns. All raise ``HistoryFailed``.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from desktop.core.timed_text import Bookmark, TimedText
from desktop.history.entry import time_of, time_text
from desktop.history.meeting import ENDED_BY_CRASH, Found, Meeting, Transcript
from desktop.history.meeting_rows import (
    LINE_COLUMNS,
    MEETING_COLUMNS,
    bookmark_at,
    line_at,
    line_row,
    meeting_at,
    meeting_row,
    storable,
)  # fmt: skip
from desktop.history.search import condition

MOST_HITS: Final = 5000
OVERHEAD_BYTES: Final = 160
_MEETING: Final = ", ".join(MEETING_COLUMNS)
_FORGETTABLE: Final = "kept = 0 AND ended_utc != ''"


@dataclass(frozen=True, slots=True)
class MeetingsForgotten:
    """Deleted, for good; the sound in ``recordings`` (folders) is to be deleted as well."""

    meetings: int
    recordings: tuple[str, ...]


class MeetingStore:
    """``guarded`` turns errors of SQLite into ``HistoryFailed``."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        guarded: Callable[[], AbstractContextManager[None]],
        *,
        has_index: bool,
    ) -> None:
        self._connection = connection
        self._guarded = guarded
        self._has_index = has_index

    # --- reading ----------------------------------------------------------------------------------

    def latest(self, limit: int = 1000) -> list[Meeting]:
        """The latest meetings, newest first; none where the tables are not made yet."""
        return self._meetings("1 = 1 ORDER BY started_utc DESC, id DESC LIMIT ?", [limit])

    def get(self, key: str) -> Meeting | None:
        """One meeting."""
        return next(iter(self._meetings("key = ?", [key])), None)

    def transcript(self, key: str, *, with_words: bool = True) -> Transcript | None:
        """One meeting with all that was said in it, by start; the times of words only when wanted."""
        meeting = self.get(key)
        if meeting is None:
            return None
        lines = self._rows(
            f"SELECT {', '.join(LINE_COLUMNS)} FROM meeting_lines "  # noqa: S608
            "WHERE meeting_id = (SELECT id FROM meetings WHERE key = ?) ORDER BY start_ms, number",
            [key],
        )
        marks = self._rows(
            "SELECT at_ms, note FROM bookmarks "
            "WHERE meeting_id = (SELECT id FROM meetings WHERE key = ?) ORDER BY at_ms, id",
            [key],
        )
        return Transcript(
            meeting,
            tuple(line_at(row, with_words=with_words) for row in lines),
            tuple(map(bookmark_at, marks)),
        )

    def search(self, words: str, limit: int = 1000) -> list[Found]:
        """Meetings with lines that hold every one of ``words``, or a title that does; newest first.

        Of a word that is said everywhere the latest ``MOST_HITS`` lines are found.
        """
        where, values = condition(words, has_index=self._has_index, index="meeting_words")
        rows = self._rows(
            "SELECT key, number FROM meetings JOIN "  # noqa: S608
            "(SELECT meeting_id, number, start_ms FROM meeting_lines "
            f"WHERE {where} ORDER BY id DESC LIMIT ?) AS hit "
            "ON hit.meeting_id = meetings.id ORDER BY start_ms, number",
            [*values, MOST_HITS],
        )
        numbers: dict[str, list[int]] = {}
        for row in rows:
            numbers.setdefault(row["key"], []).append(row["number"])
        titled, values = condition(words, has_index=False, column="title")
        found = {meeting.key for meeting in self._meetings(titled, values)} | numbers.keys()
        meetings = (meeting for meeting in self.latest(-1) if meeting.key in found)
        return [Found(each, tuple(numbers.get(each.key, ()))) for each in meetings][:limit]

    def kept_bytes(self) -> int:
        """About how much of the database is taken by meetings that no limit forgets."""
        rows = self._rows(
            "SELECT sum(octets) AS total FROM (SELECT ? + 4 * length(CAST(text AS BLOB)) "  # noqa: S608
            "+ length(CAST(words_json AS BLOB)) AS octets FROM meeting_lines JOIN meetings "
            f"ON meetings.id = meeting_id WHERE NOT ({_FORGETTABLE}))",
            [OVERHEAD_BYTES],
        )
        return int(rows[0]["total"] or 0) if rows else 0

    # --- writing ----------------------------------------------------------------------------------

    def begin(self, meeting: Meeting) -> None:
        """Remember a new meeting; one that is known by its key stays as it is."""
        marks = ", ".join("?" * len(MEETING_COLUMNS))
        self._write(
            f"INSERT INTO meetings ({_MEETING}) VALUES ({marks}) ON CONFLICT (key) DO NOTHING",  # noqa: S608
            meeting_row(meeting),
        )

    def put_line(self, key: str, number: int, line: TimedText) -> bool:
        """Remember what was said, in place of what has this number; whether there is such a meeting."""
        with self._transaction():
            row = self._connection.execute(
                "SELECT meetings.id, coalesce(meeting_lines.word_count, 0) AS before FROM meetings "
                "LEFT JOIN meeting_lines ON meeting_id = meetings.id AND number = ? WHERE key = ?",
                [number, key],
            ).fetchone()
            if row is None:
                return False
            names, values = ("meeting_id", *LINE_COLUMNS), (row["id"], *line_row(number, line))
            changes = ", ".join(f"{name} = excluded.{name}" for name in LINE_COLUMNS[1:])
            self._connection.execute(
                f"INSERT INTO meeting_lines ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "  # noqa: S608
                f"ON CONFLICT (meeting_id, number) DO UPDATE SET {changes}",
                values,
            )
            self._connection.execute(
                "UPDATE meetings SET word_count = word_count + ?, duration_ms = max(duration_ms, ?) "
                "WHERE id = ?",
                [values[-1] - row["before"], int(line.end_ms), row["id"]],
            )
        return True

    def add_bookmark(self, key: str, bookmark: Bookmark) -> None:
        """Remember a moment, once; from now on the meeting is kept."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO bookmarks (meeting_id, at_ms, note) SELECT id, ?1, ?2 FROM meetings "
                "WHERE key = ?3 AND NOT EXISTS (SELECT 1 FROM bookmarks "
                "WHERE meeting_id = meetings.id AND at_ms = ?1 AND note = ?2)",
                [int(bookmark.at_ms), storable(bookmark.note), key],
            )
            self._connection.execute("UPDATE meetings SET kept = 1 WHERE key = ?", [key])

    def end(self, key: str, ended_utc: datetime, ended_by: str = "") -> None:
        """Everything is in."""
        meeting = self.get(key)
        if meeting is not None:
            duration_ms = round((ended_utc - meeting.started_utc) / timedelta(milliseconds=1))
            self._write(
                "UPDATE meetings SET ended_utc = ?, ended_by = ?, duration_ms = max(duration_ms, ?) "
                "WHERE key = ?",
                [time_text(ended_utc), ended_by, duration_ms, key],
            )

    def close_leftovers(self) -> int:
        """End, with its last line, each meeting that goes on; how many. For the start of the program."""
        left = self._meetings("ended_utc = ''", [])
        for meeting in left:
            last_ms = timedelta(milliseconds=meeting.duration_ms)
            self.end(meeting.key, meeting.started_utc + last_ms, ENDED_BY_CRASH)
        return len(left)

    def rename(self, key: str, title: str) -> bool:
        """Give it a name, and keep it (an empty name: neither); whether there is such a meeting."""
        name = " ".join(storable(title).split())
        statement = (
            "UPDATE meetings SET title = ?, kept = (? != '' OR id IN (SELECT meeting_id FROM bookmarks)) "
            "WHERE key = ?"
        )
        return self._write(statement, [name, name, key]) > 0

    def delete(self, key: str) -> MeetingsForgotten:
        """Forget one meeting, for good (once ``HistoryStore`` has wiped)."""
        return self._forget("key = ?", [key])

    def forget_before(self, oldest: datetime) -> MeetingsForgotten:
        """Forget those that began before, but not what is kept or goes on."""
        return self._forget(f"started_utc < ? AND {_FORGETTABLE}", [time_text(oldest)])

    def oldest_forgettable(self) -> tuple[str, datetime] | None:
        """Key and start of the meeting that a full history forgets next."""
        rows = self._rows(
            f"SELECT key, started_utc FROM meetings WHERE {_FORGETTABLE} ORDER BY started_utc LIMIT 1",  # noqa: S608
            [],
        )
        return (rows[0]["key"], time_of(rows[0]["started_utc"])) if rows else None

    # --- inside -----------------------------------------------------------------------------------

    def _forget(self, where: str, values: list[object]) -> MeetingsForgotten:
        with self._transaction():
            found = self._connection.execute(f"SELECT id, recording FROM meetings WHERE {where}", values)  # noqa: S608
            rows = found.fetchall()
            for row in rows:  # the lines by themselves: their triggers must see them go
                self._connection.execute("DELETE FROM meeting_lines WHERE meeting_id = ?", [row["id"]])
                self._connection.execute("DELETE FROM meetings WHERE id = ?", [row["id"]])
        return MeetingsForgotten(len(rows), tuple(row["recording"] for row in rows if row["recording"]))

    def _meetings(self, rest: str, values: list[object]) -> list[Meeting]:
        rows = self._rows(f"SELECT {_MEETING} FROM meetings WHERE {rest}", values)  # noqa: S608
        return [meeting_at(row) for row in rows]

    def _rows(self, statement: str, values: list[object]) -> list[sqlite3.Row]:
        """A history that no newer version has opened for writing yet has no such tables, so no rows."""
        with self._guarded():
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def _write(self, statement: str, values: object) -> int:
        with self._guarded():
            return self._connection.execute(statement, values).rowcount  # type: ignore[arg-type]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guarded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back already
                    self._connection.execute("ROLLBACK")
                raise
