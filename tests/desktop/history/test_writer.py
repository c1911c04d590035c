"""The thread ``history``: saves without anybody waiting, and goes on after trouble."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.history import (
    DictationSaved,
    DictationsForgotten,
    HistoryEntry,
    HistoryEvent,
    HistoryStore,
    HistoryTroubled,
    HistoryWriter,
    Limits,
)
from desktop.history.writer import HistoryBegunAnew

NOW = datetime.now(UTC)
DEFAULT_LIMITS = Limits()


@pytest.fixture
def told() -> queue.SimpleQueue[tuple[str, HistoryEvent]]:
    return queue.SimpleQueue()


@pytest.fixture
def writer(tmp_path: Path, told: queue.SimpleQueue) -> Iterator[HistoryWriter]:
    writer = started(tmp_path, told)
    yield writer
    assert writer.stop()


def started(folder: Path, told: queue.SimpleQueue, limits: Limits = DEFAULT_LIMITS) -> HistoryWriter:
    return HistoryWriter(folder, limits, lambda event: told.put((threading.current_thread().name, event)))


def entry(text: str, days: int = 0) -> HistoryEntry:
    return HistoryEntry(NOW - timedelta(days=days), NOW, text, audio_path=f"/{text}.wav")


def test_what_is_saved_is_told_from_the_thread(
    writer: HistoryWriter, told: queue.SimpleQueue, tmp_path: Path
) -> None:
    writer.save(entry("one"))
    thread, saved = told.get(timeout=10)
    assert thread == "history" and isinstance(saved, DictationSaved) and saved.entry.text == "one"
    with HistoryStore(tmp_path, is_read_only=True) as reader:
        assert reader.get(saved.entry_id) is not None


def test_forgetting_names_the_recordings(writer: HistoryWriter, told: queue.SimpleQueue) -> None:
    for text in ("one", "two"):
        writer.save(entry(text))
    first = told.get(timeout=10)[1].entry_id
    told.get(timeout=10)
    writer.delete(first)
    assert told.get(timeout=10)[1] == DictationsForgotten(1, ("/one.wav",))
    writer.delete(first)
    assert told.get(timeout=10)[1] == DictationsForgotten(0, ())
    writer.clear()
    assert told.get(timeout=10)[1] == DictationsForgotten(1, ("/two.wav",))


def test_limits_hold_from_the_start(tmp_path: Path, told: queue.SimpleQueue) -> None:
    with HistoryStore(tmp_path) as store:
        store.add(entry("old", days=100))
        store.add(entry("new"))
    writer = started(tmp_path, told, Limits(keep_days=90))
    assert told.get(timeout=10)[1] == DictationsForgotten(1, ("/old.wav",))
    assert writer.stop()
    with pytest.raises(queue.Empty):
        told.get_nowait()


def test_everything_asked_before_stop_is_done(tmp_path: Path, told: queue.SimpleQueue) -> None:
    writer = started(tmp_path, told)
    for number in range(30):
        writer.save(entry(str(number)))
    assert writer.stop(10.0)
    with HistoryStore(tmp_path, is_read_only=True) as reader:
        assert reader.count() == 30


def test_trouble_is_told_once_and_nothing_is_lost_when_it_is_over(
    tmp_path: Path, told: queue.SimpleQueue
) -> None:
    place = tmp_path / "place"
    place.write_text("a file where the folder should be")
    writer = started(place, told)
    writer.save(entry("early"))
    (_, trouble) = told.get(timeout=10)
    assert isinstance(trouble, HistoryTroubled) and trouble.problem.code == "history.unwritable"
    writer.retain(Limits())
    writer.forget_audio("/x")
    writer._jobs.put(lambda: told.put("all of this has been tried"))
    assert told.get(timeout=10) == "all of this has been tried"
    place.unlink()
    writer.save(entry("late"))
    assert [told.get(timeout=10)[1].entry.text for _ in "12"] == ["early", "late"]
    assert writer.stop()


def test_limits_hold_while_the_program_runs(tmp_path: Path, told: queue.SimpleQueue, monkeypatch) -> None:
    monkeypatch.setattr("desktop.history.writer.RETAIN_EVERY_S", 0.0)
    writer = started(tmp_path, told, Limits(keep_days=90))
    writer.save(entry("old", days=100))
    assert isinstance(told.get(timeout=10)[1], DictationSaved)
    assert told.get(timeout=10)[1] == DictationsForgotten(1, ("/old.wav",))
    assert writer.stop()


def test_a_damaged_history_is_told(tmp_path: Path, told: queue.SimpleQueue) -> None:
    (tmp_path / "history.sqlite3").write_bytes(b"x" * 9000)
    writer = started(tmp_path, told)
    assert told.get(timeout=10)[1].problem.code == "history.damaged"
    assert writer.stop()


def test_a_dictation_waits_for_a_held_database_and_is_then_saved_by_itself(
    tmp_path: Path, told: queue.SimpleQueue, monkeypatch
) -> None:
    monkeypatch.setattr("desktop.history.writer.RETRY_EVERY_S", 0.01)
    monkeypatch.setattr("desktop.history.opening.BUSY_TIMEOUT_S", 0.01)
    writer = started(tmp_path, told)
    writer.save(entry("before"))
    assert isinstance(told.get(timeout=10)[1], DictationSaved)
    other = sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer.save(entry("meanwhile"))
    assert told.get(timeout=10)[1].problem.code == "history.failed"
    other.execute("ROLLBACK")
    other.close()
    assert told.get(timeout=10)[1].entry.text == "meanwhile"  # nobody asked again
    assert writer.stop()


def test_what_waits_is_saved_at_the_end(tmp_path: Path, told: queue.SimpleQueue) -> None:
    place = tmp_path / "place"
    place.write_text("a file where the folder should be")
    writer = started(place, told)
    writer.save(entry("last"))
    assert isinstance(told.get(timeout=10)[1], HistoryTroubled)
    writer._jobs.put(place.unlink)
    assert writer.stop()
    with HistoryStore(place, is_read_only=True) as reader:
        assert [each.text for each in reader.latest()] == ["last"]


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_is_taken_away_is_begun_anew(
    writer: HistoryWriter, told: queue.SimpleQueue, tmp_path: Path, is_replaced: bool
) -> None:
    writer.save(entry("early"))
    told.get(timeout=10)
    (tmp_path / "history.sqlite3").rename(tmp_path / "elsewhere")
    if is_replaced:
        with HistoryStore(tmp_path) as other:
            other.add(entry("from a backup"))
    writer.save(entry("late"))
    assert told.get(timeout=10)[1] == HistoryBegunAnew()
    assert told.get(timeout=10)[1].entry.text == "late"
    with HistoryStore(tmp_path, is_read_only=True) as reader:
        texts = [each.text for each in reader.latest()]
    assert texts == (["late", "from a backup"] if is_replaced else ["late"])


def test_a_folder_that_numbers_its_files_anew_all_the_time_is_believed_after_a_while(
    tmp_path: Path, told: queue.SimpleQueue, monkeypatch
) -> None:
    monkeypatch.setattr("desktop.history.writer.MOST_OPENINGS", 2)
    monkeypatch.setattr(HistoryStore, "is_in_place", lambda _: False)
    writer = started(tmp_path, told)
    for text in ("one", "two", "three"):
        writer.save(entry(text))
    assert writer.stop()
    events = [told.get_nowait()[1] for _ in "1234"]
    assert [type(each) for each in events] == [HistoryBegunAnew, *[DictationSaved] * 3]


def test_limits_hold_where_nothing_but_meetings_is_saved(
    tmp_path: Path, told: queue.SimpleQueue, monkeypatch
) -> None:
    writer = started(tmp_path, told, Limits(keep_days=90))
    with HistoryStore(tmp_path) as store:
        store.add(entry("old", days=100))
    monkeypatch.setattr("desktop.history.writer.RETAIN_EVERY_S", 0.0)
    writer.keep(lambda store: None)
    assert told.get(timeout=10)[1] == DictationsForgotten(1, ("/old.wav",))
    assert writer.stop()
