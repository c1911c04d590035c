"""The sound of a listening kept on disk until its text is safe.

While it is written a file is called ``….open.wav`` and its header is put right every 200 ms, so that
after a kill or a power cut everything but the last moment can be played. ``keep`` renames it.
"""

from __future__ import annotations

import logging
import os
import struct
import time
from pathlib import Path
from typing import Final

from audio.events import Problem
from audio.pcm import SAMPLE_BYTES, SAMPLE_RATE_HZ
from audio.problems import JOURNAL_NOT_WRITTEN

logger = logging.getLogger(__name__)

HEADER_BYTES: Final = 44
HEADER_EVERY_BYTES: Final = SAMPLE_RATE_HZ * SAMPLE_BYTES // 5
OPEN_SUFFIX: Final = ".open.wav"
SUFFIX: Final = ".wav"


class Journal:
    """One WAV file being written. Never raises: a disk that fails is told by ``problem``."""

    def __init__(self, directory: Path, listening_id: int, limit_bytes: int) -> None:
        self.problem: Problem | None = None
        self._data_bytes = 0
        self._unlisted_bytes = 0
        self._fd: int | None = None
        moment_s = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(moment_s)) + f"-{int(moment_s % 1 * 1000):03d}"
        self._path = directory / f"{stamp}-{listening_id}{OPEN_SUFFIX}"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_room(directory, limit_bytes)
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._write(wav_header(0))
        except OSError as error:
            self._give_up(error)

    def append(self, pcm: bytes) -> None:
        """Add sound (16 kHz mono s16le)."""
        if self._fd is None:
            return
        try:
            self._write(pcm)
            self._data_bytes += len(pcm)
            self._unlisted_bytes += len(pcm)
            if self._unlisted_bytes >= HEADER_EVERY_BYTES:
                self._fix_header()
        except OSError as error:
            self._give_up(error)

    def keep(self) -> Path | None:
        """Finish the file; its final path, or ``None`` when there is nothing to keep."""
        if self._fd is None and not self._data_bytes:
            return None
        try:
            self._finish()
            kept = self._path.with_name(self._path.name.removesuffix(OPEN_SUFFIX) + SUFFIX)
            self._path.rename(kept)
        except OSError as error:
            self._give_up(error)
            return None
        return kept

    def drop(self) -> None:
        """Forget the sound."""
        try:
            self._finish()
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self._give_up(error)

    def _write(self, piece: bytes) -> None:
        assert self._fd is not None
        while piece:  # a full disk may take only a part before it says so
            piece = piece[os.write(self._fd, piece) :]

    def _fix_header(self) -> None:
        assert self._fd is not None
        _write_at_start(self._fd, wav_header(self._data_bytes))
        self._unlisted_bytes = 0

    def _finish(self) -> None:
        fd, self._fd = self._fd, None
        if fd is None:
            return
        try:
            _write_at_start(fd, wav_header(self._data_bytes))
        finally:
            os.close(fd)

    def _give_up(self, error: OSError) -> None:
        """The disk does not take it: keep what is there, listen on."""
        logger.warning("keeping the sound: %s", error.strerror)
        self.problem = JOURNAL_NOT_WRITTEN
        fd, self._fd = self._fd, None
        if fd is None:
            return
        try:
            _write_at_start(fd, wav_header(self._data_bytes))
        except OSError as second:
            logger.info("header not fixed: %s", second.strerror)
        finally:
            os.close(fd)


def wav_header(data_bytes: int) -> bytes:
    """The 44 bytes before ``data_bytes`` of 16 kHz mono s16le."""
    byte_rate = SAMPLE_RATE_HZ * SAMPLE_BYTES
    shape = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE_HZ, byte_rate, SAMPLE_BYTES, 16)
    riff = struct.pack("<4sI4s", b"RIFF", HEADER_BYTES - 8 + data_bytes, b"WAVE")
    return riff + shape + struct.pack("<4sI", b"data", data_bytes)


def list_journals(directory: Path) -> list[Path]:
    """Finished files, oldest first."""
    return [path for path in _wav_files(directory) if not path.name.endswith(OPEN_SUFFIX)]


def recover_leftovers(directory: Path) -> list[Path]:
    """Finish what a crash left open, and list it, oldest first.

    To be called once at the program's start, before anything listens.
    """
    left_open = [path for path in _wav_files(directory) if path.name.endswith(OPEN_SUFFIX)]
    return [kept for path in left_open if (kept := _recover(path)) is not None]


def drop_journal(path: Path | str) -> None:
    """The text is safe: remove the sound. No error if it is gone already."""
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        logger.warning("removing kept sound: %s", error.strerror)


def make_room(directory: Path, limit_bytes: int) -> None:
    """Remove the oldest finished files until those left take at most ``limit_bytes``.

    One that cannot be looked at or removed is left alone: its text may have become safe just now.
    """
    kept = [(path, size) for path in list_journals(directory) if (size := _size_bytes(path)) is not None]
    total_bytes = sum(size for _, size in kept)
    for path, size in kept:
        if total_bytes <= limit_bytes:
            return
        drop_journal(path)
        total_bytes -= size


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _recover(path: Path) -> Path | None:
    try:
        data_bytes = (path.stat().st_size - HEADER_BYTES) // SAMPLE_BYTES * SAMPLE_BYTES
        if data_bytes <= 0:
            path.unlink()
            return None
        with path.open("r+b") as file:
            file.write(wav_header(data_bytes))
        return path.rename(path.with_name(path.name.removesuffix(OPEN_SUFFIX) + SUFFIX))
    except OSError as error:
        logger.warning("recovering kept sound: %s", error.strerror)
        return None


def _wav_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*" + SUFFIX) if path.is_file())


def _write_at_start(fd: int, header: bytes) -> None:
    end = os.lseek(fd, 0, os.SEEK_CUR)
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, header)
    os.lseek(fd, end, os.SEEK_SET)
