"""A kept recording cut into utterances again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from audio.events import SpeechEvent
from audio.listener import ListenerSettings


def segment_recording(
    settings: ListenerSettings, next_utterance_id: Callable[[], int], path: Path
) -> list[SpeechEvent]:
    """Speech events of the WAV file ``path``, as the microphone would have given them.

    Raises ``SourceFailed``.
    """
    from audio.listen import segment_source
    from audio.segmenter import VadSegmenter
    from audio.vad import VoiceGate
    from audio.wav_source import WavSource

    segmenter = VadSegmenter(settings.segmenter, next_utterance_id)
    return list(segment_source(WavSource(path), VoiceGate(settings.vad), segmenter))


def recording_segmenter(
    settings: Callable[[], ListenerSettings], next_utterance_id: Callable[[], int]
) -> Callable[[Path], list[SpeechEvent]]:
    """``segment_recording`` with the settings of the moment it is used."""
    return lambda path: segment_recording(settings(), next_utterance_id, path)
