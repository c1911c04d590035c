"""What can go wrong with sound, in sentences for the user. Codes are stable."""

from __future__ import annotations

from typing import Final

from audio.events import Problem

CHOOSE_ANOTHER: Final = "choose another one in the tray menu under Microphone"

NO_PORTAUDIO: Final = Problem(
    "sound.no_portaudio",
    "The sound library PortAudio is not installed, so no microphone can be heard.",
    "Install it: sudo apt install libportaudio2 libasound2-plugins",
)
NO_SOUND_SYSTEM: Final = Problem(
    "sound.no_server",
    "No sound server answers and no sound card is there.",
    "Start PipeWire or PulseAudio (systemctl --user start pipewire pipewire-pulse) and try again.",
)
NO_SOUND_OUTPUT: Final = Problem(
    "sound.no_output",
    "There is no sound output to listen to.",
    "Check the output device in the system's sound settings.",
)
NO_LOOPBACK_WINDOWS: Final = Problem(
    "sound.no_loopback",
    "This computer's sound library cannot listen to what is played.",
    "Enable “Stereo Mix” under Recording in the Windows sound settings, if your sound card has it.",
)
NO_LOOPBACK_MACOS: Final = Problem(
    "sound.no_loopback",
    "macOS does not let programs listen to what is played.",
    "Install a virtual sound device such as BlackHole and play through it as well (Audio MIDI Setup).",
)
OUTPUT_UNUSABLE: Final = Problem(
    "sound.output_unusable",
    "What the computer plays cannot be listened to.",
    "Check the output device in the system's sound settings, or restart the sound server.",
)
OUTPUT_CHANGED: Final = Problem(
    "sound.output_changed",
    "The sound output that was listened to is no longer the one in use.",
    "Nothing needs to be done: the new one is listened to as soon as it is there.",
)
SOUND_BUSY: Final = Problem(
    "sound.busy",
    "The sound system does not answer.",
    "Wait a moment and try again; if that does not help, restart the sound server.",
)
NO_MICROPHONE: Final = Problem(
    "microphone.none",
    "There is no microphone.",
    "Plug one in, or allow this program to use it in the system's sound or privacy settings.",
)
SILERO_MISSING: Final = Problem(
    "vad.no_silero",
    "The speech detector Silero is not installed; a simpler one listens, which noise can fool.",
    "Install the packages onnxruntime and silero-vad, then start again.",
)
JOURNAL_NOT_WRITTEN: Final = Problem(
    "journal.not_written",
    "The sound of this dictation could not be kept on disk; its text is not affected.",
    "Free some space, or choose another folder for kept sound in the settings.",
)
MEETING_SOUND_NOT_KEPT: Final = Problem(
    "journal.meeting_not_kept",
    "The sound of this meeting cannot be kept on disk; its transcript is not affected.",
    "Check the folder for kept sound in the settings, and whether it may be written.",
)
MEETING_DISK_FULL: Final = Problem(
    "journal.disk_full",
    "The disk is almost full, so no more sound of this meeting is kept; the transcript goes on.",
    "Free some space; what was kept until now can be played.",
)
LISTENING_TOO_LONG: Final = Problem(
    "listening.too_long",
    "Listening ended by itself because it had reached the longest time allowed.",
    "Start again to go on, or allow a longer time in the settings.",
)
INTERNAL: Final = Problem(
    "audio.internal",
    "Listening stopped because of an error in this program.",
    "Try again. If it happens again, send the log file to the developers.",
)


def output_gone(name: str) -> Problem:
    """What was listened to is played no longer, and nothing took its place yet."""
    return Problem(
        "sound.output_gone",
        f"The sound output “{name}” went away.",
        "It is listened to again as soon as it, or another one, is there.",
    )


def microphone_missing(name: str) -> Problem:
    """The chosen microphone is not among those there."""
    return Problem(
        "microphone.missing", f"The microphone “{name}” is not there.", f"Plug it in, or {CHOOSE_ANOTHER}."
    )


def microphone_gone(name: str) -> Problem:
    """It was there a moment ago."""
    return Problem(
        "microphone.gone", f"The microphone “{name}” went away.", f"Plug it in again, or {CHOOSE_ANOTHER}."
    )


def microphone_stalled(name: str) -> Problem:
    """It is there but no block of sound comes."""
    return Problem(
        "microphone.stalled",
        f"The microphone “{name}” stopped delivering sound.",
        f"Unplug it and plug it in again, or {CHOOSE_ANOTHER}.",
    )


def microphone_silent(name: str, is_muted: bool) -> Problem:
    """Every sample is exactly zero, which a working microphone never delivers."""
    if is_muted:
        return Problem(
            "microphone.silent",
            f"The microphone “{name}” is muted.",
            "Unmute it in the sound settings or with its own switch.",
        )
    return Problem(
        "microphone.silent",
        f"The microphone “{name}” delivers only silence.",
        f"Check its mute switch, or {CHOOSE_ANOTHER}.",
    )


def microphone_unusable(name: str) -> Problem:
    """It is there but cannot be opened."""
    return Problem(
        "microphone.unusable",
        f"The microphone “{name}” cannot be opened.",
        f"Close programs that use it alone, or {CHOOSE_ANOTHER}.",
    )


def file_missing(path: str) -> Problem:
    """No such file."""
    return Problem("file.missing", f"There is no file “{path}”.", "Check the name and the folder.")


def file_is_folder(name: str) -> Problem:
    """A folder was named."""
    return Problem("file.unreadable", f"“{name}” is a folder, not a sound file.", "Name the file itself.")


def file_unreadable(name: str) -> Problem:
    """The system refuses."""
    return Problem("file.unreadable", f"“{name}” may not be read.", "Check the file's permissions.")


def file_empty(name: str) -> Problem:
    """No samples."""
    return Problem(
        "file.empty", f"“{name}” holds no sound.", "Check that the recording was finished and copied whole."
    )


def file_not_audio(name: str) -> Problem:
    """Not a sound file, or one whose header is damaged."""
    return Problem(
        "file.not_audio",
        f"“{name}” is not a sound file that can be read.",
        "Convert it to WAV or FLAC, for example: ffmpeg -i FILE out.wav",
    )


def file_cut_short(name: str) -> Problem:
    """Less sound than the header promises, or damage in the middle."""
    return Problem(
        "file.cut_short",
        f"“{name}” was cut short; it was heard as far as it goes.",
        "Copy or record it again if words are missing at the end.",
    )
