"""Entries as rows of the table ``dictations`` and back."""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from desktop.history.entry import HistoryEntry, time_of, time_text

COLUMNS: Final = (
    "started_utc", "ended_utc", "text", "source", "model", "device", "window_class", "heard_ms",
    "speech_ms", "landed", "method", "latencies_json", "problem_code", "audio_path",
)  # fmt: skip


def row_of(entry: HistoryEntry) -> tuple[object, ...]:
    """The values of ``COLUMNS``."""
    return (
        time_text(entry.started_utc), time_text(entry.ended_utc), _storable(entry.text), entry.source,
        entry.model, entry.device, entry.window_class, entry.heard_ms, entry.speech_ms, int(entry.landed),
        entry.method, json.dumps(dict(entry.latencies_ms)), entry.problem_code, entry.audio_path,
    )  # fmt: skip


def _storable(text: str) -> str:
    """Half a character (a lone surrogate) has no UTF-8: it becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def entry_at(row: sqlite3.Row) -> HistoryEntry:
    """The entry of a row with ``id`` and ``COLUMNS``."""
    return HistoryEntry(
        started_utc=time_of(row["started_utc"]),
        ended_utc=time_of(row["ended_utc"]),
        latencies_ms=json.loads(row["latencies_json"]),
        landed=bool(row["landed"]),
        entry_id=row["id"],
        **{name: row[name] for name in ("text", "source", "model", "device", "window_class", "heard_ms",
                                        "speech_ms", "method", "problem_code", "audio_path")},
    )  # fmt: skip
