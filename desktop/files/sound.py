"""A recording as segments, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from audio.events import Problem
from audio.file_segments import FileGate, FileSegment, SegmentRules, rules_for, segments_of
from audio.media_source import open_media
from audio.vad import VadSettings
from desktop.settings.files_schema import FilesSettings


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """What counts as speech; the longest segment of a recording of up to 30 min, up to 90, and beyond."""

    vad: VadSettings = field(default_factory=VadSettings)
    longest_s: tuple[int, int, int] = (45, 60, 90)

    @property
    def rules(self) -> object:
        """What decides where segments are cut."""
        return (self.vad, self.longest_s, SegmentRules())


class Sound:
    """One open recording; belongs to one thread. ``path`` ``None`` is standard input.

    Raises ``SourceFailed`` for what cannot be heard.
    """

    def __init__(self, path: Path | None, settings: SoundSettings) -> None:
        self._source = open_media("-" if path is None else path)
        self._gate = FileGate(settings.vad)
        self.length_ms = self._source.duration_ms or 0
        self._rules = rules_for(self._source.duration_ms, *settings.longest_s)

    def segments(self) -> Iterator[FileSegment]:
        """Its segments, as it is read. Raises ``SourceFailed``."""
        return segments_of(self._source, self._gate, self._rules)

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


def sound_settings(vad: VadSettings, files: FilesSettings, segment_s: int = 0) -> SoundSettings:
    """How a recording is cut; ``segment_s`` instead of the lengths of the settings."""
    longest_s = (files.longest_short_s, files.longest_middle_s, files.longest_long_s)
    return SoundSettings(vad, (segment_s,) * 3 if segment_s else longest_s)
