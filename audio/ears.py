"""What a listening hears with: voice gate, segmenter, journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from audio.journal import Journal
from audio.listener_settings import ListenerSettings
from audio.segmenter import VadSegmenter
from audio.silero import SileroModel
from audio.vad import VoiceGate


@dataclass(frozen=True, slots=True)
class Ears:
    """One listening's own. ``journal`` ``None``: nothing is kept on disk.

    Without ``is_endpointing`` every frame belongs to an utterance, speech or not.
    """

    gate: VoiceGate
    segmenter: VadSegmenter
    journal: Journal | None
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
        journal = None
        if settings.journal_dir:
            journal = Journal(Path(settings.journal_dir), listening_id, settings.journal_limit_bytes)
        gate = VoiceGate(settings.vad, self._load_silero)
        segmenter = VadSegmenter(config, self._next_utterance_id)
        return Ears(gate, segmenter, journal, settings.endpointing)

    def _load_silero(self) -> SileroModel:
        """Loaded when the first voice is heard, not when the program starts: 0.2 s and 35 MiB."""
        if self._silero is None:
            self._silero = SileroModel()
        return self._silero
