"""The audio thread: from a microphone to speech events, one listening after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from audio.events import AudioEvent
from audio.segmenter import SegmenterConfig
from audio.source import AudioSource
from audio.vad import VadSettings

WarmMode = Literal["off", "after_use", "always"]


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """How to listen; every number with its unit, ranges in brackets.

    ``warm``: ``off`` closes the microphone after each listening, ``after_use`` keeps it running for
    ``warm_s`` [1 … 600] so that the pre-roll is there at the next key press, ``always`` never stops it.
    ``pre_roll_ms`` [0 … 2 000] is what is kept from before the request while warm. After ``end`` sound is
    taken for ``tail_ms`` [0 … 1 000]; when the speaker has been silent for some time already, only
    ``shortest_tail_ms``. A listening ends by itself after ``longest_listening_s`` [1 … 36 000].
    ``endpointing`` false: the whole listening is one utterance, cut at the longest allowed only.
    ``journal_dir`` empty: nothing is kept on disk.
    """

    source_name: str | None = None
    warm: WarmMode = "after_use"
    warm_s: float = 30.0
    pre_roll_ms: int = 300
    tail_ms: int = 250
    shortest_tail_ms: int = 100
    longest_listening_s: float = 600.0
    endpointing: bool = True
    vad: VadSettings = field(default_factory=VadSettings)
    segmenter: SegmenterConfig = field(default_factory=SegmenterConfig)
    journal_dir: str = ""
    journal_limit_bytes: int = 256 * 1024 * 1024


MakeSource = Callable[[str | None], AudioSource]
"""Makes the source of a name; ``None`` is the system's default microphone."""


class Listener:
    """Owns the one audio thread. Every method is thread-safe and only queues, except ``stop``."""

    def __init__(
        self,
        settings: ListenerSettings,
        emit: Callable[[AudioEvent], None],
        make_source: MakeSource | None = None,
        next_utterance_id: Callable[[], int] | None = None,
    ) -> None: ...

    def start(self) -> None:
        """Start the thread; no device is touched before ``arm`` or ``begin`` (unless always warm)."""

    def stop(self, timeout_s: float = 3.0) -> bool:
        """End a running listening, close the device and the thread. True when it ended in time."""

    def arm(self) -> None:
        """Load the sound libraries and probe the device so that a later ``begin`` is quick."""

    def begin(self, listening_id: int) -> None:
        """Listen. Answered by ``ListeningStarted`` and, sooner or later, one ``ListeningEnded``."""

    def end(self, listening_id: int) -> None:
        """Finish after the tail; every ``SpeechEnded`` comes before ``ListeningEnded``."""

    def cancel(self, listening_id: int) -> None:
        """Stop at once and drop the journal; ``ListeningEnded(cancelled=True)`` follows."""

    def choose(self, source_name: str | None) -> None:
        """Take the sound from another source from now on (``None``: the system's default)."""

    def configure(self, settings: ListenerSettings) -> None:
        """Use other settings from the next listening on."""
