"""The bytes of a recording: a file, a pipe or an open file object, and what happens to it while it is read.

The decoding library gets its bytes only from here. So names may be anything the file system allows, no
address is ever followed, a pipe that falls silent ends after a deadline, and an error of the disk is kept
as a fact (``broke_off``) instead of being lost in the library.
"""

from __future__ import annotations

import io
import os
import select
import time
from collections.abc import Callable
from typing import BinaryIO, Final

from audio.media_place import MediaPlace, is_stream, opened, shown_name
from audio.media_problems import recording_silent_pipe
from audio.problems import file_empty
from audio.source import SourceFailed

PATIENCE_S: Final = 60.0
"""A pipe that brings nothing for this long is taken for broken."""
POLL_S: Final = 0.2
HEAD_BYTES: Final = 64 * 1024


class ReadingCancelled(Exception):
    """The caller wants no more; raised inside the library's read."""


def never() -> bool:
    """No cancelling."""
    return False


class MediaFile:
    """A readable stream of bytes for the decoding library; closes only what it opened itself.

    ``is_seekable`` is false for pipes. ``broke_off`` tells that a read failed or a pipe fell silent;
    what had come until then was delivered. A reader may ask for ``is_read_in_order`` (the library then does
    not jump about) and for a ``correction``: bytes that the library is to see in place of those at an offset.
    Constructing raises ``SourceFailed``.
    """

    def __init__(
        self, place: MediaPlace, is_cancelled: Callable[[], bool] = never, patience_s: float = PATIENCE_S
    ) -> None:
        self.shown_name = shown_name(place)
        self._is_cancelled = is_cancelled
        self._patience_s = patience_s
        self._read_bytes = 0
        self.broke_off = False
        self.is_read_in_order = False
        self.correction: tuple[int, bytes] | None = None
        self._file, self._is_ours = opened(place)
        self._descriptor = _descriptor(self._file)
        self.is_pipe = self._descriptor is not None and is_stream(os.fstat(self._descriptor).st_mode)
        self.is_seekable = not self.is_pipe and self._file.seekable()
        self.size_bytes = self._size()
        if self.size_bytes == 0:
            self.close()
            raise SourceFailed(file_empty(self.shown_name))

    @property
    def name(self) -> str:
        """What the library calls it: no address, and no ending, by which it would take noise for sound."""
        return "recording"

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read out of order."""
        return self.is_seekable and not self.is_read_in_order

    def read(self, size_bytes: int) -> bytes:
        """Up to ``size_bytes``; none at the end or after a failure. Raises ``ReadingCancelled``."""
        if self._is_cancelled():
            raise ReadingCancelled
        found: bytes | None = None
        try:
            at = self._file.tell() if self.correction else 0
            while found is None:  # None: a pipe that was opened without waiting had nothing after all
                if self.broke_off or (self.is_pipe and not self._arrives()):
                    return b""
                found = self._file.read(size_bytes)
        except (OSError, ValueError):  # ValueError: somebody closed the file object
            self.broke_off = True
            return b""
        self._read_bytes += len(found)
        return _corrected(found, at, self.correction) if self.correction else found

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file's; a failure counts as the end."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError):
            self.broke_off = True
            return -1

    def tell(self) -> int:
        """As a file's."""
        try:
            return self._file.tell()
        except (OSError, ValueError):
            self.broke_off = True
            return 0

    def peek(self, offset: int, size_bytes: int) -> bytes:
        """Bytes at ``offset`` (from the end where negative), the place in the stream unchanged.

        None from a pipe.
        """
        if not self.is_seekable:
            return b""
        try:
            before = self._file.tell()
            self._file.seek(max(0, offset) if offset >= 0 else max(0, (self._size() or 0) + offset))
            found = self._file.read(size_bytes) or b""
            self._file.seek(before)
        except (OSError, ValueError):
            return b""
        return found

    def growth_bytes(self) -> int:
        """How much longer (or, negative, shorter) it has become since it was opened."""
        now = self._size()
        return 0 if now is None or self.size_bytes is None else now - self.size_bytes

    def close(self) -> None:
        """Close what was opened here; safe to repeat."""
        if self._is_ours:
            self._is_ours = False
            self._file.close()

    def nothing_came(self) -> bool:
        """A pipe that ended, or fell silent, before its first byte."""
        return self.is_pipe and self._read_bytes == 0

    def _size(self) -> int | None:
        """Bytes in a file; ``None`` for a pipe or where nobody knows."""
        if self.is_pipe:
            return None
        try:
            if self._descriptor is not None:
                return os.fstat(self._descriptor).st_size
            before = self._file.tell()
            size_bytes = self._file.seek(0, io.SEEK_END)
            self._file.seek(before)
        except (OSError, ValueError):
            return None
        return size_bytes

    def _arrives(self) -> bool:
        """Wait for the next bytes of a pipe, or its end; not for ever."""
        assert self._descriptor is not None
        until_s = time.monotonic() + self._patience_s
        while time.monotonic() < until_s:
            if select.select([self._descriptor], [], [], POLL_S)[0]:
                return True
            if self._is_cancelled():
                raise ReadingCancelled
        self.broke_off = True
        return False


def silent_pipe(file: MediaFile) -> SourceFailed:
    """The failure of a pipe that never brought anything."""
    return SourceFailed(recording_silent_pipe(file.shown_name))


def _corrected(found: bytes, at: int, correction: tuple[int, bytes]) -> bytes:
    """``found``, which stands at ``at``, with the right bytes in place of the wrong ones."""
    offset, right = correction[0] - at, correction[1]
    if not 0 <= offset <= len(found) - len(right):
        return found
    return found[:offset] + right + found[offset + len(right) :]


def _descriptor(file: BinaryIO) -> int | None:
    try:
        return file.fileno()
    except (OSError, ValueError, AttributeError):
        return None  # held in memory, or unpacked from an archive
