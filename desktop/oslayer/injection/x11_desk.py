"""One insertion after the other on one X connection: checks, paste, typing, clipboard, giving back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from Xlib.error import XError

from audio.events import Problem
from desktop.core.events import TargetWindow, TextLanded, TextRefused
from desktop.oslayer import x11
from desktop.oslayer.focus import focused_window
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.injection import clipboard_only, problems
from desktop.oslayer.injection.base import InjectionEvent, InjectionRules
from desktop.oslayer.injection.clipboard_paste import ClipboardPaste, PasteOutcome
from desktop.oslayer.injection.keyboard import Keyboard
from desktop.oslayer.injection.owner import SelectionOwner
from desktop.oslayer.injection.port import XPort
from desktop.oslayer.injection.processes import hands_keys_on
from desktop.oslayer.injection.reader import SelectionReader
from desktop.oslayer.injection.safe_text import safe_text
from desktop.oslayer.injection.saved import SavedSelections
from desktop.oslayer.injection.xtest_typing import type_text

HAND_OVER_S = 1.0
LONGEST_SPEECH_S = 600.0
"""A dictation key that is "held" for longer is stuck."""
NEVER_MS = float("inf")
AFTER_TYPING_MS = 2000.0
"""After typing, our text stays on the clipboard so long: a late paste must not bring up the old one."""

REFUSALS = {
    PasteOutcome.IGNORED: problems.PASTE_IGNORED,
    PasteOutcome.UNCERTAIN: problems.PASTE_IGNORED,
    PasteOutcome.NO_KEYS: problems.PASTE_IGNORED,
    PasteOutcome.BUSY: problems.WINDOW_BUSY,
    PasteOutcome.CLIPBOARD_TAKEN: problems.CLIPBOARD_TAKEN,
    PasteOutcome.COPIED: problems.CLIPBOARD_COPIED,
}


@dataclass(frozen=True, slots=True)
class Insertion:
    """A request: ``text`` for ``target``, asked at ``asked_ms``."""

    dictation_id: int
    text: str
    target: TargetWindow | None
    rules: InjectionRules
    asked_ms: float

    def landed(self, method: str, notice: Problem | None = None) -> TextLanded:
        """The answer of success, timed now."""
        return TextLanded(self.dictation_id, method, x11.now_ms() - self.asked_ms, notice)

    def refused(self, problem: Problem, on_clipboard: bool) -> TextRefused:
        """The answer of failure."""
        return TextRefused(self.dictation_id, problem, on_clipboard)


class X11Desk:
    """Everything injection has on one connection; thrown away as a whole when that breaks.

    Raises ``x11.XServerError`` at construction, and the connection's errors everywhere.
    """

    def __init__(self, display_name: str | None, is_given_up: Callable[[], bool] = lambda: False) -> None:
        self._is_given_up = is_given_up
        self.port = XPort(display_name)
        owner = SelectionOwner(self.port)
        self._keyboard = Keyboard(self.port)
        self._saved = SavedSelections(self.port, owner, SelectionReader(self.port))
        self._pasting = ClipboardPaste(self.port, owner, self._saved, self._keyboard)
        self._is_quiet_due = False
        self._keeps_text = False
        self.restore_at_ms = NEVER_MS

    def save(self) -> None:
        """Save what the user has on the clipboard."""
        self.restore()
        self._saved.save()

    def restore(self) -> None:
        """Give the user's clipboard back, unless the text is to stay on it."""
        self.restore_at_ms = NEVER_MS
        if self._keeps_text:
            self._keeps_text = False
            self._saved.keep()
        else:
            self._saved.restore()

    def settle(self) -> None:
        """After an answer was told: give the clipboard back as soon as the target needs it no more."""
        if self._is_quiet_due:
            self._is_quiet_due = False
            self._pasting.await_quiet()
            self.restore()

    def close(self) -> None:
        """Leave; the user's clipboard stays if a clipboard manager runs."""
        self.restore()
        self._saved.hand_over(HAND_OVER_S)
        self.port.close()

    def insert(self, request: Insertion, hotkey: Key | None) -> InjectionEvent:
        """Do it and tell how it went; ``settle`` must follow."""
        rules, target = request.rules, request.target
        text = safe_text(request.text, target, rules.newlines_in_terminals)
        if not text:
            return request.refused(problems.NO_TEXT, False)
        self.save()
        if not (rules.may_paste or rules.may_type):
            is_there = clipboard_only.leave(self._saved, text)
            return (
                request.landed("clipboard") if is_there else request.refused(problems.CLIPBOARD_TAKEN, False)
            )
        problem = self._obstacle(target)
        if problem is not None or target is None:
            return self._leave(request, text, problem or problems.NO_WINDOW)
        self._keeps_text = not rules.restores_clipboard
        notice = self._free_keys(hotkey, rules.modifier_deadline_ms / 1000.0)
        problem = problems.KEYS_HELD if self._keyboard.blocking(hotkey) else self._obstacle(target)
        if problem is not None:
            return self._leave(request, text, problem)
        return self._put(request, text, target, notice)

    def _obstacle(self, target: TargetWindow | None) -> Problem | None:
        """Why nothing may be sent to the focused window now."""
        if target is None:
            return problems.NO_WINDOW
        try:
            focused = focused_window(self.port.connection)
        except XError:  # it was closed while we asked about it
            focused = None
        if focused is not None and (focused.window_id, focused.focus_id) == (
            target.window_id,
            target.focus_id,
        ):
            return None
        is_there = x11.is_window(self.port.connection, target.window_id)
        return problems.WINDOW_CHANGED if is_there else problems.WINDOW_CLOSED

    def _free_keys(self, hotkey: Key | None, timeout_s: float) -> Problem | None:
        """Wait for the user to let go of all keys; let stuck ones go, which is told.

        Who speaks already again is waited for: their key must not be let go in the middle of a word.
        """
        if hotkey is not None:
            self._keyboard.wait_for_speaker(hotkey, LONGEST_SPEECH_S, self._is_given_up)
        if self._is_given_up() or self._keyboard.wait_released(hotkey, timeout_s):
            return None
        self._keyboard.release(self._keyboard.blocking(hotkey))
        return problems.KEYS_RELEASED

    def _put(
        self, request: Insertion, text: str, target: TargetWindow, notice: Problem | None
    ) -> InjectionEvent:
        outcome = PasteOutcome.IGNORED
        if request.rules.may_paste:
            outcome = self._pasting.paste(text, target, request.rules.receipt_deadline_ms / 1000.0)
        if self._saved.is_lost and not self._keeps_text:
            notice = notice or problems.CLIPBOARD_LOST
        if outcome is PasteOutcome.TAKEN:
            self._is_quiet_due = True
            return request.landed("paste", notice)
        if self._may_type(request, target, outcome) and type_text(self._keyboard, text):
            self.restore_at_ms = x11.now_ms() + AFTER_TYPING_MS
            return request.landed("typing", notice)
        if outcome in (PasteOutcome.CLIPBOARD_TAKEN, PasteOutcome.COPIED):
            self._saved.keep()
            return request.refused(REFUSALS[outcome], outcome is PasteOutcome.COPIED)
        return self._leave(request, text, REFUSALS[outcome])

    def _may_type(self, request: Insertion, target: TargetWindow, outcome: PasteOutcome) -> bool:
        """Typing is safe when the paste keys surely had no effect and the window is still the one.

        A window that cannot be asked (``UNCERTAIN``) may paste late: a terminal would then run
        or show everything twice, so there the user decides. Browsers are never typed into.
        """
        is_sure = outcome in (PasteOutcome.IGNORED, PasteOutcome.NO_KEYS)
        is_harmless = outcome is PasteOutcome.UNCERTAIN and not target.is_terminal
        if not request.rules.may_type or not (is_sure or is_harmless):
            return False
        pid = x11.pid_of(self.port.connection, target.window_id)
        return not (hands_keys_on(pid) or self._keyboard.is_grabbed() or self._obstacle(target))

    def _leave(self, request: Insertion, text: str, problem: Problem) -> TextRefused:
        is_there = clipboard_only.leave(self._saved, text)
        return request.refused(problem if is_there else problems.CLIPBOARD_TAKEN, is_there)
