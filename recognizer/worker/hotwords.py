"""The user's own words from a plain file, one a line; read again when the file changes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 1 << 18
MOST_WORDS: Final = 2000
_log = logging.getLogger(__name__)


class Hotwords:
    """``path`` may be empty, absent or unreadable: then there are none."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser() if path else None
        self._seen: tuple[int, int] | None = None
        self._words: tuple[str, ...] = ()

    def read(self) -> tuple[str, ...]:
        """Those of now, at most ``MOST_WORDS``; empty lines and those that begin with # are left out."""
        if self._path is None:
            return ()
        try:
            stat = self._path.stat()
            if (stat.st_mtime_ns, stat.st_size) != self._seen:
                self._seen = (stat.st_mtime_ns, stat.st_size)
                self._words = self._load(self._path, stat.st_size)
        except OSError as error:
            self._seen, self._words = None, ()
            _log.warning("hotwords: %s", error.strerror)
        return self._words

    def _load(self, path: Path, size_bytes: int) -> tuple[str, ...]:
        if size_bytes > MOST_BYTES:
            _log.warning("hotwords: the file is larger than 256 KiB and is not used")
            return ()
        lines = (line.strip() for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
        words = dict.fromkeys(line for line in lines if line and not line.startswith("#"))
        return tuple(words)[:MOST_WORDS]
