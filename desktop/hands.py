"""Keyboard and clipboard of this session, or an honest word where there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audio.events import Problem
from desktop.core.events import HotkeyFailed, TargetWindow, TextRefused
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.injection.base import InjectionRules, TextInjector

Post = Callable[[object], None]

NO_INJECTION = Problem(
    "injection-unavailable",
    "Text cannot be put into other windows in this session.",
    "The text is in the history of the tray menu; a click copies it.",
)
NO_HOTKEY = Problem(
    "hotkey-unavailable",
    "The dictation key cannot be observed in this session.",
    "Bind a key of your desktop to the commands: plosive press, plosive release. plosive doctor shows how.",
)


_USUAL_RULES = InjectionRules()


class NoInjector:
    """Where no way of inserting exists: every request is refused at once, with the remedy."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def start(self) -> None:
        """Nothing to start."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """Nothing to stop."""

    def set_hotkey(self, key: Key) -> None:
        """No key matters."""

    def prepare(self) -> None:
        """Nothing to save."""

    def insert(
        self,
        dictation_id: int,
        text: str,
        target: TargetWindow | None,
        rules: InjectionRules = _USUAL_RULES,
    ) -> None:
        """Refuse; the session keeps text and sound."""
        self._post(TextRefused(dictation_id, NO_INJECTION, on_clipboard=False))


class NoHotkey:
    """Where keys cannot be observed: said once, then only the command line and the tray start."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def start(self) -> None:
        """Tell."""
        self._post(HotkeyFailed(NO_HOTKEY))

    def stop(self, timeout_s: float = 2.0) -> None:
        """Nothing to stop."""

    def watch_cancel(self, is_watched: bool) -> None:
        """There is no key to watch."""

    def set_key(self, key: Key) -> None:
        """There is no key to observe."""

    def set_shortcuts(self, shortcuts: Mapping[str, Key]) -> None:
        """Nor any other."""

    def set_swallowed(self, is_swallowed: bool) -> None:
        """Nothing is kept from anybody."""


class Hands:
    """The injector with the rules of the settings."""

    def __init__(self, injector: TextInjector, rules: Callable[[], InjectionRules]) -> None:
        self._injector = injector
        self._rules = rules

    def prepare(self) -> None:
        """Save what the clipboard holds."""
        self._injector.prepare()

    def insert(self, dictation_id: int, text: str, target: TargetWindow | None) -> None:
        """Put ``text`` into ``target``."""
        self._injector.insert(dictation_id, text, target, self._rules())
