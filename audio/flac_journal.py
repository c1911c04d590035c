"""The sound of one side of a meeting kept as FLAC, playable at every moment of its writing.

libsndfile encodes and hands us one whole FLAC frame of 256 ms at a time. After each we also put the number of
samples into the file's head, where an encoder does so only at the end: with 0 there, many players refuse
the file of a program that was killed. Before a full disk leaves the transcript no room we stop.
"""

from __future__ import annotations

import errno
import logging
import os
import struct
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from audio.pcm import SAMPLE_BYTES, SAMPLE_RATE_HZ
from audio.problems import MEETING_DISK_FULL, MEETING_SOUND_NOT_KEPT

logger = logging.getLogger(__name__)

SUFFIX: Final = ".flac"
RESERVE_BYTES: Final = 256 * 1024 * 1024
"""Left free for the transcript and for the other programs."""
LOOK_EVERY_FRAMES: Final = 16
BLOCK_SIZE_AT: Final = 10
"""Where a FLAC file's head has the samples of a frame; see RFC 9639, 8.2."""
SHAPE_AT: Final = 18
"""Where it has rate, channels, width and number of all samples: 20, 3, 5 and 36 bits."""
SAMPLES_MASK: Final = (1 << 36) - 1
FRAME_MARK: Final = b"\xff\xf8"
"""Each frame begins so, and no part of the head."""
MOST_NAMES: Final = 100


class Part(Enum):
    """Of a FLAC file, in the order of writing; the tail is the last frame and then the head once more."""

    HEAD = auto()
    FRAMES = auto()
    TAIL = auto()


class FlacFile:
    """What libsndfile writes into: the file, with its head put right after each frame. Never raises."""

    def __init__(self, fd: int, reserve_bytes: int) -> None:
        self.problem: Problem | None = None
        self._fd: int | None = fd
        self._reserve_bytes = reserve_bytes
        self._head = b""
        self._whole_bytes = 0
        self._frames = 0
        self._part = Part.HEAD

    def write(self, data: Any) -> int:
        """The next bytes; what the disk does not take is dropped."""
        piece = bytes(data)
        if self._fd is None:
            return len(piece)
        try:
            write_all(self._fd, piece)
            self._count(piece)
        except OSError as error:
            problem = MEETING_DISK_FULL if is_disk_full(error) else MEETING_SOUND_NOT_KEPT
            self._give_up(problem, str(error.strerror))
        return len(piece)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Where to write next."""
        return os.lseek(self._fd, offset, whence) if self._fd is not None else 0

    def tell(self) -> int:
        """Where that is."""
        return os.lseek(self._fd, 0, os.SEEK_CUR) if self._fd is not None else 0

    def flush(self) -> None:
        """Everything is written at once."""

    def tail_begins(self) -> None:
        """What follows is not to be counted: libsndfile knows the true number now."""
        self._part = Part.TAIL

    def close(self) -> None:
        """No more. Safe to repeat."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _count(self, piece: bytes) -> None:
        assert self._fd is not None
        if self._part is Part.TAIL:
            return
        self._whole_bytes += len(piece)
        if self._part is Part.HEAD and not piece.startswith(FRAME_MARK):
            self._head += piece
            return
        self._part = Part.FRAMES
        self._frames += 1
        os.pwrite(self._fd, self._shape(), SHAPE_AT)
        if self._frames % LOOK_EVERY_FRAMES == 0 and self._free_bytes() < self._reserve_bytes:
            self._give_up(MEETING_DISK_FULL, "only the reserve is left")

    def _shape(self) -> bytes:
        (samples_in_frame,) = struct.unpack_from(">H", self._head, BLOCK_SIZE_AT)
        (shape,) = struct.unpack_from(">Q", self._head, SHAPE_AT)
        return struct.pack(">Q", shape & ~SAMPLES_MASK | self._frames * samples_in_frame)

    def _free_bytes(self) -> int:
        assert self._fd is not None
        room = os.fstatvfs(self._fd)
        return room.f_bavail * room.f_frsize

    def _give_up(self, problem: Problem, why: str) -> None:
        """Keep the whole frames that are there."""
        logger.warning("keeping the sound of the meeting: %s", why)
        self.problem = problem
        try:
            if self._fd is not None and self._whole_bytes:
                os.ftruncate(self._fd, self._whole_bytes)
        except OSError as error:
            logger.info("half a frame is left: %s", error.strerror)
        finally:
            self.close()


class FlacJournal:
    """One FLAC file being written, ``name``.flac in ``directory``; private. Never raises: see ``problem``.

    A name that is taken gets a number. The sound is 16 kHz mono s16le.
    """

    def __init__(self, directory: Path, name: str, reserve_bytes: int = RESERVE_BYTES) -> None:
        self.problem: Problem | None = None
        self._path: Path | None = None
        self._file: FlacFile | None = None
        self._encoder: Any = None
        self._has_sound = False
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path, fd = _new_file(directory, name)
            self._file = FlacFile(fd, reserve_bytes)
            self._encoder = _encoder(self._file)
        except (OSError, RuntimeError, ImportError) as error:  # RuntimeError: libsndfile
            logger.warning("keeping the sound of the meeting: %s", getattr(error, "strerror", error))
            self.problem = MEETING_SOUND_NOT_KEPT

    def append(self, pcm: bytes) -> None:
        """Add sound, a whole number of samples."""
        if self._encoder is None or self._file is None:
            return
        try:
            self._encoder.buffer_write(pcm, "int16")
            self._has_sound = True
        except RuntimeError as error:
            logger.warning("encoding the sound of the meeting: %s", error)
            self.problem = MEETING_SOUND_NOT_KEPT
        self.problem = self.problem or self._file.problem
        if self.problem is not None:
            self._finish()

    def keep(self) -> Path | None:
        """Finish the file; its path, or ``None`` when there is nothing to keep."""
        self._finish()
        if self._path is not None and not self._has_sound:
            self.drop()
        return self._path

    def drop(self) -> None:
        """Forget the sound."""
        self._finish()
        path, self._path = self._path, None
        if path is None:
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("removing the sound of the meeting: %s", error.strerror)

    def _finish(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is None or self._file is None:
            return
        self._file.tail_begins()
        try:
            encoder.close()
        except RuntimeError as error:
            logger.warning("finishing the sound of the meeting: %s", error)
        self.problem = self.problem or self._file.problem
        self._file.close()


def write_all(fd: int, piece: bytes) -> None:
    """All of it, or ``OSError``: a full disk may take only a part before it says so."""
    while piece:
        piece = piece[os.write(fd, piece) :]


def is_disk_full(error: OSError) -> bool:
    """No room on the disk, in the quota, or for so large a file."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _encoder(file: FlacFile) -> Any:
    import soundfile

    return soundfile.SoundFile(file, "w", SAMPLE_RATE_HZ, 1, f"PCM_{8 * SAMPLE_BYTES}", format="FLAC")


def _new_file(directory: Path, name: str) -> tuple[Path, int]:
    for number in range(1, MOST_NAMES):
        path = directory / (name + (f" ({number})" if number > 1 else "") + SUFFIX)
        try:
            return path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(errno.EEXIST, "every name is taken")
