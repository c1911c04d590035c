"""Results on disk: whole or not at all, and never over somebody else's file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from audio.events import Problem
from desktop.core.file_names import shown
from desktop.files.problems import output_exists, output_unwritable


class OutputFailed(Exception):
    """A result cannot be written; ``problem`` tells why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def digest_of(data: bytes) -> str:
    """By this a result is known to be ours and unchanged."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """The same of what is there; empty if nothing can be read."""
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return ""


def folder_named(name: str) -> Path | None:
    """The folder for results that the user named; ``None`` for no name."""
    try:
        return Path(name).expanduser() if name else None
    except RuntimeError:  # ``~nobody/notes``: as in a shell, a folder that is really called so
        return Path(name)


def can_be_written(folder: Path) -> Problem | None:
    """Why nothing can be written into ``folder`` (made if missing); asked before hours of work."""
    probe = folder / f".plosive-{secrets.token_hex(6)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        probe.unlink()
    except OSError as error:
        return output_unwritable(shown(str(folder)), error.strerror or str(error), error.errno)
    return None


def write_whole(target: Path, data: bytes, *, may_replace: bool) -> None:
    """Write beside it, then rename; the mode is the user's own (umask). Raises ``OutputFailed``."""
    part = target.with_name(f".plosive-{secrets.token_hex(6)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(part, data)
        if may_replace:
            part.replace(target)
        else:
            _put_new(part, target)
    except FileExistsError as error:
        raise OutputFailed(output_exists(shown(target.name))) from error
    except OSError as error:
        problem = output_unwritable(shown(target.name), error.strerror or str(error), error.errno)
        raise OutputFailed(problem) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _write(part: Path, data: bytes) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _put_new(part: Path, target: Path) -> None:
    """A hard link fails if the name is taken, without a moment between looking and writing."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(str(target)) from None
        part.rename(target)
