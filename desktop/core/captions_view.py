"""What the captions' window shows: the last lines said, and how the captions are doing. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaptionsState(StrEnum):
    """How the captions are doing, in one word."""

    LIVE = "live"
    PAUSED = "paused"
    LOADING = "loading"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class CaptionsLine:
    """One utterance on show; a line keeps its key while its text grows or is replaced once."""

    key: int  # the utterance's id
    speaker: str  # label; "" = do not show
    committed: str  # only grows, or is once replaced as a whole by the second pass
    tentative: str  # may change; "" in calm mode
    is_final: bool


@dataclass(frozen=True, slots=True)
class CaptionsView:
    """All that the window needs for one picture."""

    lines: tuple[CaptionsLine, ...]  # oldest first; the last few
    state: CaptionsState
    notice: str = ""  # a short sentence when something is wrong or not there yet
