"""Jobs of files in the history's database: what was transcribed, when, by which model, and what failed.

The texts are in the results that the user asked for, not here.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from desktop.history.entry import time_of, time_text

STEP: Final = (
    """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started_utc TEXT NOT NULL,
        ended_utc TEXT NOT NULL,
        outcome TEXT NOT NULL,
        model TEXT NOT NULL,
        device TEXT NOT NULL,
        options_json TEXT NOT NULL,
        heard_ms INTEGER NOT NULL,
        took_ms INTEGER NOT NULL,
        problem_code TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE job_files (
        job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        path BLOB NOT NULL,
        state TEXT NOT NULL,
        heard_ms INTEGER NOT NULL,
        problem TEXT NOT NULL,
        outputs_json TEXT NOT NULL,
        PRIMARY KEY (job_id, number)
    ) STRICT
    """,
    "CREATE INDEX jobs_by_start ON jobs (started_utc)",
)
"""The step of ``desktop.history.migrations`` that makes the tables."""


@dataclass(frozen=True, slots=True)
class DoneFile:
    """What came of one file. ``problem`` is the sentence that the user read; empty: none."""

    path: Path
    state: str
    heard_ms: int = 0
    problem: str = ""
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobEntry:
    """One job. ``outcome`` ``running`` also stands for one that was killed. ``job_id`` 0: not stored yet."""

    started_utc: datetime
    ended_utc: datetime
    outcome: str
    model: str = ""
    device: str = ""
    options: tuple[tuple[str, str], ...] = ()
    heard_ms: int = 0
    took_ms: int = 0
    problem_code: str = ""
    files: tuple[DoneFile, ...] = ()
    job_id: int = 0


def save_job(connection: sqlite3.Connection, job: JobEntry) -> int:
    """Add a job, or write over the one of its id; the id. Raises ``sqlite3.Error``."""
    values = (
        job.job_id or None, time_text(job.started_utc), time_text(job.ended_utc), job.outcome, job.model,
        job.device, json.dumps(job.options), job.heard_ms, job.took_ms, job.problem_code,
    )  # fmt: skip
    connection.execute("BEGIN IMMEDIATE")
    try:
        if job.job_id:
            connection.execute("DELETE FROM jobs WHERE id = ?", [job.job_id])
        found = connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        job_id = int(found.lastrowid or 0)
        rows = [_row(job_id, number, file) for number, file in enumerate(job.files)]
        connection.executemany("INSERT INTO job_files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return job_id


def latest_jobs(connection: sqlite3.Connection, limit: int) -> list[JobEntry]:
    """The latest jobs, newest first. Raises ``sqlite3.Error``."""
    rows = connection.execute("SELECT * FROM jobs ORDER BY id DESC LIMIT ?", [limit]).fetchall()
    return [_job(row, _files(connection, int(row["id"]))) for row in rows]


def forget_jobs(connection: sqlite3.Connection, before_utc: str) -> int:
    """Delete the jobs that began before; how many there were. Raises ``sqlite3.Error``."""
    return connection.execute("DELETE FROM jobs WHERE started_utc < ?", [before_utc]).rowcount


def shrink_jobs(connection: sqlite3.Connection) -> int:
    """Delete the oldest twentieth of the jobs; how many there were. Raises ``sqlite3.Error``."""
    count = int(connection.execute("SELECT count(*) FROM jobs").fetchone()[0])
    statement = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs ORDER BY id LIMIT ?)"
    return connection.execute(statement, [max(1, count // 20)]).rowcount if count else 0


def _row(job_id: int, number: int, file: DoneFile) -> tuple[object, ...]:
    outputs = json.dumps(file.outputs)
    return job_id, number, os.fsencode(file.path), file.state, file.heard_ms, file.problem, outputs


def _files(connection: sqlite3.Connection, job_id: int) -> tuple[DoneFile, ...]:
    rows = connection.execute("SELECT * FROM job_files WHERE job_id = ? ORDER BY number", [job_id])
    return tuple(
        DoneFile(
            Path(os.fsdecode(row["path"])), row["state"], row["heard_ms"], row["problem"],
            tuple(json.loads(row["outputs_json"])),
        )
        for row in rows
    )  # fmt: skip


def _job(row: sqlite3.Row, files: tuple[DoneFile, ...]) -> JobEntry:
    options = tuple((str(name), str(value)) for name, value in json.loads(row["options_json"]))
    return JobEntry(
        time_of(row["started_utc"]), time_of(row["ended_utc"]), row["outcome"], row["model"], row["device"],
        options, row["heard_ms"], row["took_ms"], row["problem_code"], files, row["id"],
    )  # fmt: skip
