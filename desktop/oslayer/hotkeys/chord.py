"""Raw keys going down and up -> facts about the dictation key. Pure; its clock is in the calls."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.core.events import CancelKeyPressed, KeyEvent, KeyPressed, KeyReleased, OtherKeyPressed

LONGEST_HOLD_MS = 600_000.0
"""A key "held" longer than this is stuck, not held."""


@dataclass(frozen=True, slots=True)
class ChordCodes:
    """A dictation key in the numbers of one keyboard.

    ``main``: keycodes of the key itself, any of them (empty for a mouse ``button``).
    ``required``: for each modifier the codes that count as it. ``modifiers``: every modifier code
    of the keyboard. ``cancel``: codes of Escape.
    """

    main: frozenset[int]
    required: tuple[frozenset[int], ...]
    modifiers: frozenset[int]
    cancel: frozenset[int]
    button: int | None = None


class Chord:
    """The state of one dictation key.

    Only an exact chord counts: with F9 as the key, Ctrl+F9 is somebody else's shortcut.
    """

    def __init__(self, name: str, codes: ChordCodes) -> None:
        self._name = name
        self._codes = codes
        self._down: set[int] = set()
        self._held_code: int | None = None
        self._pressed_ms = 0.0
        self.is_cancel_watched = False

    @property
    def is_held(self) -> bool:
        """Whether the dictation key is down."""
        return self._held_code is not None

    def key_down(self, code: int, at_ms: float) -> list[KeyEvent]:
        """A key of the keyboard went down; a repetition of one that is down says nothing."""
        is_repeat = code in self._down
        self._down.add(code)
        if is_repeat:
            return []
        if code in self._codes.cancel and self.is_cancel_watched:
            return [CancelKeyPressed(at_ms)]
        if self.is_held:
            return [] if code in self._codes.main else [OtherKeyPressed(at_ms)]
        return self._press(code, at_ms) if code in self._codes.main and self._is_exact(code) else []

    def key_up(self, code: int, at_ms: float) -> list[KeyEvent]:
        """A key of the keyboard went up."""
        self._down.discard(code)
        if self.is_held and (code == self._held_code or not self._has_required()):
            return self._release(at_ms)
        return []

    def button_down(self, button: int, at_ms: float) -> list[KeyEvent]:
        """A mouse button went down."""
        if button != self._codes.button or self.is_held or not self._is_exact(None):
            return []
        return self._press(-button, at_ms)

    def button_up(self, button: int, at_ms: float) -> list[KeyEvent]:
        """A mouse button went up."""
        return self._release(at_ms) if self.is_held and self._held_code == -button else []

    def is_missed(self, really_down: frozenset[int], is_button_down: bool, at_ms: float) -> bool:
        """Whether the held key is not really down any more, by the truth of the keyboard."""
        if not self.is_held or at_ms - self._pressed_ms > LONGEST_HOLD_MS:
            return self.is_held
        is_down = is_button_down if self._codes.button else self._held_code in really_down
        return not is_down or not all(codes & really_down for codes in self._codes.required)

    def check(self, really_down: frozenset[int], is_button_down: bool, at_ms: float) -> list[KeyEvent]:
        """Compare with the truth of the keyboard: finds a release that nobody reported."""
        if not self.is_missed(really_down, is_button_down, at_ms):
            return []
        self._down &= really_down
        return self._release(at_ms, missed=True)

    def foreign_modifiers(self) -> frozenset[int]:
        """Modifiers that are down and no part of the key: a press would not count."""
        own = self._codes.main.union(*self._codes.required)
        return frozenset(self._down & self._codes.modifiers) - own

    def forget(self, codes: frozenset[int]) -> None:
        """These keys are not down any more; their release was missed."""
        self._down -= codes

    def let_go(self, at_ms: float) -> list[KeyEvent]:
        """The keyboard can no longer be observed: a held key counts as released."""
        self._down.clear()
        return self._release(at_ms, missed=True) if self.is_held else []

    def _press(self, code: int, at_ms: float) -> list[KeyEvent]:
        self._held_code, self._pressed_ms = code, at_ms
        return [KeyPressed(self._name, at_ms)]

    def _release(self, at_ms: float, *, missed: bool = False) -> list[KeyEvent]:
        self._held_code = None
        return [KeyReleased(self._name, at_ms, missed)]

    def _has_required(self) -> bool:
        return all(codes & self._down for codes in self._codes.required)

    def _is_exact(self, code: int | None) -> bool:
        allowed = frozenset().union(*self._codes.required) | {code}
        extra = (self._down & self._codes.modifiers) - allowed
        return not extra and self._has_required()
