"""What every way of observing the user's keys looks like from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from desktop.core.events import HotkeyFailed, KeyEvent, ShortcutPressed
from desktop.oslayer.hotkeys.keys import Key

HotkeyEvent = KeyEvent | ShortcutPressed | HotkeyFailed
EmitHotkey = Callable[[HotkeyEvent], None]


class HotkeyListener(Protocol):
    """Tells when the dictation key goes down and up. All methods may be called from any thread.

    Facts go to the callback given at construction, on the thread "hotkeys".
    """

    def start(self) -> None:
        """Begin to observe; a failure is told as ``HotkeyFailed``, never raised."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop observing and wait for the thread. A held key is told as released first."""

    def set_key(self, key: Key) -> None:
        """Observe another key from now on."""

    def set_shortcuts(self, shortcuts: Mapping[str, Key]) -> None:
        """From now on tell ``ShortcutPressed`` with a name when its key goes down; nothing else of it."""

    def set_swallowed(self, is_swallowed: bool) -> None:
        """Keep all these keys from other programs from now on, or no longer."""

    def watch_cancel(self, is_watched: bool) -> None:
        """Observe Escape, or stop doing so. Off at first."""
