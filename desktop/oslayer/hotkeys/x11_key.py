"""One key of the user on an X server: its chord in the codes of the present keyboard, grabbed if wished.

Used on the thread "hotkeys" only. A key may mean dictation (everything about it is told) or be a shortcut
(only that it went down).
"""

from __future__ import annotations

from typing import Any

from audio.events import Problem
from desktop.core.events import HotkeyFailed, KeyEvent, KeyPressed, ShortcutPressed
from desktop.oslayer import x11
from desktop.oslayer.hotkeys import x11_swallow
from desktop.oslayer.hotkeys.base import EmitHotkey
from desktop.oslayer.hotkeys.chord import Chord
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.hotkeys.x11_codes import NO_CODES, chord_codes
from desktop.oslayer.hotkeys.x11_wire import RawInput


class X11Key:
    """``shortcut`` is what the key stands for; "" for the dictation key."""

    def __init__(self, key: Key, emit: EmitHotkey, shortcut: str = "") -> None:
        self.key = key
        self._emit = emit
        self._shortcut = shortcut
        self._codes = NO_CODES
        self._chord = Chord(key.name, NO_CODES)
        self._is_grabbed = False

    @property
    def is_held(self) -> bool:
        """Whether it is down."""
        return self._chord.is_held

    def resolve(
        self,
        connection: Any,
        rows: dict[int, tuple[int, ...]],
        *,
        is_swallowed: bool,
        is_cancel_watched: bool = False,
    ) -> None:
        """Translate the key into keycodes of a keyboard (``x11.keyboard_rows``); tells what is wrong."""
        codes = chord_codes(self.key, rows)
        if codes == self._codes:
            return  # the layout changed, but not for this key: it may be held right now
        self.forget_codes(connection)
        self._codes = codes
        self._chord = Chord(self.key.name, codes)
        self._chord.is_cancel_watched = is_cancel_watched
        if not codes.main and codes.button is None:
            self._emit(HotkeyFailed(self._missing()))
        elif is_swallowed:
            self.swallow(connection)

    def swallow(self, connection: Any) -> None:
        """Keep it from other programs; tells when another program has it already."""
        self._is_grabbed = True
        problem = x11_swallow.swallow(connection, self.key, self._codes)
        if problem is not None:
            self._emit(HotkeyFailed(problem))

    def give_back(self, connection: Any) -> None:
        """Let other programs have it again."""
        if self._is_grabbed:
            self._is_grabbed = False
            x11_swallow.release(connection, self.key, self._codes)

    def forget_codes(self, connection: Any) -> None:
        """The keyboard is another one, or the key is no longer observed. A held key counts as released."""
        self.let_go()
        self.give_back(connection)
        self._codes = NO_CODES

    def disconnected(self) -> None:
        """The server has forgotten all about us."""
        self.let_go()
        self._codes, self._is_grabbed = NO_CODES, False

    def let_go(self) -> None:
        """A held key counts as released."""
        self._tell(self._chord.let_go(x11.now_ms()))

    def watch_cancel(self, is_watched: bool) -> None:
        """Tell of Escape, or do not."""
        self._chord.is_cancel_watched = is_watched

    def take(self, raw: RawInput, at_ms: float, connection: Any) -> None:
        """A key or button of the keyboard or mouse went down or up."""
        chord = self._chord
        if raw.is_down and (foreign := chord.foreign_modifiers()):
            released = foreign - x11.held_codes(connection)
            if released and not connection.pending_events():  # else its report may just be on its way
                chord.forget(released)
        steps = {
            (False, True): chord.key_down,
            (False, False): chord.key_up,
            (True, True): chord.button_down,
            (True, False): chord.button_up,
        }
        self._tell(steps[raw.is_button, raw.is_down](raw.detail, at_ms))

    def is_missed(self, connection: Any) -> bool:
        """Whether it is held by what was reported, but not in truth."""
        return self.is_held and self._chord.is_missed(*self._truth(connection))

    def check(self, connection: Any) -> None:
        """Find a release that nobody reported."""
        if self.is_held:
            self._tell(self._chord.check(*self._truth(connection)))

    def _truth(self, connection: Any) -> tuple[frozenset[int], bool, float]:
        button = self._codes.button
        is_button_down = button is not None and x11.is_button_held(connection, button)
        return x11.held_codes(connection), is_button_down, x11.now_ms()

    def _tell(self, facts: list[KeyEvent]) -> None:
        for fact in facts:
            if not self._shortcut:
                self._emit(fact)
            elif isinstance(fact, KeyPressed):
                self._emit(ShortcutPressed(self._shortcut, fact.at_ms))

    def _missing(self) -> Problem:
        sentence = f"This keyboard has no key named {self.key.name}."
        if self._shortcut:
            return Problem("shortcut-missing", sentence, "Choose another key for it in the settings.")
        return Problem("hotkey-missing", sentence, "Choose another dictation key in the settings.")
