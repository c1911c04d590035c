"""Facts told by the audio side. Immutable; times are audio time unless their name says wall.

Audio time (``at_ms``) counts the sound of one *listening* from its first sample, pre-roll
included. It never runs backwards and does not depend on any clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """20 ms of sound: ``pcm`` is exactly ``FRAME_BYTES`` long."""

    pcm: bytes
    at_ms: int


class EndReason(StrEnum):
    """Why an utterance ended."""

    SILENCE = "silence"
    LONGEST = "longest"  # the longest utterance allowed was reached; the next follows at once
    STOPPED = "stopped"  # the listening ended (key released, end of file)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """An utterance began. ``at_ms`` is its first sample, pre-roll included."""

    utterance_id: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechAudio:
    """Sound of the running utterance; pieces follow each other without gap or overlap."""

    utterance_id: int
    pcm: bytes
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """An utterance is over; no ``SpeechAudio`` with its id follows."""

    utterance_id: int
    at_ms: int
    reason: EndReason


SpeechEvent = SpeechStarted | SpeechAudio | SpeechEnded


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the user must read: a sentence and a remedy. ``code`` is stable for tests and logs."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ListeningStarted:
    """The first frame of a listening was kept. ``preroll_ms`` of it was heard before the request."""

    listening_id: int
    source_name: str
    preroll_ms: int
    start_ms: float
    """Request → beginning of the first frame kept, wall time: what was lost of a word spoken at once;
    0 when a pre-roll was there."""


@dataclass(frozen=True, slots=True)
class LevelMeasured:
    """Loudness of the latest ~40 ms while listening, for meters."""

    listening_id: int
    dbfs: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class FramesLost:
    """The device delivered less sound than the clock says; the gap stays a gap of silence."""

    listening_id: int
    lost_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """The sound now comes from another device (unplugged, moved by the user, new default)."""

    listening_id: int
    source_name: str
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class SoundNotKept:
    """The sound of a listening that goes on is no longer kept on disk. Told at most once."""

    listening_id: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class ListeningEnded:
    """A listening is over; every ``SpeechEnded`` of it was told before.

    ``journal_path`` is the kept sound file (``None`` when nothing was kept). ``problem`` is set
    when it ended by a failure; what was heard until then is still in the journal. ``notices``
    did not end it but should be read (only silence heard, disk full, a VAD model missing).
    """

    listening_id: int
    heard_ms: int
    speech_ms: int
    utterance_ids: tuple[int, ...]
    peak_dbfs: float
    lost_ms: int
    journal_path: str | None
    problem: Problem | None
    cancelled: bool = False
    notices: tuple[Problem, ...] = ()


ListenerEvent = (
    ListeningStarted | LevelMeasured | FramesLost | MicrophoneChanged | SoundNotKept | ListeningEnded
)
AudioEvent = SpeechEvent | ListenerEvent
