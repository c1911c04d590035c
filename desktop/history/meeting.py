"""What is remembered of one meeting. Immutable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from desktop.core.text_columns import atoms
from desktop.core.timed_text import About, Bookmark, TimedText
from desktop.history.entry import time_text

ENDED_BY_CRASH: Final = "crash"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting without its lines. Times are UTC; ``ended_utc`` is ``None`` while it goes on.

    ``key`` names it among programs; ``title`` may be empty until the user gives one. ``is_kept``: the
    user named it or set a bookmark, so limits of the history do not forget it. ``ended_by`` is
    ``crash`` when the program ended first; ``recording`` is the folder of its sound, where that is kept.
    """

    key: str
    title: str
    started_utc: datetime
    ended_utc: datetime | None = None
    duration_ms: int = 0
    word_count: int = 0
    ended_by: str = ""
    is_kept: bool = False
    model: str = ""
    device: str = ""
    recording: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it goes on (or the program ended before it and has not been started since)."""
        return self.ended_utc is None


@dataclass(frozen=True, slots=True)
class Found:
    """A meeting that holds the words looked for: the numbers of its lines that do, oldest first.

    None when only its title does.
    """

    meeting: Meeting
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """A meeting with all that was said, in order: line numbers, lines, bookmarks."""

    meeting: Meeting
    lines: tuple[tuple[int, TimedText], ...]
    bookmarks: tuple[Bookmark, ...]


def about(transcript: Transcript, title: str) -> About:
    """What a file of it says of itself. ``title`` is what the meeting is called where it has none."""
    meeting = transcript.meeting
    return About(
        title=meeting.title or title,
        started_utc=time_text(meeting.started_utc),
        duration_ms=meeting.duration_ms,
        model=meeting.model,
        device=meeting.device,
        bookmarks=transcript.bookmarks,
    )


def said(transcript: Transcript) -> Sequence[TimedText]:
    """Its lines without their numbers."""
    return [line for _, line in transcript.lines]


def word_count(text: str) -> int:
    """How many words; each Chinese character is one.

    >>> word_count("hello, world"), word_count("你好，世界")
    (2, 4)
    """
    return sum(any(map(str.isalnum, piece.text)) for piece in atoms(text, 1 << 30))
