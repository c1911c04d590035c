"""The dictation key and the shortcuts: their names, and observing them on this desktop."""

from __future__ import annotations

from desktop.oslayer.hotkeys import wayland
from desktop.oslayer.hotkeys.base import EmitHotkey, HotkeyEvent, HotkeyListener
from desktop.oslayer.hotkeys.keys import Key, KeyNameError, parse_key
from desktop.oslayer.hotkeys.shortcuts import read_shortcuts
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind

__all__ = [
    "EmitHotkey",
    "HotkeyEvent",
    "HotkeyListener",
    "Key",
    "KeyNameError",
    "create_listener",
    "parse_key",
    "read_shortcuts",
    "reports",
]


def create_listener(
    session: DesktopSession, key: Key, emit: EmitHotkey, *, is_swallowed: bool = False
) -> HotkeyListener | None:
    """The listener of this session; ``None`` where keys cannot be observed (see ``reports``)."""
    if session.kind is not SessionKind.X11:
        return None
    from desktop.oslayer.hotkeys.x11_listener import X11HotkeyListener

    return X11HotkeyListener(key, emit, display_name=session.display, is_swallowed=is_swallowed)


def reports(session: DesktopSession, key: Key) -> list[BackendReport]:
    """Every way of observing the key, as ``doctor`` prints it."""
    found = [wayland.report(session, key)]
    if session.kind is SessionKind.X11:
        from desktop.oslayer.hotkeys import x11_report

        found.insert(0, x11_report.report(session))
    return found
