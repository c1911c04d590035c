"""Whether the keys of an X11 session can be observed, as ``doctor`` tells it."""

from __future__ import annotations

from desktop.oslayer import x11
from desktop.oslayer.hotkeys.x11_wire import select_raw_input
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind


def report(session: DesktopSession) -> BackendReport:
    """What ``doctor`` says about this way of observing the key."""
    is_compatible = session.kind is SessionKind.X11
    remedy = "" if is_compatible else "Observing keys needs an X11 session."
    is_installed = is_compatible and _has_raw_input(session)
    return BackendReport("X11 keys (XInput 2)", is_compatible, is_installed, remedy)


def _has_raw_input(session: DesktopSession) -> bool:
    try:
        connection = x11.open_display(session.display)
    except x11.XServerError:
        return False
    try:
        select_raw_input(connection)
    except x11.XServerError:
        return False
    finally:
        x11.close_display(connection)
    return True
