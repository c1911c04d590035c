"""Jobs of files in the history's database, and what an interrupted one left, in real SQLite files."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.core.file_job_facts import Piece
from desktop.history import file_work, migrations, opening
from desktop.history.file_work import FileWork, Written
from desktop.history.jobs import DoneFile, JobEntry
from desktop.history.opening import HistoryFailed
from desktop.history.store import HistoryStore, Limits
from recognizer.events import Word

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ODD = Path(os.fsdecode(b"/r/caf\xe9\n.wav"))


def entry(started: datetime = NOW, **more: object) -> JobEntry:
    files = (
        DoneFile(ODD, "failed", 0, "It is no sound."),
        DoneFile(Path("/r/b.wav"), "written", 900, "", ("b.txt",)),
    )
    return JobEntry(started, started, "partly", "m", "cpu", (("formats", "txt"),), 900, 30, "", files, **more)  # type: ignore[arg-type]


def test_a_job_is_remembered_with_its_files(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        job_id = store.save_job(entry())
        (found,) = store.jobs()
    assert found == entry(job_id=job_id)


def test_what_became_of_a_job_is_written_over_its_beginning(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        first = store.save_job(entry())
        assert store.save_job(entry(job_id=first)) == first
        store.save_job(entry())
        assert [job.job_id for job in store.jobs()] == [first + 1, first]
        assert len(store.jobs(1)) == 1


def test_jobs_are_forgotten_by_the_same_limits(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        store.save_job(entry(NOW - timedelta(days=91)))
        store.save_job(entry(NOW - timedelta(days=1)))
        store.retain(Limits(90, 0), NOW)
        assert [job.started_utc for job in store.jobs()] == [NOW - timedelta(days=1)]
        store.clear()
        assert store.jobs() == []
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"caf" not in data and b"It is no sound" not in data


# ------------------------------------------------------------------------------------ interrupted work


def piece(index: int) -> Piece:
    return Piece(index, index * 1000, index * 1000 + 900, 0, f"secret {index}", (Word("secret", 0, 300),))


@pytest.fixture
def work(tmp_path: Path) -> FileWork:
    return FileWork(tmp_path)


def test_segments_are_there_after_a_crash(work: FileWork, tmp_path: Path) -> None:
    """Another connection sees them while the first is still open, as after a kill."""
    for index in (0, 1):
        work.keep("a", "w", piece(index), NOW)
    work.keep("a", "other work", piece(0), NOW)
    assert FileWork(tmp_path).pieces("a", "w") == {0: piece(0), 1: piece(1)}
    assert FileWork(tmp_path).pieces("b", "w") == {}


def test_words_are_wiped_when_they_are_no_longer_needed(work: FileWork, tmp_path: Path) -> None:
    for index in range(50):
        work.keep("a", "w", piece(index), NOW)
    work.forget("a")
    assert work.pieces("a", "w") == {}
    work.close()
    assert b"secret" not in (tmp_path / "files.sqlite3").read_bytes()


def test_old_segments_are_forgotten_and_results_only_when_too_many(work: FileWork) -> None:
    work.keep("old", "w", piece(0), NOW - timedelta(days=91))
    work.keep("new", "w", piece(0), NOW)
    written = Written(ODD, "s", "w", "digest")
    work.note_written(ODD.with_suffix(".txt"), written, NOW - timedelta(days=400))
    work.retain(90, NOW)
    assert (work.pieces("old", "w"), len(work.pieces("new", "w"))) == ({}, 1)
    assert work.written(ODD.with_suffix(".txt")) == written
    work.clear()
    assert work.written(ODD.with_suffix(".txt")) is None and work.pieces("new", "w") == {}


def test_only_the_user_can_read_it(work: FileWork, tmp_path: Path) -> None:
    work.keep("a", "w", piece(0), NOW)
    for path in tmp_path.glob("files.sqlite3*"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_database_is_moved_aside_and_told(tmp_path: Path) -> None:
    (tmp_path / "files.sqlite3").write_bytes(b"this is no database at all" * 100)
    work = FileWork(tmp_path)
    assert work.problem is not None and work.problem.code == "files.work_damaged"
    work.keep("a", "w", piece(0), NOW)
    assert work.pieces("a", "w") == {0: piece(0)}


def test_what_cannot_be_written_is_a_sentence(work: FileWork, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "files.sqlite3") as connection:
        connection.execute("DROP TABLE pieces")
    with pytest.raises(HistoryFailed) as failed:
        work.keep("a", "w", piece(0), NOW)
    assert failed.value.problem.code == "files.not_kept" and failed.value.problem.remedy


def test_results_of_the_first_layout_are_still_known_as_ours(tmp_path: Path) -> None:
    with contextlib.closing(opening.connect(tmp_path / file_work.FILE_NAME)) as connection:
        migrations.migrate(connection, file_work.STEPS[:1])
        values = [os.fsencode("/r/a.txt"), os.fsencode("/r/a.wav"), "source", "work", "digest", "2026-01-01"]
        connection.execute("INSERT INTO outputs VALUES (?, ?, ?, ?, ?, ?)", values)
    with contextlib.closing(FileWork(tmp_path)) as work:
        assert work.problem is None
        assert work.written(Path("/r/a.txt")) == Written(Path("/r/a.wav"), "source", "work", "digest")
        lack = Problem("file.cut_short", "It was cut short.", "Copy it again.")
        known = Written(Path("/r/a.wav"), "source", "work", "digest", (lack,))
        work.note_written(Path("/r/a.txt"), known, NOW)
        assert work.written(Path("/r/a.txt")) == known
