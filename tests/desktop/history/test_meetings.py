"""Meetings: every line is on the disk when it was told, whatever ends the program."""

from __future__ import annotations

import os
import queue
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.core.timed_text import Bookmark, TimedText
from desktop.history import (
    HistoryEntry,
    HistoryEvent,
    HistoryFailed,
    HistoryStore,
    HistoryWriter,
    Limits,
    Meeting,
    MeetingChanged,
    MeetingsForgotten,
    MeetingWriter,
)
from desktop.history.meetings import MeetingReader, deleting
from desktop.history.store import FILE_NAME
from desktop.history.writer import HistoryBegunAnew
from recognizer.events import Word

NOW = datetime.now(UTC).replace(microsecond=0)
STARTED = NOW.isoformat()
HELLO = TimedText(100, 900, "hello there", "Me", (Word("hello", 100, 400), Word("there", 450, 900)))
NIHAO = TimedText(1000, 2000, "你好，世界", "Others")


@pytest.fixture
def told() -> queue.SimpleQueue[HistoryEvent]:
    return queue.SimpleQueue()


@pytest.fixture
def writer(tmp_path: Path, told: queue.SimpleQueue) -> Iterator[HistoryWriter]:
    writer = HistoryWriter(tmp_path, Limits(), told.put)
    yield writer
    assert writer.stop()


def meeting(key: str = "k", days: int = 0, title: str = "") -> Meeting:
    return Meeting(key, title, NOW - timedelta(days=days), model="m", device="cpu")


def spoken(store: HistoryStore, key: str, *texts: str, days: int = 0, is_open: bool = False) -> None:
    """A meeting with these lines, a second each."""
    store.meetings.begin(meeting(key, days))
    for number, text in enumerate(texts, start=1):
        store.meetings.put_line(key, number, TimedText(number * 1000 - 1000, number * 1000, text))
    if not is_open:
        store.meetings.end(key, NOW - timedelta(days=days) + timedelta(seconds=len(texts)))


def await_key(told: queue.SimpleQueue, times: int) -> None:
    for _ in range(times):
        assert isinstance(told.get(timeout=20), MeetingChanged)


# --- what is said is there ----------------------------------------------------------------------------


def test_a_meeting_comes_back_as_it_was_told(
    writer: HistoryWriter, told: queue.SimpleQueue, tmp_path: Path
) -> None:
    meetings = MeetingWriter(lambda: writer)
    meetings.begin("k", "", STARTED, "paraformer", "cuda:0", recording="/kept/k")
    second = meetings.add_line("k", NIHAO, number=7)
    assert meetings.add_line("k", HELLO) == second + 1
    meetings.add_bookmark("k", Bookmark(1500, "budget"))
    assert meetings.is_running("k")
    meetings.end("k", (NOW + timedelta(seconds=3)).isoformat())
    await_key(told, 5)
    found = MeetingReader(lambda: tmp_path).transcript("k")
    assert found is not None and not meetings.is_running("k")
    assert found.lines == ((8, HELLO), (7, NIHAO))  # by time
    assert found.bookmarks == (Bookmark(1500, "budget"),)
    known = found.meeting
    assert (known.word_count, known.duration_ms, known.is_kept) == (6, 3000, True)
    assert (known.model, known.device, known.recording, known.ended_by) == (
        "paraformer",
        "cuda:0",
        "/kept/k",
        "",
    )
    assert (known.started_utc, known.ended_by) == (NOW, "")


def test_the_second_pass_replaces_a_line(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "k", "the whether is fine", "yes", is_open=True)
        store.meetings.put_line("k", 1, TimedText(0, 1200, "The weather is fine today.", "Me"))
        transcript = store.meetings.transcript("k")
        assert [line.text for _, line in transcript.lines] == ["The weather is fine today.", "yes"]
        assert transcript.meeting.word_count == 6
        assert not store.meetings.search("whether") and store.meetings.search("weather")


def test_what_is_said_in_no_meeting_is_not_kept(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        assert not store.meetings.put_line("nobody", 1, HELLO)
        store.meetings.add_bookmark("nobody", Bookmark(1))
        store.meetings.end("nobody", NOW)
        assert store.meetings.latest() == [] and store.meetings.transcript("nobody") is None


@pytest.mark.parametrize("text", ["half \ud83d", "line\nbreak", "", "👩‍👩‍👧 שלום עולם", "%_\\'\"", "a\0b"])
def test_any_text_can_be_kept(tmp_path: Path, text: str) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "k", text)
        ((_, line),) = store.meetings.transcript("k").lines
        assert line.text == text.encode("utf-8", "replace").decode()


