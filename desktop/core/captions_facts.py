"""Facts told to ``CaptionsSession`` and its wishes. Immutable.

``now_ms`` and every ``at_ms`` of a fact are the monotonic wall time of the controller, in ms. Besides
these it takes ``TimePassed``, ``HolderUnserved`` and the facts of ``recognizer.events``. Of the wishes of a
dictation it uses ``AcquireLease``, ``ReleaseLease``, ``CancelUtterances`` and ``TellProblem``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import ListenerEvent
from desktop.core.captions_view import CaptionsView
from desktop.core.commands import AcquireLease, CancelUtterances, ReleaseLease, TellProblem
from desktop.core.timed_text import Bookmark, TimedText


class Source(StrEnum):
    """Who is heard: the own microphone, or what the computer plays."""

    ME = "me"
    OTHERS = "others"


# --- facts ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaptionsStartRequested:
    """Somebody wants captions."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class CaptionsStopRequested:
    """The meeting is over."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class CaptionsLeft:
    """The program ends, and with it the meeting."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class CaptionsPauseRequested:
    """Hear nothing for a while, or (``is_paused`` false) go on."""

    now_ms: float
    is_paused: bool


@dataclass(frozen=True, slots=True)
class MicrophoneChosen:
    """The user wants another microphone."""


@dataclass(frozen=True, slots=True)
class BookmarkRequested:
    """This moment is to be found again."""

    now_ms: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class SourceTold:
    """What the listener of ``source`` told: began, changed, lost sound, ended."""

    source: Source
    event: ListenerEvent


@dataclass(frozen=True, slots=True)
class CaptionOpened:
    """Somebody began to speak at ``at_ms``."""

    source: Source
    listening_id: int
    utterance_id: int
    at_ms: float


@dataclass(frozen=True, slots=True)
class CaptionHeard:
    """The next levels of an utterance, one dBFS value for each 20 ms."""

    utterance_id: int
    envelope: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CaptionClosed:
    """The utterance ended at ``at_ms``; the last ``silence_ms`` of it were silent."""

    utterance_id: int
    at_ms: float
    silence_ms: int = 0


@dataclass(frozen=True, slots=True)
class CaptionLost:
    """The sound of a waiting utterance had to be given up."""

    utterance_id: int


CaptionsFact = SourceTold | CaptionOpened | CaptionHeard | CaptionClosed | CaptionLost
"""Told by threads; nobody else wants to know."""

# --- wishes -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginHearing:
    """Listen to ``source``; its listener answers through ``SourceTold``."""

    meeting_id: int
    source: Source
    listening_id: int


@dataclass(frozen=True, slots=True)
class EndHearing:
    """Listen no longer."""

    source: Source
    listening_id: int


@dataclass(frozen=True, slots=True)
class HearAgain:
    """Give the kept sound of a refused utterance to the recognizer again."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class ForgetSound:
    """The utterance is answered: its sound is no longer needed."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class BeginMeeting:
    """Remember a new meeting."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class SaveLine:
    """Remember a line of it, at once. ``number`` counts the lines of a meeting from 1."""

    meeting_id: int
    number: int
    line: TimedText


@dataclass(frozen=True, slots=True)
class SaveBookmark:
    """Remember a moment of it."""

    meeting_id: int
    bookmark: Bookmark


@dataclass(frozen=True, slots=True)
class EndMeeting:
    """Everything is in. ``lines`` is how many were saved, ``lost`` how many utterances have no text."""

    meeting_id: int
    duration_ms: int
    lines: int
    lost: int


@dataclass(frozen=True, slots=True)
class ShowCaptions:
    """Show this, in place of what was shown."""

    view: CaptionsView


@dataclass(frozen=True, slots=True)
class HideCaptions:
    """Nobody speaks, or the meeting is over."""


@dataclass(frozen=True, slots=True)
class PublishCaption:
    """For other programs: an utterance so far; empty text takes it back (it was an echo).

    ``committed`` is the part of its text that only grows until the final replaces it.
    """

    utterance_id: int
    source: Source
    line: TimedText
    is_final: bool
    committed: str = ""


@dataclass(frozen=True, slots=True)
class SayCaptions:
    """A sentence that is no problem."""

    sentence: str


CaptionsCommand = (
    AcquireLease
    | ReleaseLease
    | CancelUtterances
    | TellProblem
    | BeginHearing
    | EndHearing
    | HearAgain
    | ForgetSound
    | BeginMeeting
    | SaveLine
    | SaveBookmark
    | EndMeeting
    | ShowCaptions
    | HideCaptions
    | PublishCaption
    | SayCaptions
)
