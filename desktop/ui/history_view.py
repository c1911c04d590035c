"""A dictation in words: when, where to, how it went. No Qt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from desktop.history.entry import HistoryEntry
from desktop.ui.tray_state import device_name
from desktop.ui.words import say, translated

SEPARATOR: Final = " · "


def when(entry: HistoryEntry, now: datetime) -> str:
    """``Today 09:12``, ``Yesterday 21:40``, else date and time; local time."""
    local, today = entry.started_utc.astimezone(), now.astimezone().date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return say("history.today", time=clock)
    if local.date() == today - timedelta(days=1):
        return say("history.yesterday", time=clock)
    return f"{local:%Y-%m-%d %H:%M}"


def headline(entry: HistoryEntry, now: datetime) -> str:
    """The quiet line under the text: when, into which program, and whether it got there."""
    program = entry.window_class.rpartition(".")[2]
    parts = [when(entry, now), program, "" if entry.landed else say("history.not-inserted")]
    return SEPARATOR.join(part for part in parts if part)


def story(entry: HistoryEntry) -> str:
    """What happened on the way, for "why did nothing appear?"."""
    parts = [
        say("history.heard", seconds=entry.heard_ms / 1000.0),
        say("history.speech", seconds=entry.speech_ms / 1000.0),
    ]
    if entry.model:
        model, device = translated(entry.model), device_name(entry.device or "cpu")
        parts.append(say("history.model", model=model, device=device))
    landed_ms = entry.latencies_ms.get("key_up_to_landed_ms")
    if entry.landed and landed_ms is not None:
        parts.append(say("history.landed", ms=landed_ms))
    elif not entry.landed:
        parts.append(say("history.not-inserted"))
    return SEPARATOR.join(parts)


def one_line(entry: HistoryEntry) -> str:
    """The text in one line; a dictation without text says so."""
    return " ".join(entry.text.split()) or say("history.empty")
