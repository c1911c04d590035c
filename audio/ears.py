"""What a listening hears with: voice gate, segmenter, journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from audio.events import Problem
from audio.flac_journal import FlacJournal
from audio.journal import Journal
from audio.listener_settings import ListenerSettings
from audio.segmenter import VadSegmenter
from audio.silero import SileroModel
from audio.vad import VoiceGate


class SoundKeeper(Protocol):
    """A file that takes the sound of one listening; never raises, ``problem`` tells why it takes no more."""

    problem: Problem | None

    def append(self, pcm: bytes) -> None:
        """Add sound."""

    def keep(self) -> Path | None:
        """Finish the file; where it is."""

    def drop(self) -> None:
        """Forget the sound."""


@dataclass(frozen=True, slots=True)
class Ears:
    """One listening's own. ``journal`` ``None``: nothing is kept on disk.

    Without ``is_endpointing`` every frame belongs to an utterance, speech or not.
    """

    gate: VoiceGate
    segmenter: VadSegmenter
    journal: SoundKeeper | None
    is_endpointing: bool = True


class EarMaker:
    """Makes them; keeps the loaded network, which is shared, and the counter of utterances."""

    def __init__(self, next_utterance_id: Callable[[], int]) -> None:
        self._next_utterance_id = next_utterance_id
        self._silero: SileroModel | None = None

    def make(self, settings: ListenerSettings, listening_id: int) -> Ears:
        """Fresh ones for one listening."""
        config = settings.segmenter
        if not settings.endpointing:
            config = replace(config, onset_frames=1, onset_window_frames=1, pre_roll_ms=0)
        journal = _sound_keeper(settings, listening_id)
        gate = VoiceGate(settings.vad, self._load_silero)
        segmenter = VadSegmenter(config, self._next_utterance_id)
        return Ears(gate, segmenter, journal, settings.endpointing)

    def _load_silero(self) -> SileroModel:
        """Loaded when the first voice is heard, not when the program starts: 0.2 s and 35 MiB."""
        if self._silero is None:
            self._silero = SileroModel()
        return self._silero


def _sound_keeper(settings: ListenerSettings, listening_id: int) -> SoundKeeper | None:
    if not settings.journal_dir:
        return None
    directory = Path(settings.journal_dir)
    if settings.journal_format == "flac":
        return FlacJournal(directory, settings.journal_name or f"listening-{listening_id}")
    return Journal(directory, listening_id, settings.journal_limit_bytes)
