"""What was installed, written into the model's folder: sizes and checksums to compare with later.

Where no checksum was known beforehand, that of what arrived is recorded: trust on first use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from recognizer.models.hub import is_safe

FILE_NAME: Final = "plosive-model.json"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that is on the disk, checked; ``path`` is relative, with ``/``."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``source`` says where from: ``hub:repository@revision``, ``import``; ``passes`` as in the catalogue."""

    name: str
    source: str
    passes: tuple[str, ...]
    files: tuple[FetchedFile, ...]

    def write(self, folder: Path) -> None:
        """Into ``folder``, on the disk when this returns. Raises ``OSError``."""
        text = json.dumps({"version": VERSION, **asdict(self)}, indent=1)
        with (folder / FILE_NAME).open("w", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def read_manifest(folder: Path) -> Manifest | None:
    """``None`` where there is none. Raises ``ValueError`` for one that cannot be read."""
    try:
        found: Any = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, RecursionError) as error:
        raise ValueError(str(error)) from error
    try:
        files = tuple(FetchedFile(**file) for file in found["files"])
        manifest = Manifest(found["name"], found["source"], tuple(found["passes"]), files)
    except (KeyError, TypeError) as error:
        raise ValueError("not a manifest") from error
    if not all(isinstance(text, str) for text in (*(file.path for file in files), *manifest.passes)):
        raise ValueError("not a manifest")
    if not all(is_safe(file.path) for file in files):
        raise ValueError("names that point elsewhere")
    return manifest


def record(folder: Path, path: str, moved: Callable[[int], None] = lambda count: None) -> FetchedFile:
    """Size and checksum of a file as it is; ``moved`` is told of the bytes read. Raises ``OSError``."""
    import hashlib  # 3 MiB that the tray, which asks only what a model is for, does not need

    sha256, size = hashlib.sha256(), 0
    with (folder / path).open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            size += len(piece)
            moved(len(piece))
    return FetchedFile(path, size, sha256.hexdigest())


def passes_of(folder: Path) -> tuple[str, ...]:
    """What the model in ``folder`` is for, by its manifest; empty if that is not known."""
    try:
        manifest = read_manifest(folder)
    except ValueError:
        return ()
    return manifest.passes if manifest else ()