# --- found again --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("budget", ["new", "old"]),
        ("BUDGET next", ["old"]),
        ("预算", ["new"]),
        ("预", ["new"]),
        ("udge", ["new", "old"]),
        ("elephant", []),
        ("100%", ["old"]),
        ("%", ["old"]),
        ("steering", ["named"]),
        ('AND OR " ( *', []),
    ],
)
def test_words_find_meetings(tmp_path: Path, words: str, keys: list[str]) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "old", "the budget of next year", "100% sure", days=2)
        spoken(store, "named", "something else", days=1)
        store.meetings.rename("named", "Steering committee")
        spoken(store, "new", "no", "a budget", "第三季度的预算", "another budget")
        assert [found.meeting.key for found in store.meetings.search(words)] == keys


def test_a_word_said_everywhere_is_found_in_the_latest_meetings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.history.meeting_store.MOST_HITS", 4)
    with HistoryStore(tmp_path) as store:
        for days in (3, 2, 1):
            spoken(store, f"{days}", "we begin", "we go on", "we end", days=days)
        for words in ("we", "we e", "begin"):  # by rows, by index and rows, by index
            assert store.meetings.search(words)[0].meeting.key == "1"
        assert [each.numbers for each in store.meetings.search("we")] == [(1, 2, 3), (3,)]


def test_hits_are_named_in_order(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "k", "no", "a budget", "nothing", "another budget")
        (found,) = store.meetings.search("budget")
        assert found.numbers == (2, 4)
    assert [each.numbers for each in MeetingReader(lambda: tmp_path).found("budget")] == [(2, 4)]
    assert [each.numbers for each in MeetingReader(lambda: tmp_path).found(" ")] == [()]


def test_without_a_history_there_are_no_meetings(tmp_path: Path) -> None:
    reader = MeetingReader(lambda: tmp_path / "none")
    assert (reader.found(""), reader.found("x"), reader.transcript("k")) == ([], [], None)


def test_a_history_that_was_not_opened_since_the_update_has_no_meetings(tmp_path: Path) -> None:
    from desktop.history import migrations

    old = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    migrations.migrate(old, migrations.STEPS[:1])
    old.close()
    reader = MeetingReader(lambda: tmp_path)
    assert (reader.found(""), reader.found("x"), reader.transcript("k")) == ([], [], None)


# --- names, and forgetting ----------------------------------------------------------------------------


def test_a_name_is_one_line_and_can_be_taken_back(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "k", "hello")
        assert store.meetings.rename("k", " Weekly\n meeting ") and not store.meetings.rename("x", "y")
        assert (store.meetings.get("k").title, store.meetings.get("k").is_kept) == ("Weekly meeting", True)
        store.meetings.rename("k", "  ")
        assert (store.meetings.get("k").title, store.meetings.get("k").is_kept) == ("", False)


