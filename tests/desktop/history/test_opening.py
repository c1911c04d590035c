"""Databases that were killed, damaged, or come from elsewhere: no dictation is lost that can be read."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.history import HistoryEntry, HistoryFailed, HistoryStore, migrations
from desktop.history.store import FILE_NAME

NOW = datetime(2026, 11, 21, tzinfo=UTC)

WRITE_FOREVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from desktop.history import HistoryEntry, HistoryStore, Limits
store = HistoryStore(Path(sys.argv[1]))
number = store.count()
while True:
    number = store.add(HistoryEntry(datetime.now(UTC), datetime.now(UTC), f"dictation {number} " * 20))
    sys.stdout.write(f"{number}\\n"); sys.stdout.flush()
    if number % 7 == 0:
        store._connection.execute("BEGIN IMMEDIATE")
        for _ in range(200):
            store.add(HistoryEntry(datetime.now(UTC), datetime.now(UTC), "never committed " * 20))
        store._connection.execute("ROLLBACK")
"""


def fill(folder: Path, count: int) -> None:
    with HistoryStore(folder) as store:
        for number in range(count):
            store.add(HistoryEntry(NOW, NOW, f"dictation {number} " + "some more words " * 20))


def test_a_killed_writer_loses_nothing_that_it_had_told(tmp_path: Path) -> None:
    """kill -9 at different moments, in and between transactions; what was acknowledged is there."""
    chance = random.Random(3)
    for _ in range(8):
        command = [sys.executable, "-c", WRITE_FOREVER, str(tmp_path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 20)):
            last = int(child.stdout.readline())
        child.kill()
        rest = child.communicate()[0].split()
        last = int(rest[-1]) if rest else last
        with HistoryStore(tmp_path) as store:
            assert (store.problems, store.damage()) == ((), "")
            assert store.get(last) is not None and store.count() >= last
            assert store.search("never committed") == []


@pytest.mark.parametrize("places", [(0.0,), (0.5,), (0.3, 0.6, 0.9)], ids=["head", "middle", "several"])
def test_a_damaged_database_is_moved_aside_and_what_can_be_read_is_kept(
    tmp_path: Path, places: tuple[float, ...]
) -> None:
    fill(tmp_path, 400)
    path = tmp_path / FILE_NAME
    with path.open("r+b") as file:
        for place in places:
            file.seek(int(path.stat().st_size * place) // 4096 * 4096)
            file.write(b"\xa5" * 4096)
    with HistoryStore(tmp_path) as store:
        (problem,) = store.problems
        assert problem.code == "history.damaged"
        assert store.damage() == ""
        rescued = store.count()
        assert rescued > 100 if places != (0.0,) else rescued == 0
        assert str(rescued) in problem.sentence
        store.add(HistoryEntry(NOW, NOW, "life goes on"))
        assert len(store.search("dictation")) == min(rescued, 50)
    (aside,) = tmp_path.glob("history.damaged-*.sqlite3")
    assert aside.name in problem.remedy
    with HistoryStore(tmp_path) as store:
        assert store.problems == () and store.count() == rescued + 1


@pytest.mark.parametrize("content", [b"not a database at all", b"SQLite format 3\x00", b"\x00" * 5000])
def test_a_file_that_is_no_database_is_moved_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with HistoryStore(tmp_path) as store:
        store.add(HistoryEntry(NOW, NOW, "x"))
        assert [problem.code for problem in store.problems] == ["history.damaged"]
    (aside,) = tmp_path.glob("history.damaged-*.sqlite3")
    assert aside.read_bytes() == content


def test_a_half_copied_database_keeps_what_is_in_it(tmp_path: Path) -> None:
    fill(tmp_path / "whole", 400)
    (tmp_path / "half").mkdir()
    whole = (tmp_path / "whole" / FILE_NAME).read_bytes()
    (tmp_path / "half" / FILE_NAME).write_bytes(whole[: len(whole) // 2])
    with HistoryStore(tmp_path / "half") as store:
        assert [problem.code for problem in store.problems] == ["history.damaged"]
        assert store.damage() == ""


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(HistoryFailed) as failed:
        HistoryStore(tmp_path)
    assert failed.value.problem.code == "history.newer"
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute("PRAGMA user_version").fetchone() == (99,)
    assert connection.execute("SELECT count(*) FROM dictations").fetchone() == (1,)
    connection.close()
    assert list(tmp_path.glob("*damaged*")) == []


def test_a_full_disk_is_told_and_nothing_is_damaged(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    script = (
        "import resource, sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
        "from desktop.history import HistoryEntry, HistoryFailed, HistoryStore\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "store = HistoryStore(Path(sys.argv[1]))\n"
        "try:\n"
        "    while True:\n"
        "        store.add(HistoryEntry(datetime.now(UTC), datetime.now(UTC), 'words ' * 2000))\n"
        "except HistoryFailed as failed:\n"
        "    print(failed.problem.code)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.stdout.split() == ["history.failed"], ended.stderr
    with HistoryStore(tmp_path) as store:
        assert store.problems == () and store.count() >= 20


# --- layouts ------------------------------------------------------------------------------------------


def test_steps_build_on_each_other(tmp_path: Path) -> None:
    """A later table comes as a further step; what was there stays."""
    fill(tmp_path, 3)
    later = (
        *migrations.STEPS,
        ("CREATE TABLE later (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT",),
    )
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    assert migrations.migrate(connection, later)
    assert migrations.user_version(connection) == len(later)
    assert not migrations.migrate(connection, later)
    assert connection.execute("SELECT count(*) FROM dictations").fetchone() == (3,)
    with pytest.raises(migrations.NewerDatabase):
        migrations.migrate(connection)
    connection.close()


def test_a_history_from_before_meetings_gets_their_tables(tmp_path: Path) -> None:
    before = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    migrations.migrate(before, migrations.STEPS[:1])
    before.close()
    fill(tmp_path, 2)
    after = sqlite3.connect(tmp_path / FILE_NAME)
    assert migrations.user_version(after) == len(migrations.STEPS)
    tables = {name for (name,) in after.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"dictations", "meetings", "meeting_lines", "bookmarks", "meeting_words"} <= tables
    after.close()


def test_a_step_that_fails_leaves_the_old_layout(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)
    broken = (("CREATE TABLE one (id INTEGER)",), ("CREATE TABLE two (id INTEGER)", "CREATE NONSENSE"))
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection, broken)
    assert migrations.user_version(connection) == 1
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    assert tables == ["one"]
    connection.close()


def test_the_disk_is_asked_to_hold_what_was_told(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        asked = {name: store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in (
            "journal_mode", "synchronous", "secure_delete", "foreign_keys", "auto_vacuum",
        )}  # fmt: skip
    assert asked == {
        "journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "auto_vacuum": 2,
    }  # fmt: skip


def test_a_copy_of_the_file_is_a_whole_history(tmp_path: Path) -> None:
    """After closing, everything is in the one file."""
    fill(tmp_path / "a", 5)
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / FILE_NAME, tmp_path / "b" / FILE_NAME)
    with HistoryStore(tmp_path / "b") as store:
        assert store.count() == 5
