"""What other programs get."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from desktop.history import HistoryEntry
from desktop.history.entry import time_of, time_text
from desktop.history.export import FORMS, export

START = datetime(2026, 11, 20, 12, 0, 0, 5000, tzinfo=UTC)
SAID = [
    HistoryEntry(START, START, 'one "two", three\nfour', entry_id=1, latencies_ms={"engine_ms": 1.5}),
    HistoryEntry(START + timedelta(days=2), START, "你好 🙂", entry_id=2),
]


def whole(form: str, entries: list[HistoryEntry] = SAID) -> str:
    return "".join(export(entries, form))


def test_json_holds_everything() -> None:
    first, second = json.loads(whole("json"))
    assert (first["id"], first["text"], first["started_utc"]) == (1, SAID[0].text, "2026-11-20T12:00:00.005Z")
    assert first["latencies_ms"] == {"engine_ms": 1.5} and second["text"] == "你好 🙂"
    assert json.loads(whole("json", [])) == []


def test_csv_survives_quotes_and_newlines() -> None:
    rows = list(csv.DictReader(io.StringIO(whole("csv"), newline="")))
    assert [row["text"] for row in rows] == [each.text for each in SAID]
    assert rows[0]["landed"] == "False"


def test_text_and_markdown_are_for_people() -> None:
    assert 'one "two", three\nfour\n\n' in whole("txt")
    markdown = whole("md")
    assert markdown.count("## 2026-11-2") == 2 and '> one "two", three\n> four\n' in markdown


@pytest.mark.parametrize("form", FORMS)
def test_without_dictations_every_format_is_valid(form: str) -> None:
    assert isinstance(whole(form, []), str)


def test_times_keep_their_moment_and_sort_as_text() -> None:
    assert time_of(time_text(START)) == START
    assert time_text(START) < time_text(START + timedelta(milliseconds=1))
    with pytest.raises(ValueError, match="zone"):
        time_text(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
