"""What was said, and when: the lines of a meeting or of a recording. Immutable.

All times are milliseconds from the start of the meeting or recording.
"""

from __future__ import annotations

from dataclasses import dataclass

from recognizer.events import Word


@dataclass(frozen=True, slots=True)
class TimedText:
    """One committed utterance of a meeting, or one segment of a recording.

    ``speaker`` is the label shown ("Me", "Others", "Others 2"; empty for a file). The times of
    ``words`` count from the start of the meeting or recording too, not from the utterance's start.
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A moment that the user wants to find again."""

    at_ms: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a transcript says of itself. ``options`` are pairs of name and value, in the order told."""

    title: str
    started_utc: str = ""
    duration_ms: int = 0
    model: str = ""
    device: str = ""
    options: tuple[tuple[str, str], ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
