"""How much is remembered, and what was forgotten to stay within it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from desktop.history.meeting_store import MeetingsForgotten

NO_MEETINGS: Final = MeetingsForgotten(0, ())


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept; 0 is no limit."""

    keep_days: int = 90
    keep_mib: int = 100


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted: how many dictations, and the recordings that belonged to them; meetings, too."""

    dictations: int
    audio_paths: tuple[str, ...]
    meetings: MeetingsForgotten = NO_MEETINGS


def sum_of(parts: Iterable[Forgotten]) -> Forgotten:
    """All of it in one."""
    gone = list(parts)
    meetings = MeetingsForgotten(
        sum(each.meetings.meetings for each in gone),
        tuple(path for each in gone for path in each.meetings.recordings),
    )
    paths = tuple(path for each in gone for path in each.audio_paths)
    return Forgotten(sum(each.dictations for each in gone), paths, meetings)
