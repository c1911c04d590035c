"""Typing plain ASCII key by key (X11): for windows that ignore pasting. Never Chinese."""

from __future__ import annotations

from desktop.oslayer.injection.keyboard import Keyboard
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind


def report(session: DesktopSession) -> BackendReport:
    """What ``doctor`` says about it; needs the same X extension as pasting."""
    from desktop.oslayer.injection import clipboard_paste

    pasting = clipboard_paste.report(session)
    is_x11 = session.kind is SessionKind.X11
    return BackendReport("Typing of plain ASCII (X11)", is_x11, pasting.is_installed, pasting.remedy)


def type_text(keyboard: Keyboard, text: str) -> bool:
    """Type ``text`` if every character is plain ASCII that the active layout can produce.

    ``False`` means that no key was pressed.
    """
    strokes = keyboard.strokes(text)
    if strokes is None:
        return False
    keyboard.type(strokes)
    return True
