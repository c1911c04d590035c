"""What kind of desktop session this is, and what each OS facility says about itself to ``doctor``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SessionKind(StrEnum):
    """Who draws the windows and owns the keyboard."""

    X11 = "x11"
    WAYLAND = "wayland"
    WINDOWS = "windows"
    MACOS = "macos"
    NONE = "none"  # a console, ssh, a service: no windows at all


@dataclass(frozen=True, slots=True)
class DesktopSession:
    """``display`` is ``:0``, ``wayland-0`` or ""; ``desktop`` the lower-case name, e.g. ``kde``.

    ``x_display`` is also set in a Wayland session that offers XWayland.
    """

    kind: SessionKind
    display: str
    x_display: str
    desktop: str


@dataclass(frozen=True, slots=True)
class BackendReport:
    """One way of doing something on this machine, as ``doctor`` prints it.

    ``is_compatible``: makes sense in this session. ``is_installed``: all it needs is there.
    ``remedy``: what to do when not, or "" .
    """

    name: str
    is_compatible: bool
    is_installed: bool
    remedy: str

    @property
    def is_usable(self) -> bool:
        """Whether it would be used now."""
        return self.is_compatible and self.is_installed


def detect_session(
    environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> DesktopSession:
    """Tell the session from the environment (the process's own when ``None``)."""
    env = os.environ if environment is None else environment
    desktop = env.get("XDG_CURRENT_DESKTOP", "").split(":")[-1].lower()
    x_display, wayland = env.get("DISPLAY", ""), env.get("WAYLAND_DISPLAY", "")
    own = {"win32": SessionKind.WINDOWS, "darwin": SessionKind.MACOS}.get(platform)
    if own is not None:
        return DesktopSession(own, "", "", desktop)
    if wayland:
        return DesktopSession(SessionKind.WAYLAND, wayland, x_display, desktop)
    if x_display:
        return DesktopSession(SessionKind.X11, x_display, x_display, desktop)
    return DesktopSession(SessionKind.NONE, "", "", desktop)
