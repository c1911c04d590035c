"""A user at a desk: the real program in a real tray, a real editor, a voice, a finger on a key."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from desktop.demo.score import count_word_errors, words_of
from desktop.demo.stage import as_a_user, key, length_s, open_editor, synthesise, wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop

PROGRAM = (sys.executable, "-m", "desktop")
ANSWER_DEADLINE_S = 60.0


class Desk:
    """One running program; ``desktop`` must have sound and a tray."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self.desktop = desktop
        self.note = desktop.folder / "note.txt"
        self.program: subprocess.Popen[bytes] | None = None

    def start_program(self) -> None:
        """Start it and wait until it answers."""
        self.program = self.desktop.start(PROGRAM)
        assert wait_for(lambda: self.program_ended() or bool(self.status()), 30.0)
        assert not self.program_ended()

    def program_ended(self) -> bool:
        return self.program is not None and self.program.poll() is not None

    def quit_program(self) -> int:
        """Ask it to quit; its exit code."""
        self.ask("quit")
        assert self.program is not None
        return self.program.wait(20.0)

    def ask(self, *arguments: str) -> str:
        """What ``plosive ARGUMENTS`` prints."""
        return self.desktop.run([*PROGRAM, *arguments], timeout_s=60.0)

    def status(self) -> dict[str, Any]:
        """``plosive status --json``; empty while nobody answers."""
        try:
            answer: dict[str, Any] = json.loads(self.ask("status", "--json"))
        except (subprocess.SubprocessError, json.JSONDecodeError):
            return {}
        return answer

    def wait_status(
        self, is_so: Callable[[dict[str, Any]], Any], deadline_s: float = ANSWER_DEADLINE_S
    ) -> dict[str, Any]:
        """The first status that is so. Fails with the last one seen."""
        seen: list[dict[str, Any]] = [{}]

        def look() -> bool:
            seen[0] = self.status()
            return bool(seen[0]) and bool(is_so(seen[0]))

        assert wait_for(look, deadline_s), (seen[0], self.log())
        return seen[0]

    def open_editor(self) -> None:
        """A real editor with an empty file, focused."""
        open_editor(self.desktop, self.note)

    @contextmanager
    def key_held(self) -> Iterator[None]:
        """Right Ctrl is down."""
        key(self.desktop, "keydown")
        try:
            yield
        finally:
            key(self.desktop, "keyup")

    def say(self, sentence: str) -> None:
        """Somebody says ``sentence`` into the microphone; returns when it was said."""
        wav = synthesise(self.desktop, sentence)
        self.desktop.play_into_microphone(wav, timeout_s=length_s(wav) + 20.0)

    def dictate(self, sentence: str) -> dict[str, Any]:
        """Hold, speak, release, and wait for the end; the program's word on it."""
        before = (self.status().get("last_dictation") or {}).get("id")
        with self.key_held():
            self.wait_status(lambda told: told["state"] == "listening")
            self.say(sentence)
        return self.last_dictation(after=before)

    def last_dictation(self, after: int | None) -> dict[str, Any]:
        """The next finished dictation after the one with id ``after``."""
        told = self.wait_status(lambda told: (told["last_dictation"] or {}).get("id") not in (None, after))
        last: dict[str, Any] = told["last_dictation"]
        return last

    def worker_pid(self) -> int:
        """The process that owns the model."""
        pid = self.wait_status(lambda told: told["model"]["pid"])["model"]["pid"]
        assert psutil.pid_exists(pid)
        return int(pid)

    def log(self) -> str:
        """What the program wrote into its log."""
        return "".join(path.read_text() for path in self.desktop.folder.glob("state/plosive/log/plosive.log"))

    def clipboard(self) -> str:
        """The text on the clipboard."""
        return self.desktop.run(["xclip", "-o", "-selection", "clipboard"])

    def copy(self, text: str) -> None:
        """Another program puts ``text`` on the clipboard."""
        subprocess.run(
            ["xclip", "-selection", "clipboard"],
            input=text.encode(),
            env=self.desktop.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def save_editor(self) -> str:
        """Ctrl+S in the editor; what its file holds then."""
        saved_ns = self.note.stat().st_mtime_ns
        self.desktop.run(["xdotool", "key", "--clearmodifiers", "ctrl+s"])
        wait_for(lambda: self.note.stat().st_mtime_ns != saved_ns, 5.0)
        return self.note.read_text().strip()

    def terminal(self, title: str) -> subprocess.Popen[bytes]:
        """Another window, focused."""
        window = self.desktop.start([*as_a_user(), "xterm", "-T", title])
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", title]
        found = self.desktop.run(search).split()[-1]
        self.desktop.run(["xdotool", "windowactivate", "--sync", found])
        return window


def recordings(desktop: VirtualDesktop) -> list[Path]:
    """Kept recordings of failed dictations."""
    return sorted(desktop.folder.glob("**/plosive/recordings/*.wav"))


def is_heard(said: str, text: str) -> bool:
    """Whether ``text`` is what was said: first and last word right, and at most one word in ten other.

    Through the virtual microphone the embedded engine takes one "thank" in some thirty for "sent", although
    sixty cuttings of the same file are all read right. Loss of sound is proven elsewhere, by digests.
    """
    wanted, got = words_of(said), words_of(text)
    has_ends = bool(got) and (got[0], got[-1]) == (wanted[0], wanted[-1])
    return has_ends and count_word_errors(said, text) <= max(1, len(wanted) // 10)
