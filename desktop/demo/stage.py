"""The desktop around the program: an editor to type into, a voice, and a finger on a key."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.oslayer.virtual_desktop import VirtualDesktop

VOICE: Final = "rms"  # the voice of flite that is understood best; 16 kHz
RIGHT_CTRL_KEYCODE: Final = "105"  # by code: by name xdotool presses two different keys
EDITOR: Final = "mousepad"
TOOLS: Final = {"flite": "flite", "xdotool": "xdotool", EDITOR: "mousepad", "import": "imagemagick"}
WINDOW_DEADLINE_S: Final = 20.0
EDITOR_SETTINGS: Final = """[org/xfce/mousepad/preferences/view]
use-default-monospace-font=false
font-name='DejaVu Sans 15'
word-wrap=true

[org/xfce/mousepad/preferences/window]
path-in-title=false
"""
SEE_LOGS: Final = "The logs of every part are in the folder log beside the result."


class DemoFailed(Exception):
    """The demonstration could not be shown; ``problem`` tells the user why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def open_editor(desktop: VirtualDesktop, note: Path) -> None:
    """An empty file in the editor, its window placed and focused."""
    note.touch()
    keyfile = desktop.folder / "config" / "glib-2.0" / "settings" / "keyfile"
    keyfile.parent.mkdir(parents=True)
    keyfile.write_text(EDITOR_SETTINGS)
    desktop.start([*as_a_user(), EDITOR, "--disable-server", str(note)], env={"GSETTINGS_BACKEND": "keyfile"})
    search = ["xdotool", "search", "--onlyvisible", "--name", note.name]
    if not wait_for(lambda: succeeds(desktop, search), WINDOW_DEADLINE_S):
        raise failed("demo-editor", f"{EDITOR} showed no window.", SEE_LOGS)
    window = desktop.run(search).split()[-1]
    desktop.run(["xdotool", "windowsize", "--sync", window, "760", "380"])
    desktop.run(["xdotool", "windowmove", "--sync", window, "260", "140"])
    desktop.run(["xdotool", "windowactivate", "--sync", window])
    wait_for(lambda: succeeds(desktop, ["xdotool", "getwindowfocus"]), WINDOW_DEADLINE_S)


def as_a_user() -> list[str]:
    """A prefix under which a program of root believes to be a user's; editors warn root in red."""
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return []
    allowed = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if allowed else []


def save_and_read(desktop: VirtualDesktop, note: Path) -> str:
    """Press Ctrl+S in the editor and read its file, without the newline that editors add."""
    desktop.run(["xdotool", "key", "--clearmodifiers", "ctrl+s"])
    wait_for(lambda: note.stat().st_size > 0, 3.0)
    return note.read_text(encoding="utf-8").rstrip("\n")


def paint_ground(desktop: VirtualDesktop) -> None:
    """A calm ground instead of black; the pictures are looked at."""
    if shutil.which("display"):
        paint = ["display", "-size", "1280x800", "-window", "root", "gradient:#3b5368-#1b2733"]
        succeeds(desktop, paint)


def key(desktop: VirtualDesktop, verb: str) -> None:
    """``keydown`` or ``keyup`` of Right Ctrl, as the keyboard would."""
    desktop.run(["xdotool", verb, RIGHT_CTRL_KEYCODE])


def synthesise(desktop: VirtualDesktop, sentence: str) -> Path:
    """The sentence spoken, as a 16 kHz WAV file."""
    path = desktop.folder / "speech.wav"
    desktop.run(["flite", "-voice", VOICE, "-t", sentence, "-o", str(path)])
    return path


def length_s(wav: Path) -> float:
    """How long a WAV file sounds."""
    with wave.open(str(wav)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def succeeds(desktop: VirtualDesktop, command: Sequence[str]) -> bool:
    """Whether a command ends well."""
    try:
        desktop.run(command)
    except subprocess.SubprocessError:
        return False
    return True


def wait_for(is_true: Callable[[], bool], deadline_s: float) -> bool:
    """Look every 50 ms until it is true; the answer is whether it became so in time."""
    end_s = time.monotonic() + deadline_s
    while not is_true():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.05)
    return True


def require_tools() -> None:
    """Everything that the demonstration needs beside the virtual desktop's own parts.

    Raises:
        DemoFailed: with the command that installs what is missing.
    """
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        install = f"Run: sudo apt-get install {' '.join(missing)}"
        raise failed("demo-tools", f"The demonstration needs {', '.join(missing)}.", install)


def failed(code: str, sentence: str, remedy: str) -> DemoFailed:
    """A failure as the user reads it."""
    return DemoFailed(Problem(code, sentence, remedy))
