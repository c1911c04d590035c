"""New recordings in a folder, as soon as nobody writes to them any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.files.gathering import Found, recordings_in

SETTLED_S: Final = 3.0
"""A file whose size and time stood still for so long is finished."""
AGAIN_AFTER_S: Final = 60.0
"""What failed for want of a recognizer is told again."""


@dataclass(slots=True)
class _Seen:
    size_bytes: int
    modified_ns: int
    since_s: float


class FolderWatch:
    """Asked now and then; each recording is told once, and again only when it changed afterwards."""

    def __init__(
        self, folders: Sequence[Path], clock: Callable[[], float], settled_s: float = SETTLED_S
    ) -> None:
        self._folders = folders
        self._clock = clock
        self._settled_s = settled_s
        self._seen: dict[Path, _Seen] = {}
        self._told: dict[Path, tuple[int, int]] = {}

    @property
    def is_waiting(self) -> bool:
        """Some file is still growing."""
        return any(self._told.get(path) != _state(seen) for path, seen in self._seen.items())

    def finished(self) -> list[Found]:
        """Recordings that stopped growing since this was asked last."""
        now_s = self._clock()
        there = {each.path: each for folder in self._folders for each in recordings_in(folder)}
        self._seen = {path: seen for path, seen in self._seen.items() if path in there}
        return [file for path, file in there.items() if self._is_finished(path, now_s)]

    def again(self, files: Sequence[Found]) -> None:
        """No recognizer was there for these: tell them once more, in a minute."""
        for path in (each.path for each in files):
            if self._told.pop(path, None) is not None and path in self._seen:
                self._seen[path].since_s = self._clock() + AGAIN_AFTER_S - self._settled_s

    def _is_finished(self, path: Path, now_s: float) -> bool:
        try:
            found = path.stat()
        except OSError:
            return False
        state = (found.st_size, found.st_mtime_ns)
        seen = self._seen.get(path)
        if seen is None or _state(seen) != state:
            self._seen[path] = _Seen(*state, now_s)
            return False
        is_new = self._told.get(path) != state and found.st_size > 0
        if is_new and now_s - seen.since_s >= self._settled_s:
            self._told[path] = state
            return True
        return False


def _state(seen: _Seen) -> tuple[int, int]:
    return seen.size_bytes, seen.modified_ns
