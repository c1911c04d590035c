"""A meeting in words: what it is called, when it was, how long, how much was said. No Qt."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from desktop.core.timed_text import Bookmark
from desktop.core.transcript_formats import clock
from desktop.history.meeting import Found, Meeting
from desktop.ui.history_view import SEPARATOR
from desktop.ui.tray_state import device_name
from desktop.ui.words import say, translated

LONGEST_FILE_NAME: Final = 80
_NO_FILE_NAME: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def title_of(meeting: Meeting) -> str:
    """Its name, or its time where the user gave it none."""
    local = meeting.started_utc.astimezone()
    return meeting.title or say("meetings.untitled", when=f"{local:%Y-%m-%d %H:%M}")


def row_title(meeting: Meeting, now: datetime) -> str:
    """The upper line of its row."""
    return meeting.title or when(meeting, now)


def row_story(found: Found, now: datetime) -> str:
    """The lower line of its row."""
    meeting = found.meeting
    hits = say("meetings.hits", count=len(found.numbers)) if found.numbers else ""
    parts = [hits, when(meeting, now) if meeting.title else "", *_figures(meeting), ending(meeting)]
    return SEPARATOR.join(part for part in parts if part)


def story(meeting: Meeting, now: datetime) -> str:
    """The line below its name."""
    device = device_name(meeting.device) if meeting.device else ""
    name = translated(meeting.model)
    model = say("history.model", model=name, device=device) if device else name
    kept = say("meetings.kept") if meeting.is_kept else ""
    parts = [when(meeting, now), *_figures(meeting), ending(meeting), model, kept]
    return SEPARATOR.join(part for part in parts if part)


def _figures(meeting: Meeting) -> list[str]:
    count = say("meetings.words", count=meeting.word_count) if meeting.word_count else ""
    return [length(meeting.duration_ms), count]


def when(meeting: Meeting, now: datetime) -> str:
    """``Today 09:12``, ``Yesterday 21:40``, else date and time; local time."""
    local, today = meeting.started_utc.astimezone(), now.astimezone().date()
    time = f"{local:%H:%M}"
    if local.date() == today:
        return say("history.today", time=time)
    if local.date() == today - timedelta(days=1):
        return say("history.yesterday", time=time)
    return f"{local:%Y-%m-%d %H:%M}"


def ending(meeting: Meeting) -> str:
    """How it ended, where that is worth a word."""
    if meeting.is_open:
        return say("meetings.open")
    return say("meetings.crashed") if meeting.ended_by else ""


def length(duration_ms: int) -> str:
    """``45 s``, ``52 min``, ``1 h 5 min``."""
    seconds = round(duration_ms / 1000)
    if seconds < 60:
        return say("meetings.seconds", seconds=seconds)
    minutes = round(seconds / 60)
    if minutes < 60:
        return say("meetings.minutes", minutes=minutes)
    return say("meetings.hours", hours=minutes // 60, minutes=minutes % 60)


def bookmark_label(bookmark: Bookmark) -> str:
    """One row of the jump list."""
    return f"{clock(bookmark.at_ms)}  {' '.join(bookmark.note.split())}".rstrip()


def file_name(meeting: Meeting, format_: str) -> str:
    """A name for its file: no character that some file system does not take, not too long."""
    date = f"{meeting.started_utc.astimezone():%Y-%m-%d %H.%M}"
    name = f"{date} {meeting.title}" if meeting.title else title_of(meeting).replace(":", ".")
    readable = _NO_FILE_NAME.sub("-", name).strip(" .")[:LONGEST_FILE_NAME].strip(" .")
    return f"{readable or date}.{format_}"
