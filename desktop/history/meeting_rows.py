"""Meetings and their lines as rows of the database and back."""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from desktop.core.timed_text import Bookmark, TimedText
from desktop.history.entry import time_of, time_text
from desktop.history.meeting import Meeting, word_count
from recognizer.events import Word

MEETING_COLUMNS: Final = (
    "key", "title", "started_utc", "ended_utc", "duration_ms", "word_count", "ended_by", "kept", "model",
    "device", "recording",
)  # fmt: skip
LINE_COLUMNS: Final = ("number", "start_ms", "end_ms", "speaker", "text", "words_json", "word_count")


def storable(text: str) -> str:
    """Half a character (a lone surrogate) has no UTF-8: it becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def meeting_row(meeting: Meeting) -> tuple[object, ...]:
    """The values of ``MEETING_COLUMNS``."""
    return (
        meeting.key, storable(meeting.title), time_text(meeting.started_utc),
        time_text(meeting.ended_utc) if meeting.ended_utc else "", meeting.duration_ms, meeting.word_count,
        meeting.ended_by, int(meeting.is_kept), meeting.model, meeting.device, storable(meeting.recording),
    )  # fmt: skip


def meeting_at(row: sqlite3.Row) -> Meeting:
    """The meeting of a row with ``MEETING_COLUMNS``."""
    return Meeting(
        key=row["key"],
        title=row["title"],
        started_utc=time_of(row["started_utc"]),
        ended_utc=time_of(row["ended_utc"]) if row["ended_utc"] else None,
        duration_ms=row["duration_ms"],
        word_count=row["word_count"],
        ended_by=row["ended_by"],
        is_kept=bool(row["kept"]),
        model=row["model"],
        device=row["device"],
        recording=row["recording"],
    )


def line_row(number: int, line: TimedText) -> tuple[object, ...]:
    """The values of ``LINE_COLUMNS``."""
    words = [[storable(word.text), word.start_ms, word.end_ms] for word in line.words]
    return (
        number, int(line.start_ms), int(line.end_ms), storable(line.speaker), storable(line.text),
        json.dumps(words, ensure_ascii=False, separators=(",", ":")), word_count(line.text),
    )  # fmt: skip


def line_at(row: sqlite3.Row, *, with_words: bool) -> tuple[int, TimedText]:
    """Number and line of a row with ``LINE_COLUMNS``."""
    words = tuple(Word(*word) for word in json.loads(row["words_json"])) if with_words else ()
    return row["number"], TimedText(row["start_ms"], row["end_ms"], row["text"], row["speaker"], words)


def bookmark_at(row: sqlite3.Row) -> Bookmark:
    """The bookmark of a row."""
    return Bookmark(row["at_ms"], row["note"])
