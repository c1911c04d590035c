"""A source heard through to its end, for the command line: no thread, no queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audio.events import SpeechEvent
from audio.segmenter import VadSegmenter
from audio.source import AudioSource
from audio.vad import VoiceGate

READ_TIMEOUT_S: Final = 0.5


def segment_source(source: AudioSource, gate: VoiceGate, segmenter: VadSegmenter) -> Iterator[SpeechEvent]:
    """Speech events of ``source`` until it ends; audio time is the source's. Raises ``SourceFailed``.

    The source is closed at the end, also when the caller stops asking.
    """
    try:
        source.start()
        while not source.has_ended:
            frame = source.read(READ_TIMEOUT_S)
            if frame is not None:
                yield from segmenter.feed(frame, gate.is_speech(frame.pcm))
        yield from segmenter.flush()
    finally:
        source.close()
