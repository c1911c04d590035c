"""The last resort: the text stays on the clipboard and the user pastes it (X11)."""

from __future__ import annotations

from desktop.oslayer.injection.saved import SavedSelections
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind


def report(session: DesktopSession) -> BackendReport:
    """What ``doctor`` says about it: any X server can."""
    is_x11 = session.kind is SessionKind.X11
    return BackendReport("Clipboard only (X11)", is_x11, is_x11, "" if is_x11 else "Needs an X11 session.")


def leave(saved: SavedSelections, text: str) -> bool:
    """Leave ``text`` on CLIPBOARD and PRIMARY; ``False`` when another program holds them."""
    is_there = saved.lend(text)
    saved.keep()
    return is_there
