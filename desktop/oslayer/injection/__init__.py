"""Putting text into other programs' windows: verified, or left on the clipboard and told."""

from __future__ import annotations

from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.injection.base import EmitInjection, InjectionEvent, InjectionRules, TextInjector
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind

__all__ = ["EmitInjection", "InjectionEvent", "InjectionRules", "TextInjector", "create_injector", "reports"]


def create_injector(
    session: DesktopSession, emit: EmitInjection, *, hotkey: Key | None = None
) -> TextInjector | None:
    """The injector of this session; ``None`` where there is no way (see ``reports``)."""
    if session.kind is SessionKind.X11:
        from desktop.oslayer.injection.x11_injector import X11Injector

        return X11Injector(emit, hotkey=hotkey, display_name=session.display)
    return None


def reports(session: DesktopSession) -> list[BackendReport]:
    """Every way of inserting text, as ``doctor`` prints it; the first usable one is used first."""
    if session.kind is not SessionKind.X11:
        return []
    from desktop.oslayer.injection import clipboard_only, clipboard_paste, xtest_typing

    return [module.report(session) for module in (clipboard_paste, xtest_typing, clipboard_only)]
