"""Pressing keys by XTest, by keycode only: keysyms would remap the keyboard and lose characters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from Xlib import X
from Xlib.ext import xtest

from desktop.oslayer import x11
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.hotkeys.x11_codes import codes_of_names
from desktop.oslayer.injection.port import XPort
from desktop.oslayer.xkb import keyboard_state

POLL_S = 0.005
SPEAKER_POLL_S = 0.01
SHIFT, ALTGR, INSERT = 0xFFE1, 0xFE03, 0xFF63
PLAIN = frozenset(map(chr, range(0x20, 0x7F)))
"""Printable ASCII: all that is ever typed. A newline could send a message or run a command."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One character: a keycode and the modifier keycodes to hold with it."""

    code: int
    held: tuple[int, ...]


class Keyboard:
    """The keys of the server. Belongs to the thread of its port."""

    def __init__(self, port: XPort) -> None:
        self._port = port

    def wait_for_speaker(self, hotkey: Key, timeout_s: float, is_given_up: Callable[[], bool]) -> None:
        """Wait while the dictation key is held: another dictation is being spoken, not to be cut off."""
        codes = codes_of_names(x11.keyboard_rows(self._port.connection), hotkey.keysyms)
        deadline_ms = x11.now_ms() + timeout_s * 1000.0
        while self._is_held(codes, hotkey.button) and not is_given_up() and x11.now_ms() < deadline_ms:
            self._port.pump(SPEAKER_POLL_S)

    def _is_held(self, codes: frozenset[int], button: int | None) -> bool:
        connection = self._port.connection
        return bool(x11.held_codes(connection) & codes) or (
            button is not None and x11.is_button_held(connection, button)
        )

    def blocking(self, hotkey: Key | None) -> frozenset[int]:
        """Held keys that would turn text into shortcuts: modifiers and the dictation key.

        A held mouse button of the dictation key is told as its negative number.
        """
        rows = x11.keyboard_rows(self._port.connection)
        watched = x11.codes_of(rows, x11.MODIFIER_KEYSYMS)
        if hotkey is not None:
            watched |= codes_of_names(rows, hotkey.keysyms)
        held = x11.held_codes(self._port.connection) & watched
        button = hotkey.button if hotkey is not None else None
        if button is not None and x11.is_button_held(self._port.connection, button):
            held |= {-button}
        return held

    def wait_released(self, hotkey: Key | None, timeout_s: float) -> bool:
        """Wait until nothing of ``blocking`` is held; ``False`` when something still is."""
        deadline_ms = x11.now_ms() + timeout_s * 1000.0
        while self.blocking(hotkey):
            if x11.now_ms() > deadline_ms:
                return False
            self._port.pump(POLL_S)
        return True

    def release(self, codes: frozenset[int]) -> None:
        """Let held keys go on their behalf."""
        for code in sorted(codes):
            if code > 0:
                xtest.fake_input(self._port.connection, X.KeyRelease, code)
        self._port.connection.sync()

    def press_paste_chord(self) -> bool:
        """Shift+Insert: the same keys in every layout. ``False`` when the keyboard lacks one."""
        rows = x11.keyboard_rows(self._port.connection)
        shift, insert = x11.codes_of(rows, (SHIFT,)), x11.codes_of(rows, (INSERT,))
        if not shift or not insert:
            return False
        self._strike(Stroke(min(insert), (min(shift),)))
        self._port.connection.sync()
        return True

    def strokes(self, text: str) -> list[Stroke] | None:
        """How to type ``text`` with the active layout as it is; ``None`` when it cannot be."""
        if not text or not PLAIN.issuperset(text):
            return None
        state = keyboard_state(self._port.connection)
        table = stroke_table(x11.keyboard_rows(self._port.connection), state.group, state.is_caps_locked)
        strokes = [table.get(character) for character in text]
        return None if None in strokes else [stroke for stroke in strokes if stroke is not None]

    def is_grabbed(self) -> bool:
        """Whether a menu, a screen lock or the like gets all keys instead of the focused window."""
        status = self._port.root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        self._port.connection.ungrab_keyboard(X.CurrentTime)
        self._port.connection.sync()
        return bool(status != X.GrabSuccess)

    def type(self, strokes: list[Stroke]) -> None:
        """Press them one after the other."""
        for stroke in strokes:
            self._strike(stroke)
        self._port.connection.sync()

    def _strike(self, stroke: Stroke) -> None:
        connection = self._port.connection
        for code in (*stroke.held, stroke.code):
            xtest.fake_input(connection, X.KeyPress, code)
        for code in (stroke.code, *reversed(stroke.held)):
            xtest.fake_input(connection, X.KeyRelease, code)


def stroke_table(rows: dict[int, tuple[int, ...]], group: int, is_caps_locked: bool) -> dict[str, Stroke]:
    """Every printable ASCII character the active group can produce, and how. Pure.

    ``rows`` are core keysyms: columns 0, 1 are levels 1, 2 of the first group, 2, 3 those of the
    second; 4, 5 and 6, 7 are their AltGr levels. Further groups are not visible there.
    """
    if group > 1:
        return {}
    shift = tuple(sorted(x11.codes_of(rows, (SHIFT,))))[:1]
    altgr = tuple(sorted(x11.codes_of(rows, (ALTGR,))))[:1]
    modifiers = ((), shift, altgr, altgr + shift)
    table: dict[str, Stroke] = {}
    for level, held in enumerate(modifiers):
        for code, row in rows.items():
            character = _character(row, group, level)
            if character in PLAIN and (held or level == 0):
                table.setdefault(character, Stroke(code, held))
    return _swapped(table) if is_caps_locked else table


def _character(row: tuple[int, ...], group: int, level: int) -> str:
    columns = (0, 1, 4, 5) if group == 0 or not any(row[2:4]) else (2, 3, 6, 7)
    column = columns[level]
    return chr(row[column]) if column < len(row) and row[column] < 0x7F else ""


def _swapped(table: dict[str, Stroke]) -> dict[str, Stroke]:
    """With Caps Lock on, a letter needs the stroke of its other case."""
    return {
        character: table.get(character.swapcase(), stroke) if character.isalpha() else stroke
        for character, stroke in table.items()
    }
