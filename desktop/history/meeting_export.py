"""A meeting written into a file of the user's choosing, wholly or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.core.transcript_formats import written
from desktop.history.meeting import Transcript, about, said

GONE: Final = Problem("meetings.gone", "This meeting has been deleted.", "Choose another one.")


class ExportFailed(Exception):
    """The file cannot be written; ``problem`` tells why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def text_of(transcript: Transcript, format_: str, title: str) -> str:
    """The meeting in one of ``FORMATS``; ``title`` is what it is called where it has no name."""
    return written(format_, said(transcript), about(transcript, title))


def write_text(path: Path, text: str) -> None:
    """Write beside ``path`` (mode 0600), then rename: what was there stays until the new one is whole.

    Raises ``ExportFailed``.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".plosive-", suffix=".part")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise ExportFailed(
            Problem(
                "meetings.export",
                f"The file {path} cannot be written ({error.strerror or error}).",
                "Name another file or folder, or free some space.",
            )
        ) from error
