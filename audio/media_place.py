"""Where a recording is: its name as it can be shown, and opening it without ever waiting for anybody."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from audio.media_problems import recording_not_a_file
from audio.problems import file_is_folder, file_missing, file_unreadable
from audio.source import SourceFailed

MediaPlace = Path | str | bytes | int | BinaryIO
"""A path (also one that is not UTF-8, as bytes), ``"-"`` for stdin, a file descriptor or a file object."""


def shown_name(place: MediaPlace) -> str:
    """What a sentence calls it: the file's name, with signs that cannot be shown replaced."""
    if isinstance(place, int) or place in ("-", b"-"):
        return "standard input"
    raw = place if isinstance(place, (str, bytes, Path)) else getattr(place, "name", "recording")
    name = os.fsdecode(raw) if isinstance(raw, (str, bytes, Path)) else "recording"
    tail = name.rstrip("/").rpartition("/")[2] or name
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in tail)


def is_one_way(place: MediaPlace) -> bool:
    """Whether looking at it would use it up: standard input, a descriptor, a pipe, an open file object."""
    if place in ("-", b"-") or not isinstance(place, (str, bytes, Path)):
        return True
    try:
        return stat.S_ISFIFO(Path(os.fsdecode(place)).stat().st_mode)
    except (OSError, ValueError):
        return False


def opened(place: MediaPlace) -> tuple[BinaryIO, bool]:
    """The bytes of a recording, and whether they are ours to close. Raises ``SourceFailed``."""
    if place in ("-", b"-"):
        return _unbuffered(sys.stdin.buffer.fileno(), shown_name(place)), False
    if isinstance(place, int):
        return _unbuffered(place, shown_name(place)), False
    if not isinstance(place, (str, bytes, Path)):
        return place, False
    return _open_path(place, shown_name(place)), True


def is_stream(mode: int) -> bool:
    """Whether it comes when it comes: a pipe or a socket."""
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _unbuffered(descriptor: int, name: str) -> BinaryIO:
    """A file object that leaves the descriptor open; a terminal or device is refused."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError as error:
        raise SourceFailed(file_unreadable(name)) from error
    if not stat.S_ISREG(mode) and not is_stream(mode):
        raise SourceFailed(recording_not_a_file(name))
    return io.FileIO(descriptor, "rb", closefd=False)


def _open_path(path: str | bytes | Path, name: str) -> BinaryIO:
    """Open a file or a named pipe without ever waiting for somebody to write. Raises ``SourceFailed``."""
    try:
        # Without O_NONBLOCK the opening of a named pipe waits until somebody writes, for ever if need be.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceFailed(file_missing(shown_name(path))) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise SourceFailed(file_unreadable(name)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        os.close(descriptor)
        raise SourceFailed(file_is_folder(name) if stat.S_ISDIR(mode) else recording_not_a_file(name))
    return io.FileIO(descriptor, "rb")
