"""Every problem the local recognizer can tell the user: a sentence and a remedy each."""

from __future__ import annotations

from audio.events import Problem

TOO_MUCH_AUDIO = Problem(
    "recognizer-too-much-audio",
    "More than half an hour of speech waits to be recognised; the rest of it cannot be held in memory.",
    "Load a model first, or transcribe the recording as a file.",
)
BROKEN_AUDIO = Problem(
    "recognizer-broken-audio",
    "The sound that arrived is not 16-bit samples: it has an odd number of bytes.",
    "Choose another microphone or convert the file to 16-bit mono.",
)
HUNG = Problem(
    "recognizer-hung",
    "The recognizer stopped answering and was ended.",
    "It is started anew by itself; if this happens again, choose a smaller model.",
)
START_TOO_SLOW = Problem(
    "recognizer-start-too-slow",
    "The recognizer process did not come up in time.",
    "Close other programs that keep the computer busy and load the model again.",
)
LOAD_TOO_SLOW = Problem(
    "recognizer-load-too-slow",
    "Loading the model took too long and was given up.",
    "Check that the model lies on a local disk, or choose a smaller model.",
)
CRASHED = Problem(
    "recognizer-crashed",
    "The recognizer process ended unexpectedly.",
    "It is started anew by itself and catches up with what was said.",
)
CRASHES_AGAIN = Problem(
    "recognizer-crashes-again",
    "The recognizer process ended unexpectedly several times in a row.",
    "Choose another model or device; the recording is kept and can be tried again.",
)
CANNOT_START = Problem(
    "recognizer-cannot-start",
    "The recognizer process could not be started.",
    "Free some memory and disk space, or install the program again.",
)
WRONG_VERSION = Problem(
    "recognizer-wrong-version",
    "The recognizer process belongs to another version of this program.",
    "Quit the program and start it again; if that does not help, install it again.",
)
INTERNAL = Problem(
    "recognizer-internal",
    "The recognizer stopped because of a mistake in this program.",
    "Load the model again; the log names the place.",
)
OUT_OF_MEMORY_CODE = "gpu-out-of-memory"
"""Code of the problem a worker reports when the device has no room even after a clean-up."""