def test_old_meetings_are_forgotten_but_not_those_with_a_name_or_a_bookmark(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        for key in ("plain", "named", "marked", "open"):
            spoken(store, key, "hello", days=100, is_open=key == "open")
        spoken(store, "new", "hello")
        store.meetings.rename("named", "Mine")
        store.meetings.add_bookmark("marked", Bookmark(5))
        forgotten = store.retain(Limits(keep_days=90), NOW)
        assert forgotten.meetings == MeetingsForgotten(1, ())
        assert {each.key for each in store.meetings.latest()} == {"new", "named", "marked", "open"}


def test_a_full_history_forgets_the_oldest_of_both_kinds(tmp_path: Path) -> None:
    text = "many words are spoken in a long meeting about everything and nothing " * 30
    with HistoryStore(tmp_path) as store:
        for day in range(60):
            started = NOW - timedelta(days=day)
            store.add(HistoryEntry(started, started, f"{text} {day}"))
            spoken(store, f"m{day}", *(f"{text} {day} {line}" for line in range(4)), days=day)
        store.retain(Limits(keep_days=0, keep_mib=1), NOW)
        kept = store.meetings.latest()
        assert store.used_bytes() <= 1 << 20
        assert kept and [each.key for each in kept] == [f"m{day}" for day in range(len(kept))]


def test_kept_meetings_do_not_push_dictations_out(tmp_path: Path) -> None:
    text = "many words are spoken in a long meeting about everything and nothing " * 30
    with HistoryStore(tmp_path) as store:
        spoken(store, "big", *(f"{text} {line}" for line in range(400)))
        store.meetings.rename("big", "Mine")
        assert store.used_bytes() > 2 << 20
        store.add(HistoryEntry(NOW, NOW, "a short dictation"))
        assert store.retain(Limits(keep_days=0, keep_mib=1), NOW).dictations == 0
        assert store.meetings.get("big") is not None


def test_many_are_deleted_at_once_but_not_one_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiped: list[int] = []

    def wipe(_: HistoryStore) -> None:
        wiped.append(1)
        if len(wiped) == 1:
            raise HistoryFailed(Problem("history.failed", "It is locked.", "Wait."))

    monkeypatch.setattr(HistoryStore, "wipe", wipe)
    with HistoryStore(tmp_path) as store:
        for key in "abcd":
            store.meetings.begin(replace(meeting(key), recording=f"/{key}"))
            if key != "c":
                store.meetings.end(key, NOW)
        work = deleting("a", "nobody", "b", "c")
        with pytest.raises(HistoryFailed):
            work(store)
        assert work(store) == MeetingsForgotten(2, ("/a", "/b")), "or their sound would stay for ever"
        assert len(wiped) == 2
        assert {each.key for each in store.meetings.latest()} == {"c", "d"}
        assert deleting()(store) == MeetingsForgotten(0, ()) and len(wiped) == 2


def test_nothing_of_a_deleted_meeting_is_left_in_the_file(
    writer: HistoryWriter, told: queue.SimpleQueue, tmp_path: Path
) -> None:
    meetings = MeetingWriter(lambda: writer)
    for key, words in (("secret", "xylophone-quixotic"), ("other", "ordinary words")):
        meetings.begin(key, "", STARTED, "m", "cpu", recording=f"/sound/{key}")
        for number in range(200):
            meetings.add_line(key, TimedText(number, number + 1, f"{words} {number}"))
    meetings.delete("secret")  # it goes on
    meetings.end("secret", STARTED)
    meetings.delete("secret")
    await_key(told, 2 * 201)
    assert told.get(timeout=20) == MeetingsForgotten(0, ())
    await_key(told, 1)
    assert told.get(timeout=20) == MeetingsForgotten(1, ("/sound/secret",))
    meetings.end("other", STARTED)
    await_key(told, 1)
    assert writer.stop()
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"xylophone" not in left and b"quixotic" not in left and b"ordinary" in left
    with HistoryStore(tmp_path) as store:
        assert store.damage() == "" and [each.key for each in store.meetings.latest()] == ["other"]


# --- crashes and trouble ------------------------------------------------------------------------------

CHILD = """
import sys, threading
from pathlib import Path
from desktop.core.timed_text import Bookmark, TimedText
from desktop.history import HistoryWriter, Limits, MeetingChanged, MeetingWriter
done = []
def told(event):
    assert isinstance(event, MeetingChanged), event
    done.append(event)
    print(len(done), flush=True)
writer = HistoryWriter(Path(sys.argv[1]), Limits(), told)
meetings = MeetingWriter(lambda: writer)
meetings.begin("k", "", "2026-11-21T10:00:00Z", "m", "cpu")
for number in range(5000):
    meetings.add_line("k", TimedText(number * 1000, number * 1000 + 900, f"line {number} was said", "Me"))
threading.Event().wait(60.0)  # until it is killed
"""


def test_kill_9_in_the_middle_of_a_meeting_loses_no_line_that_was_told(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path], stdout=subprocess.PIPE, text=True)
    told = 0
    while told < 60:
        told = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split("\n")  # what it told between our reading and its end
    assert child.wait(timeout=20) == -signal.SIGKILL
    told = max([told, *(int(line) for line in rest[:-1])])
    with HistoryStore(tmp_path) as store:
        assert store.damage() == ""
        lines = store.meetings.transcript("k").lines
        assert len(lines) >= told - 1  # the first that was told is the beginning
        assert [line.text for _, line in lines] == [f"line {number} was said" for number in range(len(lines))]
        assert store.meetings.get("k").is_open


