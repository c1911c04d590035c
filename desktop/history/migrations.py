"""The layout of the database, as the steps that lead to it. ``PRAGMA user_version`` counts the steps done.

A step is never changed once released; a new table or column is a new step. Each step runs in one
transaction with the new count, so that a crash leaves the old layout or the new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from desktop.history import jobs, meeting_tables
from desktop.history.search_index import index_of

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE dictations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            started_utc TEXT NOT NULL,
            ended_utc TEXT NOT NULL,
            text TEXT NOT NULL,
            source TEXT NOT NULL,
            model TEXT NOT NULL,
            device TEXT NOT NULL,
            window_class TEXT NOT NULL,
            heard_ms INTEGER NOT NULL,
            speech_ms INTEGER NOT NULL,
            landed INTEGER NOT NULL CHECK (landed IN (0, 1)),
            method TEXT NOT NULL,
            latencies_json TEXT NOT NULL,
            problem_code TEXT NOT NULL,
            audio_path TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX dictations_by_start ON dictations (started_utc)",
    ),
    meeting_tables.STEP,
    jobs.STEP,
)

INDEXES: Final = {
    "dictation_words": index_of("dictations", "dictation_words"),
    "meeting_words": index_of("meeting_lines", "meeting_words"),
}


class NewerDatabase(Exception):
    """The database has a layout that this version does not know."""


def migrate(connection: sqlite3.Connection, steps: Sequence[Sequence[str]] = STEPS) -> bool:
    """Bring the database to the newest layout; whether anything was done. Raises ``NewerDatabase``."""
    version = user_version(connection)
    if version > len(steps):
        raise NewerDatabase(f"layout {version}, known are {len(steps)}")
    for number, statements in enumerate(steps[version:], start=version + 1):
        run_step(connection, [*statements, f"PRAGMA user_version = {number}"])
    return version < len(steps)


def user_version(connection: sqlite3.Connection) -> int:
    """How many steps have been done."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def run_step(connection: sqlite3.Connection, statements: Sequence[str]) -> None:
    """All statements or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def ensure_index(connection: sqlite3.Connection) -> bool:
    """Make the indexes of words if this SQLite can (3.34 and later); whether they are there."""
    return all(_ensure(connection, name, statements) for name, statements in INDEXES.items())


def _ensure(connection: sqlite3.Connection, name: str, statements: Sequence[str]) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [name]).fetchone()
    if found:
        return True
    try:
        run_step(connection, statements)
    except sqlite3.OperationalError:
        return False
    return True
