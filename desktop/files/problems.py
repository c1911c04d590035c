"""What can go wrong with files, in sentences for the user. Codes are stable."""

from __future__ import annotations

import errno
from typing import Final

from audio.events import Problem

DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def nothing_found(name: str) -> Problem:
    """A folder without recordings."""
    return Problem(
        "file.none_in_folder",
        f"There is no recording in the folder “{name}”.",
        "Name a file itself if its ending is an unusual one.",
    )


def no_match(pattern: str) -> Problem:
    """A pattern that fits nothing."""
    return Problem("file.missing", f"Nothing matches “{pattern}”.", "Check the name and the folder.")


def not_regular(name: str) -> Problem:
    """A device, a socket, a pipe with a name."""
    return Problem(
        "file.not_regular",
        f"“{name}” is no file but a device or a pipe.",
        "Copy its sound into a file first, or give it on standard input with -.",
    )


def changed(name: str) -> Problem:
    """Size or time differ between the beginning and the end."""
    return Problem(
        "file.changed",
        f"“{name}” changed while it was read.",
        "Run the same command again when nothing writes to it any more.",
    )


def output_exists(name: str) -> Problem:
    """Somebody else's file, or one of ours that was changed since."""
    return Problem(
        "output.exists",
        f"“{name}” is there already and is not what Plosive wrote there; it is left alone.",
        "Choose another folder for results (--out), or overwrite it (--force).",
    )


def output_unwritable(name: str, reason: str, number: int | None) -> Problem:
    """The system refuses."""
    if number in DISK_FULL:
        return Problem(
            "output.disk_full",
            f"There is no space left for “{name}”.",
            "Free some space and start again: what was recognised is kept.",
        )
    return Problem(
        "output.unwritable",
        f"“{name}” cannot be written ({reason}).",
        "Choose another folder for results (--out); what was recognised is kept.",
    )


def decoder_ended(name: str) -> Problem:
    """The process that decodes died at it."""
    return Problem(
        "file.decoder_ended",
        f"The decoder crashed while it read “{name}”.",
        "Convert it to WAV or FLAC with another program, or start again to try it once more.",
    )


READING_FAILED: Final = Problem(
    "files.reading",
    "Reading this file stopped because of a mistake in this program.",
    "What happened is in the log; plosive doctor names its folder.",
)
JOB_FAILED: Final = Problem(
    "files.unexpected",
    "The job stopped because of a mistake in this program; what was recognised is kept.",
    "What happened is in the log; start the job again to go on.",
)
NO_SPEECH: Final = Problem(
    "files.no_speech", "No speech was understood in this file.", "Listen whether somebody speaks in it."
)