def test_a_meeting_that_a_crash_left_open_is_ended_with_its_last_line(
    tmp_path: Path, told: queue.SimpleQueue
) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "k", "one", "two", "three", is_open=True)
        spoken(store, "whole", "one")
    writer = HistoryWriter(tmp_path, Limits(), told.put)
    assert writer.stop()
    with HistoryStore(tmp_path, is_read_only=True) as store:
        left, whole = store.meetings.get("k"), store.meetings.get("whole")
    assert (left.ended_by, left.ended_utc - left.started_utc) == ("crash", timedelta(seconds=3))
    assert (whole.ended_by, left.duration_ms) == ("", 3000)


def test_a_full_disk_costs_no_line(tmp_path: Path) -> None:
    """A limit on the size of files, as a disk has one, in a process of its own."""
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.split() == ["history.failed", "saved"]
    with HistoryStore(tmp_path, is_read_only=True) as store:
        lines = store.meetings.transcript("k").lines
    assert [number for number, _ in lines] == list(range(1, 301))


FULL_DISK = """
import queue, resource, signal, sys
from pathlib import Path
import desktop.history.writer as writing
from desktop.core.timed_text import TimedText
from desktop.history import HistoryTroubled, HistoryWriter, Limits, MeetingChanged, MeetingWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writing.RETRY_EVERY_S = 0.1
told = queue.SimpleQueue()
writer = HistoryWriter(Path(sys.argv[1]), Limits(), told.put)
meetings = MeetingWriter(lambda: writer)
meetings.begin("k", "", "2026-11-21T10:00:00Z", "m", "cpu")
assert isinstance(told.get(timeout=20), MeetingChanged)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
for number in range(300):
    meetings.add_line("k", TimedText(number, number + 1, "what was said while the disk was full " * 20))
saved = 0
while not isinstance(event := told.get(timeout=20), HistoryTroubled):
    saved += 1
print(event.problem.code, flush=True)
assert 0 < saved < 300
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
while saved < 300:  # nothing is asked any more: it tries again by itself
    event = told.get(timeout=20)
    saved += isinstance(event, MeetingChanged)
print("saved")
assert writer.stop()
"""


def test_a_meeting_goes_on_in_another_folder_from_its_beginning(
    tmp_path: Path, told: queue.SimpleQueue
) -> None:
    writers = [HistoryWriter(tmp_path / "one", Limits(), told.put)]
    meetings = MeetingWriter(lambda: writers[-1])
    meetings.begin("k", "", STARTED, "m", "cpu")
    meetings.add_line("k", HELLO)
    meetings.add_bookmark("k", Bookmark(950))
    assert writers[0].stop()
    writers.append(HistoryWriter(tmp_path / "two", Limits(), told.put))
    meetings.add_line("k", NIHAO)
    meetings.end("k", STARTED)
    assert writers[1].stop()
    found = MeetingReader(lambda: tmp_path / "two").transcript("k")
    assert [line for _, line in found.lines] == [HELLO, NIHAO] and found.bookmarks == (Bookmark(950),)
    assert not found.meeting.is_open


def test_a_meeting_goes_on_when_the_history_is_damaged_under_it(
    tmp_path: Path, told: queue.SimpleQueue
) -> None:
    writer = HistoryWriter(tmp_path, Limits(), told.put)
    meetings = MeetingWriter(lambda: writer)
    meetings.begin("k", "", STARTED, "m", "cpu")
    meetings.add_line("k", HELLO)
    meetings.add_bookmark("k", Bookmark(950))
    await_key(told, 3)
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    meetings.add_line("k", NIHAO)
    assert told.get(timeout=20).problem.code == "history.damaged"
    assert told.get(timeout=20) == HistoryBegunAnew()
    meetings.write_again()
    meetings.end("k", STARTED)
    assert writer.stop()
    found = MeetingReader(lambda: tmp_path).transcript("k")
    assert [line for _, line in found.lines] == [HELLO, NIHAO] and found.bookmarks == (Bookmark(950),)
    assert (found.meeting.is_open, found.meeting.ended_by) == (False, "")


def test_a_damaged_history_gives_back_its_meetings(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        spoken(store, "k", *(f"line {number} " * 30 for number in range(50)))
        store.meetings.add_bookmark("k", Bookmark(5))
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'dictations_by_start'"
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(64))
    with HistoryStore(tmp_path) as store:
        (problem,) = store.problems
        assert problem.code == "history.damaged" and "1 meetings" in problem.sentence
        assert len(store.meetings.transcript("k").lines) == 50
        assert store.meetings.transcript("k").bookmarks == (Bookmark(5),)
        assert store.meetings.search("line 7")
