"""Dictations as text for other programs: plain text, JSON, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

from desktop.history.entry import HistoryEntry, time_text

Lines = Callable[[Iterable[HistoryEntry]], Iterator[str]]


def export(entries: Iterable[HistoryEntry], form: str) -> Iterator[str]:
    """Pieces of text that make up the whole; ``form`` is one of ``FORMS``. Raises ``KeyError``."""
    return FORMS[form](entries)


def as_dict(entry: HistoryEntry) -> dict[str, Any]:
    """All that is known of a dictation, as JSON takes it."""
    times = {"started_utc": time_text(entry.started_utc), "ended_utc": time_text(entry.ended_utc)}
    return {"id": entry.entry_id} | asdict(entry) | times


def local_time(entry: HistoryEntry) -> str:
    """When it was said, on the clock of this computer."""
    return entry.started_utc.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def shown_text(entry: HistoryEntry) -> str:
    """The text, or why there is none."""
    return entry.text or f"(no text: {entry.problem_code or 'nothing understood'})"


def _txt(entries: Iterable[HistoryEntry]) -> Iterator[str]:
    for entry in entries:
        yield f"{local_time(entry)}\n{shown_text(entry)}\n\n"


def _json(entries: Iterable[HistoryEntry]) -> Iterator[str]:
    separator = "[\n"
    for entry in entries:
        known = as_dict(entry)
        known.pop("entry_id")
        yield separator + json.dumps(known, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _csv(entries: Iterable[HistoryEntry]) -> Iterator[str]:
    names = ["id", "started_utc", "ended_utc", "text", "source", "model", "device", "window_class",
             "heard_ms", "speech_ms", "landed", "method", "problem_code"]  # fmt: skip
    yield _csv_line(names)
    for entry in entries:
        known = as_dict(entry)
        yield _csv_line([known[name] for name in names])


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _markdown(entries: Iterable[HistoryEntry]) -> Iterator[str]:
    day = ""
    for entry in entries:
        date, _, clock = local_time(entry).partition(" ")
        if date != day:
            yield f"## {date}\n\n"
            day = date
        quoted = entry.text.strip().replace("\n", "\n> ")
        yield f"**{clock}**\n\n> {quoted}\n\n"


FORMS: Final[dict[str, Lines]] = {"txt": _txt, "json": _json, "csv": _csv, "md": _markdown}
"""What each ending means."""
