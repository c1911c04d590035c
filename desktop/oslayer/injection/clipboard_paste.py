"""Pasting with a receipt: offer the text, press Shift+Insert, see the target take it (X11)."""

from __future__ import annotations

from enum import StrEnum

from Xlib import X, Xatom

from desktop.core.events import TargetWindow
from desktop.oslayer import x11
from desktop.oslayer.injection.keyboard import Keyboard
from desktop.oslayer.injection.offer import TEXT_TARGETS
from desktop.oslayer.injection.owner import SelectionOwner, Serving
from desktop.oslayer.injection.ping import Ping
from desktop.oslayer.injection.port import XPort
from desktop.oslayer.injection.processes import hands_keys_on
from desktop.oslayer.injection.saved import SavedSelections
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind

HISTORIES_S = 0.010
"""Clipboard histories read as soon as the owner changes: let them, before the keys."""
UNDELETED_MS = 60.0
"""Some programs read the text and leave the property; being served so long ago is a receipt too."""
AFTER_PONG_S = 0.25
"""A toolkit with an input method may treat keys a little later than pings."""
BUSY_S = 3.0
QUIET_MS, LONGEST_QUIET_S = 80.0, 1.0
"""Before giving the clipboard back: some programs ask twice."""


class PasteOutcome(StrEnum):
    """What became of a paste."""

    TAKEN = "taken"
    IGNORED = "ignored"  # the window has seen the keys and did not ask for the text
    UNCERTAIN = "uncertain"  # it did not ask, and cannot be asked whether it saw the keys
    BUSY = "busy"  # it does not respond: it may still paste later
    CLIPBOARD_TAKEN = "clipboard-taken"
    COPIED = "copied"  # a clipboard tool answers in our place: it may have been pasted, or not
    NO_KEYS = "no-keys"


def report(session: DesktopSession) -> BackendReport:
    """What ``doctor`` says about it."""
    is_x11 = session.kind is SessionKind.X11
    remedy = "" if is_x11 else "Needs an X11 session."
    return BackendReport("Paste with receipt (X11)", is_x11, is_x11 and _has_xtest(session), remedy)


def _has_xtest(session: DesktopSession) -> bool:
    try:
        connection = x11.open_display(session.display)
    except x11.XServerError:
        return False
    has_xtest = bool(connection.has_extension("XTEST"))
    x11.close_display(connection)
    return has_xtest


class ClipboardPaste:
    """Pastes into the focused window. Belongs to the thread of its port."""

    def __init__(
        self, port: XPort, owner: SelectionOwner, saved: SavedSelections, keyboard: Keyboard
    ) -> None:
        self._port, self._owner, self._saved, self._keyboard = port, owner, saved, keyboard
        self._texts = {port.atom(name) for name in TEXT_TARGETS}

    def paste(self, text: str, target: TargetWindow, deadline_s: float) -> PasteOutcome:
        """Paste ``text``; the caller has checked focus and keys, and gives the clipboard back."""
        if not self._saved.lend(text, with_primary=not self._has_selection(target)):
            return PasteOutcome.CLIPBOARD_TAKEN
        self._port.pump(HISTORIES_S)
        if not self._saved.is_lent() and not self._saved.is_copied():
            return PasteOutcome.CLIPBOARD_TAKEN
        self._owner.servings.clear()
        if not self._keyboard.press_paste_chord():
            return PasteOutcome.NO_KEYS
        with Ping(self._port, target.window_id) as ping:
            return self._await_receipt(target, deadline_s, ping)

    def _has_selection(self, target: TargetWindow) -> bool:
        """Whether the text is to replace a selection there: GTK drops it with the ownership of PRIMARY.

        Terminals paste PRIMARY, also those in programs made of a browser, which keep their selection.
        """
        owner = self._port.connection.get_selection_owner(Xatom.PRIMARY)
        if target.is_terminal or owner == X.NONE or not self._is_of(owner.id, target):
            return False
        return not hands_keys_on(x11.pid_of(self._port.connection, target.window_id))

    def await_quiet(self) -> None:
        """Return when the target asks for no more, so that the clipboard can be given back."""
        self._port.pump(LONGEST_QUIET_S, self._is_quiet)

    def _await_receipt(self, target: TargetWindow, deadline_s: float, ping: Ping) -> PasteOutcome:
        def is_taken() -> bool:
            return self._is_taken(target)

        self._port.pump(deadline_s, lambda: is_taken() or self._saved.is_gone())
        if is_taken() or (self._saved.is_gone() and self._port.pump(AFTER_PONG_S, is_taken)):
            return PasteOutcome.TAKEN
        if not self._saved.is_lent():
            return self._not_seen()
        if not ping.is_understood:
            return PasteOutcome.UNCERTAIN
        self._port.pump(BUSY_S, lambda: is_taken() or ping.is_answered)
        self._port.pump(AFTER_PONG_S, is_taken)
        # A program that has begun to read gets its time.
        self._port.pump(BUSY_S, lambda: is_taken() or not self._asked(target))
        if is_taken():
            return PasteOutcome.TAKEN
        if not self._saved.is_lent():
            return self._not_seen()
        return PasteOutcome.IGNORED if ping.is_answered else PasteOutcome.BUSY

    def _not_seen(self) -> PasteOutcome:
        """The clipboard is not ours any more: who pastes asks somebody else."""
        return PasteOutcome.COPIED if self._saved.is_copied() else PasteOutcome.CLIPBOARD_TAKEN

    def _asked(self, target: TargetWindow) -> list[Serving]:
        """The target's own requests for the text since the keys; clipboard histories do not count."""
        return [
            serving
            for serving in self._owner.servings
            if serving.target in self._texts and self._is_of(serving.requestor_id, target)
        ]

    def _is_taken(self, target: TargetWindow) -> bool:
        now = x11.now_ms()
        return any(
            serving.taken_ms is not None
            or (not self._owner.is_sending(serving) and now - serving.served_ms > UNDELETED_MS)
            for serving in self._asked(target)
        )

    def _is_of(self, requestor_id: int, target: TargetWindow) -> bool:
        connection = self._port.connection
        windows = (target.window_id, target.focus_id)
        if x11.client_of(connection, requestor_id) in {x11.client_of(connection, one) for one in windows}:
            return True
        # One program may use several connections.
        pid = x11.pid_of(connection, requestor_id)
        return pid is not None and pid == x11.pid_of(connection, target.window_id)

    def _is_quiet(self) -> bool:
        last_ms = max((serving.served_ms for serving in self._owner.servings), default=0.0)
        return not self._owner.is_transferring and x11.now_ms() - last_ms > QUIET_MS
