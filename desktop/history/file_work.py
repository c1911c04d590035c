"""What a job of files has done so far, so that it can go on after an interruption. Belongs to one thread.

A database of its own in the state folder, mode 0600: recognised segments of recordings whose results are
not written yet, and which results were written from what. Segments are wiped as soon as their results are
on the disk, or when they are older than the history's limit; results are known by name and digest only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.core.file_job_facts import Piece
from desktop.history import migrations, opening
from desktop.history.entry import time_text
from desktop.history.opening import HistoryFailed
from recognizer.events import Word

FILE_NAME: Final = "files.sqlite3"
MOST_OUTPUTS: Final = 20_000
STEPS: Final = (
    (
        """
        CREATE TABLE pieces (
            source TEXT NOT NULL,
            work TEXT NOT NULL,
            number INTEGER NOT NULL,
            start_ms INTEGER NOT NULL,
            end_ms INTEGER NOT NULL,
            overlap_ms INTEGER NOT NULL,
            text TEXT NOT NULL,
            words_json TEXT NOT NULL,
            kept_utc TEXT NOT NULL,
            PRIMARY KEY (source, work, number)
        ) STRICT
        """,
        """
        CREATE TABLE outputs (
            path BLOB PRIMARY KEY,
            recording BLOB NOT NULL,
            source TEXT NOT NULL,
            work TEXT NOT NULL,
            digest TEXT NOT NULL,
            written_utc TEXT NOT NULL
        ) STRICT
        """,
    ),
    ("ALTER TABLE outputs ADD COLUMN missing_json TEXT NOT NULL DEFAULT '[]'",),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A result that was written earlier: from which recording, by which work, and what was in it.

    ``missing``: why it may not be all of the recording.
    """

    recording: Path
    source: str
    work: str
    digest: str
    missing: tuple[Problem, ...] = ()


class FileWork:
    """Every method raises ``HistoryFailed`` when the database cannot do it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.problem: Problem | None = None
        try:
            self._connection = _opened(self.path)
        except (sqlite3.DatabaseError, migrations.NewerDatabase) as error:
            if isinstance(error, sqlite3.OperationalError):
                raise HistoryFailed(_failed(self.path, error)) from error
            self.problem = _restarted(opening.move_aside(self.path))
            self._connection = _opened(self.path)

    def close(self) -> None:
        """Let go of the database."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def pieces(self, source: str, work: str) -> dict[int, Piece]:
        """Segments of a recording that an interrupted job had finished, by their number."""
        statement = (
            "SELECT number, start_ms, end_ms, overlap_ms, text, words_json FROM pieces "
            "WHERE source = ? AND work = ?"
        )
        with self._guarded():
            rows = self._connection.execute(statement, [source, work]).fetchall()
        return {int(row["number"]): _piece(row) for row in rows}

    def keep(self, source: str, work: str, piece: Piece, now_utc: datetime) -> None:
        """Remember a finished segment; it is on the disk when this returns."""
        words = json.dumps([[each.text, each.start_ms, each.end_ms] for each in piece.words])
        values = (source, work, piece.index, piece.start_ms, piece.end_ms, piece.overlap_ms, piece.text)
        with self._guarded():
            self._connection.execute(
                "INSERT OR REPLACE INTO pieces VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*values, words, time_text(now_utc)],
            )

    def forget(self, source: str) -> None:
        """The recording's segments are no longer needed."""
        with self._guarded():
            self._connection.execute("DELETE FROM pieces WHERE source = ?", [source])

    def written(self, path: Path) -> Written | None:
        """What is known of a result of that name."""
        with self._guarded():
            row = self._connection.execute(
                "SELECT * FROM outputs WHERE path = ?", [os.fsencode(path)]
            ).fetchone()
        if row is None:
            return None
        missing = tuple(Problem(*map(str, each)) for each in json.loads(row["missing_json"]))
        recording = Path(os.fsdecode(row["recording"]))
        return Written(recording, row["source"], row["work"], row["digest"], missing)

    def note_written(self, path: Path, written: Written, now_utc: datetime) -> None:
        """A result was written."""
        missing = [[each.code, each.sentence, each.remedy] for each in written.missing]
        with self._guarded():
            self._connection.execute(
                "INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    os.fsencode(path),
                    os.fsencode(written.recording),
                    written.source,
                    written.work,
                    written.digest,
                    time_text(now_utc),
                    json.dumps(missing),
                ],
            )

    def retain(self, keep_days: int, now_utc: datetime) -> None:
        """Wipe segments that nobody came back for, and the oldest names of too many results."""
        with self._guarded():
            if keep_days:
                oldest = time_text(now_utc - timedelta(days=keep_days))
                self._connection.execute("DELETE FROM pieces WHERE kept_utc < ?", [oldest])
            self._connection.execute(
                "DELETE FROM outputs WHERE path IN "
                "(SELECT path FROM outputs ORDER BY written_utc DESC LIMIT -1 OFFSET ?)",
                [MOST_OUTPUTS],
            )
            self._connection.executescript("PRAGMA incremental_vacuum")

    def clear(self) -> None:
        """Forget everything, for good."""
        with self._guarded():
            self._connection.execute("DELETE FROM pieces")
            self._connection.execute("DELETE FROM outputs")
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryFailed(_failed(self.path, error)) from error


def _opened(path: Path) -> sqlite3.Connection:
    opening.make_private(path)
    connection = opening.connect(path)
    try:
        migrations.migrate(connection, STEPS)
    except BaseException:
        connection.close()
        raise
    return connection


def _piece(row: sqlite3.Row) -> Piece:
    words = tuple(Word(str(text), int(start), int(end)) for text, start, end in json.loads(row["words_json"]))
    return Piece(row["number"], row["start_ms"], row["end_ms"], row["overlap_ms"], row["text"], words)


def _failed(path: Path, error: sqlite3.Error) -> Problem:
    return Problem(
        "files.not_kept",
        f"What a job has done cannot be kept for later ({error}).",
        f"Check {path.parent} and the space left on its disk; results are written all the same.",
    )


def _restarted(aside: Path) -> Problem:
    return Problem(
        "files.work_damaged",
        "What interrupted jobs had done could not be read; they begin anew.",
        f"The damaged file is {aside}; delete it.",
    )
