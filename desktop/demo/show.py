"""``plosive demo``: the whole program shown on real parts, on any Linux machine, with nobody watching.

On a virtual desktop a speech synthesiser talks into a virtual microphone while Right Ctrl is held by
XTest; the real tray program recognises it and the words appear in a real text editor. What happened is
left in one folder: ``result.json``, ``listening.png`` and ``after.png``. The program is asked only through
its own command line, as a user's script would.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from desktop.demo.score import DemoResult, SentenceResult, sentence_result, summarise
from desktop.demo.stage import (
    SEE_LOGS,
    DemoFailed,
    failed,
    key,
    length_s,
    open_editor,
    paint_ground,
    require_tools,
    save_and_read,
    synthesise,
    wait_for,
)
from desktop.oslayer.virtual_desktop import DesktopError, VirtualDesktop

SENTENCES: Final = (
    "Good morning everyone and thank you for coming today",  # spoken while the model is still loading
    "The weather is very nice today and we are going to the park",
)
PROGRAM: Final = (sys.executable, "-m", "desktop")
PROGRAM_DEADLINE_S: Final = 30.0
LANDING_DEADLINE_S: Final = 90.0
BREATH_S: Final = 0.3
"""A person's pause between pressing and speaking, and between speaking and releasing."""

Say = Callable[[str], None]


def run_demo(out: Path, sentences: Sequence[str] = SENTENCES, say: Say = print) -> DemoResult:
    """Show the program and leave what happened in ``out``.

    Raises:
        DemoFailed: a tool is missing, or the program did not do what it should.
    """
    require_tools()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"{out} cannot be made a folder ({error.strerror})."
        raise failed("demo-folder", sentence, "Name another folder.") from error
    try:
        with VirtualDesktop(sound=True, tray=True) as desktop:
            try:
                return show(desktop, out, sentences, say)
            except DemoFailed:
                keep_logs(desktop, out / "log")
                raise
    except DesktopError as error:
        raise failed("demo-desktop", "The virtual desktop did not come up.", str(error)) from error


def keep_logs(desktop: VirtualDesktop, place: Path) -> None:
    """What the parts of the desktop and the program logged; it goes with the desktop otherwise."""
    for folder in (desktop.folder / "log", desktop.folder / "state" / "plosive" / "log"):
        if folder.is_dir():
            shutil.copytree(folder, place, dirs_exist_ok=True)


def show(desktop: VirtualDesktop, out: Path, sentences: Sequence[str], say: Say) -> DemoResult:
    """Start the program and the editor, dictate each sentence, and read the editor's file."""
    say("A virtual desktop is up: X server, window manager, tray, sound server with a microphone.")
    note = desktop.folder / "note.txt"
    paint_ground(desktop)
    with running_program(desktop):
        say("Plosive runs in its tray.")
        open_editor(desktop, note)
        results = tuple(dictate(desktop, sentence, out, say) for sentence in sentences)
        model = ask_status(desktop).get("model") or {}
        typed = save_and_read(desktop, note)
        desktop.screenshot(out / "after.png")
    result = summarise(results, typed, model)
    (out / "result.json").write_text(json.dumps(asdict(result), indent=2, ensure_ascii=False) + "\n")
    say(f"In the editor's file: {typed!r}. {result.word_errors} of {result.words} words wrong.")
    return result


@contextmanager
def running_program(desktop: VirtualDesktop) -> Iterator[None]:
    """The tray program, started as a user's session starts it, and asked to quit at the end."""
    program = desktop.start(PROGRAM)
    wait_for(lambda: bool(ask_status(desktop)) or program.poll() is not None, PROGRAM_DEADLINE_S)
    if program.poll() is not None or not ask_status(desktop):
        raise failed("demo-program", "Plosive did not start on the virtual desktop.", SEE_LOGS)
    yield
    desktop.run([*PROGRAM, "quit"])
    if not wait_for(lambda: program.poll() is not None, PROGRAM_DEADLINE_S):
        raise failed("demo-quit", "Plosive did not end when asked to quit.", SEE_LOGS)


def ask_status(desktop: VirtualDesktop) -> dict[str, Any]:
    """What ``plosive status --json`` answers; empty while nobody answers."""
    try:
        answer = json.loads(desktop.run([*PROGRAM, "status", "--json"]))
    except (subprocess.SubprocessError, json.JSONDecodeError):
        return {}
    return answer if isinstance(answer, dict) else {}


def dictate(desktop: VirtualDesktop, sentence: str, out: Path, say: Say) -> SentenceResult:
    """Hold the key, speak, release, and wait until the text stands in the editor."""
    speech = synthesise(desktop, sentence)
    before = last_dictation(desktop).get("id")
    say(f"Right Ctrl is held; a voice says: {sentence!r}")
    key(desktop, "keydown")
    try:
        time.sleep(BREATH_S)
        speaker = desktop.start(["paplay", "--device=micfeed", str(speech)])
        time.sleep(length_s(speech) * 0.75)
        desktop.screenshot(out / "listening.png")
        speaker.wait(length_s(speech) + PROGRAM_DEADLINE_S)
        time.sleep(BREATH_S)
    finally:
        key(desktop, "keyup")
    if not wait_for(lambda: last_dictation(desktop).get("id") != before, LANDING_DEADLINE_S):
        raise failed("demo-text", "No text came back from the recogniser.", SEE_LOGS)
    last = last_dictation(desktop)
    if last.get("problem"):
        raise DemoFailed(Problem(**last["problem"]))
    return sentence_result(sentence, last)


def last_dictation(desktop: VirtualDesktop) -> dict[str, Any]:
    """What the program says about the dictation that ended last; empty before the first."""
    return ask_status(desktop).get("last_dictation") or {}
