"""Which recording a file is: its place, size and time, and a digest of parts of it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.problems import file_is_folder, file_missing, file_unreadable
from audio.source import SourceFailed
from desktop.core.file_names import shown
from desktop.files.problems import not_regular
from recognizer.events import ModelSpec

PART_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Identity:
    """``key`` changes with anything that may change what is heard."""

    key: str
    size_bytes: int
    modified_ns: int


def placed(path: Path) -> Path:
    """Where it lies, by whichever way it was named; a link to a file has a place of its own."""
    return Path(os.path.realpath(path.parent), path.name)


def identity_of(path: Path) -> Identity:
    """Reads three parts of the file, not all of it. Raises ``SourceFailed`` for what cannot be read."""
    name = shown(path.name)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise SourceFailed(file_is_folder(name))
        if not stat.S_ISREG(found.st_mode):
            raise SourceFailed(not_regular(name))
        digest = hashlib.sha256(os.fsencode(placed(path)))
        digest.update(f"\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
        with path.open("rb") as file:
            for at in (0, max(0, found.st_size // 2), max(0, found.st_size - PART_BYTES)):
                file.seek(at)
                digest.update(file.read(PART_BYTES))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceFailed(file_missing(shown(str(path)))) from error
    except OSError as error:
        raise SourceFailed(file_unreadable(name)) from error
    return Identity(digest.hexdigest(), found.st_size, found.st_mtime_ns)


def is_unchanged(path: Path, identity: Identity) -> bool:
    """Whether size and time are still those. A file that vanished while it was read was read all the same."""
    try:
        found = path.stat()
    except OSError:
        return True
    return (found.st_size, found.st_mtime_ns) == (identity.size_bytes, identity.modified_ns)


def work_key(model: ModelSpec, rules: object) -> str:
    """What the texts depend on besides the recording; where the model runs is not part of it."""
    options = tuple(each for each in model.options if each[0] != "speakers_model")  # for captions only
    told = (model.engine, model.name, model.path, model.precision, model.second_pass, options, rules)
    return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).hexdigest()
