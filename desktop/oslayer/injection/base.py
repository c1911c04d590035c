"""What every way of putting text into another program's window looks like from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from desktop.core.events import TargetWindow, TextLanded, TextRefused
from desktop.oslayer.hotkeys.keys import Key

InjectionEvent = TextLanded | TextRefused
EmitInjection = Callable[[InjectionEvent], None]


@dataclass(frozen=True, slots=True)
class InjectionRules:
    """What may be done to get the text there; one value for each request.

    ``may_paste``/``may_type`` allow the methods; with neither, the text only goes to the clipboard.
    ``newlines_in_terminals``: a newline runs a command there, hence spaces unless allowed.
    ``restores_clipboard``: afterwards it holds again what it held before; otherwise the text stays on it.
    """

    may_paste: bool = True
    may_type: bool = True
    newlines_in_terminals: bool = False
    restores_clipboard: bool = True
    receipt_deadline_ms: int = 700
    modifier_deadline_ms: int = 1000


DEFAULT_RULES = InjectionRules()


class TextInjector(Protocol):
    """Puts text into the focused window. All methods may be called from any thread.

    Every ``insert`` is answered by exactly one ``TextLanded`` or ``TextRefused``, given to the
    callback of construction on the thread "injector".
    """

    def start(self) -> None:
        """Begin; a failure is told in the answer to each request."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop and wait for the thread. What the clipboard held in our name goes with it."""

    def set_hotkey(self, key: Key) -> None:
        """Never insert while this key is held."""

    def prepare(self) -> None:
        """Call at key-down: save what the clipboard holds while the user speaks, to be quick later."""

    def insert(
        self,
        dictation_id: int,
        text: str,
        target: TargetWindow | None,
        rules: InjectionRules = DEFAULT_RULES,
    ) -> None:
        """Put ``text`` into ``target`` if it still has the focus, else onto the clipboard."""
