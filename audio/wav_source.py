"""A sound file behind the same interface as a microphone: anything that libsndfile reads."""

from __future__ import annotations

import logging
import os
import struct
import time
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO, Final

from audio.events import AudioFrame, Problem
from audio.pcm import FRAME_MS
from audio.problems import (
    file_cut_short,
    file_empty,
    file_is_folder,
    file_missing,
    file_not_audio,
    file_unreadable,
)
from audio.resampler import FILE_QUALITY, Framer, Resampler
from audio.source import SourceFailed, SourceHealth

logger = logging.getLogger(__name__)

BLOCK_S: Final = 0.1
UNKNOWN_SIZES: Final = frozenset({0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFF000})
"""Sizes that programs write into a WAV header when they do not know how much will follow."""


class WavSource:
    """An ``AudioSource`` on a file: as fast as it is read, or in real time.

    ``start`` raises ``SourceFailed`` for what is missing, empty or no sound; a file that was cut
    short is heard as far as it goes, with a notice.
    """

    def __init__(self, path: Path | str, is_realtime: bool = False) -> None:
        self._path = Path(path)
        self._is_realtime = is_realtime
        self._file: Any = None
        self._frames: deque[AudioFrame] = deque()
        self._framer = Framer()
        self._resampler: Resampler | None = None
        self._notices: tuple[Problem, ...] = ()
        self._is_read_out = False
        self._started_s = 0.0

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    @property
    def has_ended(self) -> bool:
        """Every frame has been read."""
        return self._is_read_out and not self._frames

    def prepare(self) -> None:
        """Load the library and look at the file. Raises ``SourceFailed``."""
        self._open()
        self.close()

    def start(self) -> None:
        """Begin at the beginning. Raises ``SourceFailed``."""
        self.close()
        self._open()
        self._frames.clear()
        self._framer = Framer()
        self._is_read_out = False
        self._started_s = time.monotonic()

    def read(self, timeout_s: float) -> AudioFrame | None:
        """The next frame; in real time not before a microphone would have had it."""
        while not self._frames and not self._is_read_out:
            self._read_block()
        if not self._frames or not self._wait_until_due(timeout_s):
            return None
        return self._frames.popleft()

    def stop(self) -> None:
        """Read no further."""
        self._is_read_out = True
        self._frames.clear()

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self.stop()
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def health(self) -> SourceHealth:
        """What was read, and a notice if the file was cut short."""
        return SourceHealth(delivered_ms=self._framer.next_at_ms, notices=self._notices)

    def _wait_until_due(self, timeout_s: float) -> bool:
        if not self._is_realtime:
            return True
        due_s = self._started_s + (self._frames[0].at_ms + FRAME_MS) / 1000
        wait_s = due_s - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, timeout_s))
        return wait_s <= timeout_s

    def _open(self) -> None:
        if not self._path.is_file():
            is_folder = self._path.is_dir()
            raise SourceFailed(file_is_folder(self.name) if is_folder else file_missing(str(self._path)))
        size_bytes = self._size()
        if size_bytes == 0:
            raise SourceFailed(file_empty(self.name))
        import soundfile

        try:
            # as bytes where a name is that: one that is not UTF-8 is refused as text
            self._file = soundfile.SoundFile(
                os.fsencode(self._path) if os.name == "posix" else str(self._path)
            )
            self._resampler = Resampler(self._file.samplerate, self._file.channels, FILE_QUALITY)
        except (soundfile.LibsndfileError, ValueError) as error:
            logger.info("cannot read %s: %s", self.name, error)
            raise SourceFailed(file_not_audio(self.name)) from error
        if self._file.frames == 0:
            self.close()
            raise SourceFailed(file_empty(self.name))
        self._notices = (file_cut_short(self.name),) if _is_cut_short(self._path, size_bytes) else ()

    def _size(self) -> int:
        try:
            with self._path.open("rb"):
                return self._path.stat().st_size
        except OSError as error:
            raise SourceFailed(file_unreadable(self.name)) from error

    def _read_block(self) -> None:
        assert self._resampler is not None
        try:
            samples = self._file.read(
                int(self._file.samplerate * BLOCK_S) or 1, dtype="float32", always_2d=True
            )
        except RuntimeError as error:  # libsndfile: damaged in the middle
            logger.info("reading %s stopped: %s", self.name, error)
            self._notices = (file_cut_short(self.name),)
            samples = ()
        if len(samples) > 0:
            self._frames.extend(self._framer.feed(self._resampler.feed(samples)))
            return
        if self._file.tell() < self._file.frames:
            self._notices = (file_cut_short(self.name),)
        self._frames.extend(self._framer.feed(self._resampler.flush()) + self._framer.flush())
        self._is_read_out = True


def _is_cut_short(path: Path, size_bytes: int) -> bool:
    """Whether a WAV file's header promises more sound than the file holds."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return False
        data_bytes = _data_size(file)
        return data_bytes not in UNKNOWN_SIZES and file.tell() + data_bytes > size_bytes


def _data_size(file: BinaryIO) -> int:
    """What the header says; the file then stands at the first sample."""
    while len(header := file.read(8)) == 8:
        kind, size_bytes = struct.unpack("<4sI", header)
        if kind == b"data":
            return int(size_bytes)
        file.seek(size_bytes + size_bytes % 2, 1)
    return 0
