"""The recordings that names, folders and patterns stand for, always in the same order."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.events import Problem
from audio.problems import file_missing, file_unreadable
from desktop.core.file_names import is_media, shown
from desktop.files.problems import no_match, nothing_found

STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be heard. ``below`` is its folder, seen from the folder that was named."""

    path: Path
    below: str = ""

    @property
    def is_stdin(self) -> bool:
        """The sound comes on standard input."""
        return str(self.path) == STDIN


def gather(names: Iterable[str]) -> tuple[list[Found], list[Problem]]:
    """Every file once; what cannot be found is told and does not stop the others."""
    found: dict[str, Found] = {}
    problems: list[Problem] = []
    for name in names:
        each = _of(name)
        if isinstance(each, Problem):
            problems.append(each)
            continue
        for one in each:
            found.setdefault(STDIN if one.is_stdin else os.path.realpath(one.path), one)
    return list(found.values()), problems


def _of(name: str) -> list[Found] | Problem:
    path = Path(name)
    if name == STDIN:
        return [Found(path)]
    if os.path.isdir(path):  # noqa: PTH112 - that of Path raises, for a name too long or a share that is gone
        if not os.access(path, os.R_OK | os.X_OK):
            return file_unreadable(shown(name))
        return list(recordings_in(path)) or nothing_found(shown(name))
    if os.path.lexists(path):
        return [Found(path)]
    if not glob.has_magic(name):
        return file_missing(shown(name))
    matches = [Path(each) for each in sorted(glob.glob(name, recursive=True), key=os.fsencode)]  # noqa: PTH207
    files = [Found(each) for each in matches if not os.path.isdir(each)]  # noqa: PTH112
    for folder in (each for each in matches if os.path.isdir(each) and "**" not in name):  # noqa: PTH112
        files += recordings_in(folder)
    return files or no_match(shown(name))


def recordings_in(folder: Path) -> Iterator[Found]:
    """Recordings in a folder and those below; neither hidden folders nor links to folders are entered."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted((each for each in folders if not each.startswith(".")), key=os.fsencode)
        below = os.path.relpath(root, folder)
        for name in sorted(filter(is_media, files), key=os.fsencode):
            yield Found(Path(root, name), below)
