"""What can be wrong with a recording, in sentences for the user. Codes are stable."""

from __future__ import annotations

from audio.events import Problem


def recording_protected(name: str) -> Problem:
    """Encrypted by its seller (DRM)."""
    return Problem(
        "file.protected",
        f"“{name}” is protected against copying, so its sound cannot be read.",
        "Get it without protection, or record it while it is played.",
    )


def recording_is_list(name: str) -> Problem:
    """A playlist: it holds no sound, it names other files or addresses. Those are never followed."""
    return Problem(
        "file.is_list",
        f"“{name}” is a list that points to other files; it holds no sound itself.",
        "Name the recordings themselves.",
    )


def recording_without_sound(name: str) -> Problem:
    """A film or picture without a sound track."""
    return Problem(
        "file.no_sound_track",
        f"“{name}” has pictures but no sound.",
        "Check that it was recorded with sound.",
    )


def recording_headless(name: str) -> Problem:
    """An MP4 whose table of contents, which stands at the end, is missing."""
    return Problem(
        "file.unfinished",
        f"“{name}” was not finished: the part that tells where its sound is, is missing.",
        "Copy it again; if the recorder crashed, a repair program for MP4 files may help.",
    )


def recording_odd(name: str, rate_hz: int, channels: int) -> Problem:
    """A header with numbers that no sound has."""
    return Problem(
        "file.odd_sound",
        f"“{name}” says it holds {rate_hz} samples a second in {channels} channels, which no sound has.",
        "Its header is damaged: export it again from the program that made it.",
    )


def recording_codec_unknown(name: str, codec: str) -> Problem:
    """The container is understood, the sound in it is not."""
    return Problem(
        "file.codec_unknown",
        f"The sound in “{name}” is coded in a way that cannot be read ({codec}).",
        "Convert it to WAV or FLAC with the program that made it.",
    )


def recording_not_seekable(name: str) -> Problem:
    """A pipe brings a format that must be read out of order."""
    return Problem(
        "file.needs_file",
        f"The format of “{name}” cannot be read while it arrives.",
        "Save it to a file and name that file.",
    )


def recording_not_a_file(name: str) -> Problem:
    """A device, a socket or a terminal."""
    return Problem(
        "file.unreadable",
        f"“{name}” is neither a file nor a pipe.",
        "Name a recording, or send one through a pipe.",
    )


def recording_silent_pipe(name: str) -> Problem:
    """Nothing ever came out of a pipe."""
    return Problem(
        "file.nothing_came",
        f"Nothing arrived from “{name}”.",
        "Check the program that should send the recording.",
    )


def recording_broke_off(name: str) -> Problem:
    """The disk, the network or the sending program failed in the middle."""
    return Problem(
        "file.broke_off",
        f"“{name}” could not be read to its end; it was heard as far as it goes.",
        "Check the disk or the connection, then transcribe it again.",
    )


def recording_grew(name: str) -> Problem:
    """Somebody still writes it."""
    return Problem(
        "file.grew",
        f"“{name}” was still being written; it was heard as far as it goes.",
        "Transcribe it again when the recording is finished.",
    )


def recording_has_gaps(name: str, lost_ms: int) -> Problem:
    """Damage or holes in the middle, filled with silence so that times stay right."""
    return Problem(
        "file.gaps",
        f"“{name}” has damaged or missing places; {lost_ms / 1000:.1f} s of it were heard as silence.",
        "Copy it again if words are missing.",
    )


def recording_has_tracks(name: str, tracks: int) -> Problem:
    """Several sound tracks: languages of a film, or a microphone recorded beside the programs."""
    return Problem(
        "file.tracks",
        f"“{name}” has {tracks} sound tracks; only the one that a player would choose was heard.",
        "If the words are on another one, export that as a recording of its own.",
    )
