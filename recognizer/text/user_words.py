"""The user's own words, in plain files: ``wrong => right`` lines, read again when the file changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ARROWS: Final = ("=>", "→")
MOST_BYTES: Final = 1 << 20
_log = logging.getLogger(__name__)


class UserWords:
    """Replacements in ``path``; a missing or unreadable file holds none."""

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._seen: tuple[int, int] | None = None
        self._replacements: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        """Those of now."""
        try:
            stat = self._path.stat()
        except OSError:
            self._seen, self._replacements = None, {}
            return self._replacements
        if (stat.st_mtime_ns, stat.st_size) != self._seen:
            self._seen = (stat.st_mtime_ns, stat.st_size)
            self._replacements = self._load(stat.st_size)
        return self._replacements

    def _load(self, size_bytes: int) -> dict[str, str]:
        if size_bytes > MOST_BYTES:
            _log.warning("replacements: the file is larger than 1 MiB and is not used")
            return {}
        try:
            return parse_replacements(self._path.read_text(encoding="utf-8-sig", errors="replace"))
        except OSError as error:
            _log.warning("replacements: %s", error.strerror)
            return {}


def parse_replacements(text: str) -> dict[str, str]:
    """Lines ``wrong => right``; empty lines and those that begin with # are left out.

    >>> parse_replacements("# mine\\nplow sieve => Plosive\\n派森 → Python\\nnothing")
    {'plow sieve': 'Plosive', '派森': 'Python'}
    """
    found = {}
    for line in text.splitlines():
        arrow = next((arrow for arrow in ARROWS if arrow in line), None)
        if arrow is None or line.lstrip().startswith("#"):
            continue
        wrong, _, right = line.partition(arrow)
        if wrong.strip():
            found[wrong.strip()] = right.strip()
    return found
