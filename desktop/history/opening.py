"""Opening the database: how it is written, whether it is whole, and what is done when it is not."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.history import migrations

BUSY_TIMEOUT_S: Final = 3.0
SIDE_FILES: Final = ("-wal", "-shm", "-journal")
RESCUED: Final = ("dictations", "meetings", "meeting_lines", "bookmarks")


class HistoryFailed(Exception):
    """The history cannot be used; ``problem`` tells why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def is_damage(failure: HistoryFailed) -> bool:
    """Whether the file is no whole database any more."""
    error = failure.__cause__
    damage = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in damage


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, whether words are indexed, and what the user should know."""

    connection: sqlite3.Connection
    has_index: bool
    problems: tuple[Problem, ...]


def open_database(path: Path) -> Opened:
    """Open for writing; make it, migrate it, and check that it is whole. Raises ``HistoryFailed``.

    A damaged database is moved aside, what can still be read of it is taken over, and both are told.
    """
    make_private(path)
    try:
        return _opened(path, ())
    except _Damaged:
        aside = move_aside(path)
    make_private(path)
    opened = _opened(path, ())
    rescued = rescue(aside, opened.connection)
    return Opened(opened.connection, opened.has_index, (_damaged(aside, *rescued),))


def connect(path: Path, *, is_read_only: bool = False) -> sqlite3.Connection:
    """A connection with our settings. Raises ``sqlite3.Error``.

    Every commit is on the disk when it returns (``synchronous=FULL``): dictations are few, and a power
    cut must not take back one that was told as saved. ``secure_delete`` wipes what is deleted.
    """
    mode = "ro" if is_read_only else "rwc"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        if not is_read_only:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts only before the first table
            connection.execute("PRAGMA journal_mode = WAL")  # stays as it was where that is impossible
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def damage_of(connection: sqlite3.Connection) -> str:
    """What ``integrity_check`` finds; empty when the database is whole."""
    try:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else found


def move_aside(path: Path) -> Path:
    """Rename a damaged database with its side files; its new place."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    for suffix in ("", *SIDE_FILES):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return aside


def rescue(damaged: Path, into: sqlite3.Connection) -> tuple[int, int]:
    """Copy what can still be read of ``damaged``; how many dictations and meetings there were."""
    rescued = dict.fromkeys(RESCUED, 0)
    into.execute("BEGIN IMMEDIATE")  # one for all: a long history has many rows, each on the disk by itself
    with contextlib.suppress(sqlite3.Error):
        connection = connect(damaged, is_read_only=True)
        with contextlib.closing(connection):
            for table in RESCUED:
                for row in _readable_rows(connection, table):
                    names = ", ".join(row.keys())
                    marks = ", ".join("?" * len(row.keys()))
                    with contextlib.suppress(sqlite3.Error):
                        into.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row))  # noqa: S608
                        rescued[table] += 1
    into.execute("COMMIT")
    return rescued["dictations"], rescued["meetings"]


def _readable_rows(connection: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """From both ends towards the damage in the middle."""
    seen: set[int] = set()
    for order in ("ASC", "DESC"):
        with contextlib.suppress(sqlite3.Error):
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY id {order}"):  # noqa: S608
                if row["id"] in seen:
                    break
                seen.add(row["id"])
                yield row


def make_private(path: Path) -> None:
    """The folder with mode 0700 if it is made now, the file with mode 0600. Raises ``HistoryFailed``."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise HistoryFailed(_unwritable(path, error.strerror or str(error))) from error


def place_of(path: Path) -> tuple[int, int] | None:
    """What tells a file from another of the same name; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class _Damaged(Exception):
    pass


def _opened(path: Path, problems: tuple[Problem, ...]) -> Opened:
    try:
        connection = connect(path)
    except sqlite3.OperationalError as error:
        raise HistoryFailed(_unwritable(path, str(error))) from error
    except sqlite3.DatabaseError as error:
        raise _Damaged from error
    try:
        if damage_of(connection):
            raise _Damaged
        migrations.migrate(connection)
        return Opened(connection, migrations.ensure_index(connection), problems)
    except BaseException as error:
        connection.close()
        if isinstance(error, migrations.NewerDatabase):
            raise HistoryFailed(_newer(path)) from error
        if isinstance(error, sqlite3.OperationalError):
            raise HistoryFailed(_unwritable(path, str(error))) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise _Damaged from error
        raise


def _damaged(aside: Path, dictations: int, meetings: int) -> Problem:
    return Problem(
        "history.damaged",
        f"The history was damaged; {dictations} dictations and {meetings} meetings"
        " could be read and were kept.",
        f"The damaged file is {aside}; delete it when nothing is missing.",
    )


def _newer(path: Path) -> Problem:
    return Problem(
        "history.newer",
        "The history was written by a newer version of Plosive and is left alone.",
        f"Install the newer version again, or move {path} away.",
    )


def _unwritable(path: Path, reason: str) -> Problem:
    return Problem(
        "history.unwritable",
        f"The history cannot be written ({reason}).",
        f"Check the permissions of {path.parent} and the space left on its disk.",
    )
