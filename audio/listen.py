"""A source heard through to its end, for the command line: no thread, no queue."""

from __future__ import annotations

from collections.abc import Iterator

from audio.events import SpeechEvent
from audio.segmenter import VadSegmenter
from audio.source import AudioSource
from audio.vad import VoiceGate


def segment_source(source: AudioSource, gate: VoiceGate, segmenter: VadSegmenter) -> Iterator[SpeechEvent]:
    """Speech events of ``source`` until it ends. Raises ``SourceFailed``."""
    raise NotImplementedError
