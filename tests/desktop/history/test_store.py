"""The history: kept, found, limited, and forgotten for good."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.events import Problem
from desktop.core.commands import DictationLatencies, DictationRecord
from desktop.core.events import Origin
from desktop.history import HistoryEntry, HistoryFailed, HistoryStore, Limits, entry_of

NOW = datetime(2026, 11, 21, 9, 30, 15, 123000, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HistoryStore]:
    with HistoryStore(tmp_path / "history") as store:
        yield store


def entry(text: str, age: timedelta = timedelta(), **more: object) -> HistoryEntry:
    return HistoryEntry(NOW - age, NOW - age + timedelta(seconds=2), text, **more)  # type: ignore[arg-type]


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_dictation_comes_back_as_it_went_in(store: HistoryStore) -> None:
    full = entry(
        "first line\n你好，\"é\" 🙂 \x00 end",
        source="hotkey", model="English", device="cpu", window_class="xterm", heard_ms=3000, speech_ms=2000,
        landed=True, method="paste", latencies_ms={"key_up_to_landed_ms": 12.5, "engine_ms": None},
        problem_code="x", audio_path="/a/b.wav",
    )  # fmt: skip
    kept_id = store.add(full)
    (back,) = store.latest()
    assert back.entry_id == kept_id
    assert back == HistoryEntry(
        **{name: getattr(full, name) for name in full.__slots__} | {"entry_id": kept_id}
    )


def test_what_the_core_tells_is_what_is_kept() -> None:
    record = DictationRecord(
        dictation_id=7, text="hello", origin=Origin.TRAY, heard_ms=900, speech_ms=800, window_class="kate",
        landed=False, method="", latencies=DictationLatencies(engine_ms=5.0),
        problem=Problem("insert.gone", "s", "r"), journal_path="/kept.wav",
    )  # fmt: skip
    kept = entry_of(record, started_utc=NOW, ended_utc=NOW, model="m", device="cpu")
    assert (kept.text, kept.source, kept.problem_code, kept.audio_path) == (
        "hello",
        "tray",
        "insert.gone",
        "/kept.wav",
    )
    assert kept.latencies_ms["engine_ms"] == 5.0 and kept.latencies_ms["key_up_to_final_ms"] is None


def test_half_a_character_does_not_lose_the_dictation(store: HistoryStore) -> None:
    store.add(entry("before \ud83d after"))
    assert store.latest()[0].text == "before ? after"


def test_the_latest_come_first_and_pages_follow(store: HistoryStore) -> None:
    for number in range(7):
        store.add(entry(str(number)))
    first = store.latest(3)
    second = store.latest(3, before_id=first[-1].entry_id)
    assert [each.text for each in first + second] == ["6", "5", "4", "3", "2", "1"]
    assert [each.text for each in store.all()] == list("0123456")
    assert store.count() == 7


SAID = [
    "Good morning everyone",
    "早上好，今天天气很好",
    '100% of a_b \\ "quoted"',
    "Straße in Köln",
    "OR NOT near",
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("morning", 0), ("MORN", 0), ("everyone good", 0), ("go", 0),  # parts, any case, any order
        ("天气", 1), ("好", 1), ("今天天气", 1), ("今天 很好", 1),  # Chinese, of one letter and more
        ("100%", 2), ("a_b", 2), ('"quoted"', 2), ("\\", 2), ("%", 2), ("_b", 2),  # no wildcard, no operator
        ("straße", 3), ("köln", 3), ("not", 4), ("OR", 4), ("NEAR", 4),
        ("evening", None), ("morning 天气", None), ("a%b", None), ("*", None), ("aXb", None), ("-", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("has_index", [True, False], ids=["index", "scan"])
def test_words_are_found(store: HistoryStore, words: str, found: int | None, has_index: bool) -> None:
    for text in SAID:
        store.add(entry(text))
    store.has_index = has_index
    texts = [each.text for each in store.search(words)]
    if not has_index and words == "köln":
        return  # without the index only ASCII letters are alike in upper and lower case
    assert (SAID[found] in texts) if found is not None else texts == []


def test_searching_for_nothing_finds_everything(store: HistoryStore) -> None:
    store.add(entry("one"))
    assert len(store.search("   ")) == 1


def test_an_index_that_is_missing_is_made(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as store:
        store.add(entry("find me please"))
        for name in ("insert", "delete", "update"):
            store._connection.execute(f"DROP TRIGGER dictation_words_{name}")
        store._connection.execute("DROP TABLE dictation_words")
    with HistoryStore(tmp_path) as store:
        assert store.has_index and len(store.search("find")) == 1


# --- forgetting ---------------------------------------------------------------------------------------


def test_what_is_older_than_allowed_is_forgotten(store: HistoryStore) -> None:
    for days in (0, 89, 91, 400):
        store.add(entry(str(days), timedelta(days=days), audio_path=f"/{days}.wav"))
    forgotten = store.retain(Limits(keep_days=90, keep_mib=0), NOW)
    assert (forgotten.dictations, sorted(forgotten.audio_paths)) == (2, ["/400.wav", "/91.wav"])
    assert {each.text for each in store.latest()} == {"0", "89"}
    assert store.retain(Limits(keep_days=0, keep_mib=0), NOW).dictations == 0


def test_the_oldest_go_when_it_is_too_large_and_the_file_shrinks(store: HistoryStore) -> None:
    for number in range(600):
        store.add(entry(f"{number} " + "many words of this dictation " * 60))
    assert store.used_bytes() > 2 << 20
    forgotten = store.retain(Limits(keep_days=0, keep_mib=1), NOW)
    assert 0 < forgotten.dictations < 600
    assert store.used_bytes() <= 1 << 20
    assert sum(path.stat().st_size for path in store.path.parent.iterdir()) < (1 << 20) + (1 << 17)
    assert store.latest(1)[0].text.startswith("599 ") and not store.search("0_many")
    assert store.damage() == ""


def test_nothing_of_what_was_cleared_is_left_in_the_files(store: HistoryStore) -> None:
    store.add(entry("my secret password is swordfish"))
    assert b"swordfish" in everything_in(store.path.parent)
    assert store.clear().dictations == 1
    assert b"swordfish" not in everything_in(store.path.parent)
    assert store.count() == 0 and store.search("swordfish") == []


def test_nothing_of_what_was_deleted_is_left_in_the_files(store: HistoryStore) -> None:
    store.add(entry("keep this one"))
    gone = store.add(entry("my secret password is swordfish"))
    assert store.delete(gone) and not store.delete(gone)
    assert b"swordfish" not in everything_in(store.path.parent)
    for trigram in (b"swo", b"dfi"):
        assert trigram not in everything_in(store.path.parent)
    assert [each.text for each in store.latest()] == ["keep this one"]


def test_a_recording_that_is_gone_is_no_longer_named(store: HistoryStore) -> None:
    store.add(entry("x", audio_path="/a.wav"))
    store.forget_audio("/a.wav")
    assert store.latest()[0].audio_path == ""


# --- files --------------------------------------------------------------------------------------------


def test_files_are_private(store: HistoryStore) -> None:
    store.add(entry("x"))
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_reader_needs_a_history_and_may_not_change_it(tmp_path: Path) -> None:
    with pytest.raises(HistoryFailed) as failed:
        HistoryStore(tmp_path, is_read_only=True)
    assert failed.value.problem.code == "history.none"
    HistoryStore(tmp_path).close()
    with HistoryStore(tmp_path, is_read_only=True) as reader, pytest.raises(HistoryFailed):
        reader.add(entry("x"))


def test_a_reader_sees_what_is_written_meanwhile(tmp_path: Path) -> None:
    with HistoryStore(tmp_path) as writer, HistoryStore(tmp_path, is_read_only=True) as reader:
        writer.add(entry("x"))
        assert reader.count() == 1


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir], ids=["empty file", "folder"])
def test_a_place_that_cannot_be_used_is_told(tmp_path: Path, make) -> None:
    place = tmp_path / "place"
    if make is Path.mkdir:
        (place / "history.sqlite3").mkdir(parents=True)
    else:
        make(place)
    with pytest.raises(HistoryFailed) as failed:
        HistoryStore(place)
    assert failed.value.problem.remedy


TEXTS = st.text(max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=6), TEXTS)
def test_search_agrees_with_reading_everything(tmp_path_factory, texts: list[str], words: str) -> None:
    """What the index finds is what a person with patience would find."""
    with HistoryStore(tmp_path_factory.mktemp("history")) as store:
        for text in texts:
            store.add(entry(text))
        parts = words.split()
        plain = [t for t in texts if all(part in t for part in parts)]
        found = [each.text for each in store.search(words, limit=100)]
        assert all(text in found for text in plain if "\x00" not in text + words)
        if words.isascii() and "\x00" not in words:
            lowered = [t for t in texts if all(part.lower() in t.lower() for part in parts)]
            assert set(found) <= set(lowered) | {t for t in texts if not t.isascii()}
