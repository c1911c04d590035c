"""A recording as segments: cut at silences on the CPU, with sound and times; memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol

from audio.file_gate import BLOCK_FRAMES, FileGate
from audio.pcm import FRAME_BYTES, FRAME_MS
from audio.segment_cutting import Cut, SegmentCutter, SegmentRules, rules_for
from audio.source import AudioSource

__all__ = ["FileGate", "FileSegment", "SegmentRules", "rules_for", "segments_of"]

READ_TIMEOUT_S: Final = 0.5
DROPPED_FRAMES: Final = 500
"""Sound that nobody needs any more is dropped in pieces of at least 10 s."""


class BlockGate(Protocol):
    """What tells speech from the rest, such as ``audio.file_gate.FileGate``."""

    def flags(self, pcm: bytes) -> list[bool]:
        """Whether each of the next frames in ``pcm`` is speech."""


@dataclass(frozen=True, slots=True)
class FileSegment:
    """A piece of a recording, s16le at 16 kHz; times in milliseconds from the recording's start.

    ``overlap_ms`` of its start repeat the end of the segment before; 0 wherever there was a pause.
    """

    index: int
    start_ms: int
    end_ms: int
    pcm: bytes
    overlap_ms: int = 0


class _Kept:
    """The sound that a later cut may need."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._from = 0

    def add(self, pcm: bytes) -> None:
        self._pcm += pcm

    def piece(self, cut: Cut) -> bytes:
        begin, end = (cut.start - self._from) * FRAME_BYTES, (cut.end - self._from) * FRAME_BYTES
        return bytes(self._pcm[begin:end])

    def forget_before(self, frame: int) -> None:
        if frame - self._from >= DROPPED_FRAMES:
            del self._pcm[: (frame - self._from) * FRAME_BYTES]
            self._from = frame


def segments_of(source: AudioSource, gate: BlockGate, rules: SegmentRules) -> Iterator[FileSegment]:
    """The segments of a started ``source``, in order, as it is read. Raises ``SourceFailed``.

    Every frame that ``gate`` takes for speech is in a segment. Holds no more than the longest segment and
    a block. The source is left open: its ``health`` has the notices.
    """
    cutter, kept, numbers = SegmentCutter(rules), _Kept(), count()
    for pcm in _blocks(source):
        kept.add(pcm)
        cuts = cutter.feed(gate.flags(pcm))
        yield from (_segment(next(numbers), cut, kept) for cut in cuts)
        kept.forget_before(cutter.needed_from)
    yield from (_segment(next(numbers), cut, kept) for cut in cutter.flush())


def _blocks(source: AudioSource) -> Iterator[bytes]:
    """The sound in blocks that gates work best with."""
    frames: list[bytes] = []
    while not source.has_ended:
        frame = source.read(READ_TIMEOUT_S)
        if frame is not None:
            frames.append(frame.pcm)
        if len(frames) >= BLOCK_FRAMES:
            yield b"".join(frames)
            frames.clear()
    yield b"".join(frames)


def _segment(index: int, cut: Cut, kept: _Kept) -> FileSegment:
    pcm = kept.piece(cut)
    return FileSegment(index, cut.start * FRAME_MS, cut.end * FRAME_MS, pcm, cut.overlap * FRAME_MS)
