"""Wishes of the core; the controller carries them out. Immutable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import Problem
from desktop.core.events import Origin, TargetWindow


class Phase(StrEnum):
    """What the user sees a dictation do."""

    LISTENING = "listening"
    RECOGNISING = "recognising"
    INSERTING = "inserting"
    LANDED = "landed"
    FAILED = "failed"


class Cue(StrEnum):
    """Short sounds: ready to speak, text landed, something failed, thrown away."""

    READY = "ready"
    LANDED = "landed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StartListening:
    """Open the microphone for a dictation (``listening_id`` = ``dictation_id``)."""

    dictation_id: int


@dataclass(frozen=True, slots=True)
class StopListening:
    """Stop after the tail; ``ListeningEnded`` follows."""

    dictation_id: int


@dataclass(frozen=True, slots=True)
class CancelListening:
    """Stop at once and forget the audio."""

    dictation_id: int


@dataclass(frozen=True, slots=True)
class ReplayAudio:
    """Recognise a kept WAV file as dictation ``dictation_id``."""

    dictation_id: int
    journal_path: str


@dataclass(frozen=True, slots=True)
class CancelUtterances:
    """Tell the recognizer to forget these."""

    utterance_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AcquireLease:
    """Keep the model loaded (and load it if it is not)."""

    holder: str
    now_ms: float


@dataclass(frozen=True, slots=True)
class ReleaseLease:
    """The holder no longer needs the model."""

    holder: str
    now_ms: float


@dataclass(frozen=True, slots=True)
class InsertText:
    """Put final text into the window; answered by ``TextLanded`` or ``TextRefused``."""

    dictation_id: int
    text: str
    target: TargetWindow | None


@dataclass(frozen=True, slots=True)
class OverlayView:
    """All that the overlay shows. ``notice`` is a short sentence when something is wrong."""

    phase: Phase
    committed: str = ""
    tentative: str = ""
    dbfs: float = -96.0
    elapsed_ms: float = 0.0
    locked: bool = False
    loading_ms: float | None = None  # since when the model has been loading; None: not loading
    notice: str = ""


@dataclass(frozen=True, slots=True)
class ShowOverlay:
    """Show or update the overlay."""

    view: OverlayView


@dataclass(frozen=True, slots=True)
class HideOverlay:
    """Nothing to show any more; ``after_ms`` lets a last word be read."""

    after_ms: int = 0


@dataclass(frozen=True, slots=True)
class DictationLatencies:
    """Where the time of one dictation went; ``None`` where a step did not happen."""

    key_down_to_first_frame_ms: float | None = None
    key_down_to_first_partial_ms: float | None = None
    key_up_to_final_ms: float | None = None
    key_up_to_landed_ms: float | None = None
    engine_ms: float | None = None


@dataclass(frozen=True, slots=True)
class DictationRecord:
    """One finished dictation, as history and ``status`` know it."""

    dictation_id: int
    text: str
    origin: Origin
    heard_ms: int
    speech_ms: int
    window_class: str
    landed: bool
    method: str
    latencies: DictationLatencies
    problem: Problem | None = None
    journal_path: str | None = None


@dataclass(frozen=True, slots=True)
class SaveDictation:
    """Remember a finished dictation (the controller asks the settings whether it may)."""

    record: DictationRecord


@dataclass(frozen=True, slots=True)
class DropAudio:
    """The text is safe: the kept audio is no longer needed."""

    journal_path: str


@dataclass(frozen=True, slots=True)
class KeepAudio:
    """The dictation failed: keep its audio for a retry from the tray."""

    dictation_id: int
    journal_path: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class TellProblem:
    """Show a sentence and its remedy to the user."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class PlayCue:
    """Play a short sound, if the user wants sounds."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class WatchCancelKey:
    """Observe Escape while dictating, and only then."""

    is_watched: bool


Command = (
    StartListening
    | StopListening
    | CancelListening
    | ReplayAudio
    | CancelUtterances
    | AcquireLease
    | ReleaseLease
    | InsertText
    | ShowOverlay
    | HideOverlay
    | SaveDictation
    | DropAudio
    | KeepAudio
    | TellProblem
    | PlayCue
    | WatchCancelKey
)
