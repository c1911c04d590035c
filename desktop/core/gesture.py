"""What a key means: hold, toggle, double tap to lock, Escape to cancel.

Facts of the keyboard in, intents out. The keyboard delivers real presses and releases, but not
only good ones: contacts bounce, a modifier is also used for shortcuts, a key is brushed by
accident. All of that is decided here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.core.events import (
    CancelKeyPressed,
    KeyEvent,
    KeyPressed,
    KeyReleased,
    OtherKeyPressed,
    TimePassed,
)


class Intent(StrEnum):
    """What the user wants of the dictation."""

    START = "start"
    STOP = "stop"
    CANCEL = "cancel"
    LOCK = "lock"


class HotkeyMode(StrEnum):
    """``hold``: listen while down. ``toggle``: one press starts, the next stops."""

    HOLD = "hold"
    TOGGLE = "toggle"


@dataclass(frozen=True, slots=True)
class GestureSettings:
    """Times in ms. ``tap_ms``: a shorter hold is a tap, not speech."""

    mode: HotkeyMode = HotkeyMode.HOLD
    tap_ms: float = 250.0
    double_tap_ms: float = 350.0
    double_tap_locks: bool = True
    bounce_ms: float = 30.0
    shortcut_ms: float = 600.0


class _State(StrEnum):
    IDLE = "idle"
    HELD = "held"
    TAPPED = "tapped"  # released after a tap; a second press would lock, silence cancels
    LOCKED = "locked"


class HotkeyGesture:
    """Key facts in, intents out. Pure: its only clock is the time inside the events.

    >>> gesture = HotkeyGesture(GestureSettings())
    >>> gesture.handle(KeyPressed("Right Ctrl", 0.0))
    [<Intent.START: 'start'>]
    >>> gesture.handle(KeyReleased("Right Ctrl", 900.0))
    [<Intent.STOP: 'stop'>]
    """

    def __init__(self, settings: GestureSettings) -> None:
        self._settings = settings
        self._state = _State.IDLE
        self._pressed_ms = 0.0
        self._released_ms = float("-inf")

    @property
    def wants_time(self) -> bool:
        """True while a ``TimePassed`` may change something."""
        return self._state is _State.TAPPED

    def handle(self, event: KeyEvent | TimePassed) -> list[Intent]:
        """Intents that follow from ``event``, in order."""
        match event:
            case KeyPressed():
                return self._pressed(event.at_ms)
            case KeyReleased():
                return self._released(event.at_ms)
            case OtherKeyPressed():
                return self._other_key(event.at_ms)
            case CancelKeyPressed():
                return self._cancelled()
            case TimePassed():
                return self._time_passed(event.now_ms)

    def configure(self, settings: GestureSettings) -> None:
        """Use other settings; a key that is down now keeps its meaning until it is up."""
        self._settings = settings

    def started_elsewhere(self) -> None:
        """A dictation began without the key (tray, command line): the next press ends it, Escape cancels."""
        self._state, self._pressed_ms = _State.LOCKED, float("-inf")

    def ended_elsewhere(self) -> None:
        """The dictation ended without the key (tray, command line, longest time)."""
        self._state = _State.IDLE

    def _pressed(self, at_ms: float) -> list[Intent]:
        if self._state is _State.HELD:
            return []
        if at_ms - self._released_ms < self._settings.bounce_ms:
            if self._state is _State.TAPPED:  # the release was the bounce: the key is held
                self._state = _State.HELD
            return []
        if self._state is _State.LOCKED:
            self._state = _State.IDLE
            return [Intent.STOP]
        if self._state is _State.TAPPED:
            self._state = _State.LOCKED
            return [Intent.LOCK]
        self._pressed_ms = at_ms
        self._state = _State.LOCKED if self._settings.mode is HotkeyMode.TOGGLE else _State.HELD
        return [Intent.START]

    def _released(self, at_ms: float) -> list[Intent]:
        self._released_ms = at_ms
        if self._state is not _State.HELD:
            return []
        if at_ms - self._pressed_ms >= self._settings.tap_ms:
            self._state = _State.IDLE
            return [Intent.STOP]
        if self._settings.double_tap_locks:
            self._state = _State.TAPPED
            return []
        return self._cancelled()

    def _other_key(self, at_ms: float) -> list[Intent]:
        """Right Ctrl + C is a shortcut, not speech; later on it may be a hand resting somewhere."""
        has_just_begun = at_ms - self._pressed_ms < self._settings.shortcut_ms
        is_down = self._released_ms < self._pressed_ms  # since the press that began it, in both modes
        return self._cancelled() if has_just_begun and is_down else []

    def _cancelled(self) -> list[Intent]:
        if self._state is _State.IDLE:
            return []
        self._state = _State.IDLE
        return [Intent.CANCEL]

    def _time_passed(self, now_ms: float) -> list[Intent]:
        if self._state is _State.TAPPED and now_ms - self._released_ms > self._settings.double_tap_ms:
            return self._cancelled()
        return []
