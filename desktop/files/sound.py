"""A recording as segments, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from audio.events import Problem, SpeechAudio, SpeechEnded, SpeechEvent, SpeechStarted
from audio.media_source import open_media
from audio.segmenter import SegmenterConfig, VadSegmenter
from audio.vad import VadSettings, VoiceGate
from desktop.settings.files_schema import FilesSettings


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """What counts as speech. ``longest_s``: of a segment; 0 is by the length of the recording."""

    vad: VadSettings = field(default_factory=VadSettings)
    longest_s: int = 0

    @property
    def rules(self) -> object:
        """What decides where segments are cut."""
        return (self.vad, self.longest_s)


@dataclass(frozen=True, slots=True)
class Segment:
    """Temporary."""

    index: int
    start_ms: int
    end_ms: int
    pcm: bytes
    overlap_ms: int = 0


class Sound:
    """One open recording; belongs to one thread."""

    def __init__(self, path: Path | None, settings: SoundSettings) -> None:
        self._source = open_media("-" if path is None else path)
        self._gate = VoiceGate(settings.vad)
        self._settings = settings
        self.length_ms = self._source.duration_ms or 0

    def segments(self) -> Iterator[Segment]:
        """Raises ``SourceFailed``."""
        longest_ms = (self._settings.longest_s or 45) * 1000
        parts: list[bytes] = []
        start_ms = index = 0
        segmenter = VadSegmenter(SegmenterConfig(longest_ms=longest_ms))
        for event in self._speech(segmenter):
            match event:
                case SpeechStarted():
                    parts, start_ms = [], event.at_ms
                case SpeechAudio():
                    parts.append(event.pcm)
                case SpeechEnded():
                    yield Segment(index, start_ms, event.at_ms, b"".join(parts))
                    index += 1

    def _speech(self, segmenter: VadSegmenter) -> Iterator[SpeechEvent]:
        while not self._source.has_ended:
            frame = self._source.read(0.5)
            if frame is not None:
                yield from segmenter.feed(frame, self._gate.is_speech(frame.pcm))
        yield from segmenter.flush()

    @property
    def heard_ms(self) -> int:
        """Sound read so far."""
        return self._source.health().delivered_ms

    @property
    def notices(self) -> tuple[Problem, ...]:
        """What should be read."""
        return self._source.health().notices + self._gate.notices

    def close(self) -> None:
        """Give the file back."""
        self._source.close()


def open_sound(path: Path | None, settings: SoundSettings) -> Sound:
    """Raises ``SourceFailed``."""
    return Sound(path, settings)


def sound_settings(vad: VadSettings, files: FilesSettings, segment_s: int = 0) -> SoundSettings:
    """How a recording is cut; ``segment_s`` instead of the lengths of the settings."""
    return SoundSettings(vad, segment_s or files.longest_short_s)
