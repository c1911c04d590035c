"""The sound of a listening kept on disk until its text is safe."""

from __future__ import annotations

from pathlib import Path


def list_journals(directory: Path) -> list[Path]:
    """Kept sound, oldest first; after a crash also what was being written."""
    raise NotImplementedError
