"""Facts told to the core. Immutable; ``now_ms``/``at_ms`` here is monotonic wall time in ms.

Besides these the core takes the events of ``audio.events`` and ``recognizer.events`` as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import Problem

__all__ = ["Problem"]


class Origin(StrEnum):
    """Who asked."""

    HOTKEY = "hotkey"
    COMMAND_LINE = "command-line"
    TRAY = "tray"
    TIMER = "timer"
    THRESHOLD = "threshold"
    SYSTEM = "system"  # suspend, lock, quit


@dataclass(frozen=True, slots=True)
class TargetWindow:
    """The window that had the focus at key-down; text goes there or nowhere.

    ``focus_id`` is the window with the input focus inside ``window_id`` (may be equal to it).
    """

    window_id: int
    focus_id: int
    pid: int | None
    wm_class: str
    is_terminal: bool = False


# --- keys -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The dictation key went down. Auto-repeat never produces one."""

    key: str
    at_ms: float


@dataclass(frozen=True, slots=True)
class KeyReleased:
    """The dictation key went up. ``missed``: the release was not seen but found by polling."""

    key: str
    at_ms: float
    missed: bool = False


@dataclass(frozen=True, slots=True)
class OtherKeyPressed:
    """Any other key went down while the dictation key was held (e.g. Right Ctrl + C)."""

    at_ms: float


@dataclass(frozen=True, slots=True)
class CancelKeyPressed:
    """Escape went down while dictating."""

    at_ms: float


@dataclass(frozen=True, slots=True)
class ShortcutPressed:
    """A further key combination of the user went down; ``name`` is what it stands for."""

    name: str
    at_ms: float


@dataclass(frozen=True, slots=True)
class HotkeyFailed:
    """The key can no longer be observed."""

    problem: Problem


KeyEvent = KeyPressed | KeyReleased | OtherKeyPressed | CancelKeyPressed


# --- dictation --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartRequested:
    """Somebody wants to dictate into ``target`` (``None``: unknown, result goes to the clipboard)."""

    origin: Origin
    now_ms: float
    target: TargetWindow | None


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The user has finished speaking."""

    origin: Origin
    now_ms: float


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """Throw the running dictation away."""

    origin: Origin
    now_ms: float


@dataclass(frozen=True, slots=True)
class DictationLocked:
    """Double tap: listening goes on without the key until the next press."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class RetryRequested:
    """Recognise the kept audio of a failed dictation again."""

    journal_path: str
    now_ms: float
    target: TargetWindow | None


@dataclass(frozen=True, slots=True)
class UtteranceOpened:
    """Speech of dictation ``dictation_id`` began (said by the audio thread)."""

    dictation_id: int
    utterance_id: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class ModelUnavailable:
    """No recognizer will answer: loading failed for good, or the user keeps the model unloaded."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class HolderUnserved:
    """These holders of a lease (``captions``, ``file …``) wait for a model that will not come by itself."""

    holders: tuple[str, ...]
    problem: Problem


@dataclass(frozen=True, slots=True)
class TextLanded:
    """The target fetched the text. ``method``: paste | typing | clipboard."""

    dictation_id: int
    method: str
    took_ms: float
    notice: Problem | None = None  # it landed, but the user should know something


@dataclass(frozen=True, slots=True)
class TextRefused:
    """The text was not put into the target; ``on_clipboard`` tells whether Ctrl+V would."""

    dictation_id: int
    problem: Problem
    on_clipboard: bool


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Time is an event. Posted by a timer while the core has asked for one."""

    now_ms: float
