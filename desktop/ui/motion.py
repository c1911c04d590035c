"""Whether the user wants less motion: the setting, or what the desktop says."""

from __future__ import annotations

import sys
from typing import Any, Final

from PySide6.QtWidgets import QApplication, QStyle

PORTAL: Final = "org.freedesktop.portal.Desktop"
LONGEST_MS: Final = 250
"""A portal that answers later is not waited for: this is asked while the program starts."""
_ASKED: Final = (
    ("org.freedesktop.appearance", "reduced-motion", 1),
    ("org.gnome.desktop.interface", "enable-animations", False),
)
"""Namespace and key of a desktop's setting, and the value that means less motion."""


def is_motion_reduced(wanted: str) -> bool:
    """``wanted`` is the setting: on, off, or auto for what the desktop and its style say."""
    if wanted != "auto":
        return wanted == "on"
    is_style_still = not QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animate)
    return is_style_still or (sys.platform.startswith("linux") and _is_desktop_still())


def _is_desktop_still() -> bool:
    from PySide6.QtDBus import QDBusConnection

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected() or not bus.interface().isServiceRegistered(PORTAL).value():
        return False
    return any(_read(bus, space, key) == still for space, key, still in _ASKED)


def _read(bus: Any, space: str, key: str) -> object:
    """One of the desktop's settings; ``None`` where it is not known."""
    from PySide6.QtDBus import QDBus, QDBusMessage, QDBusVariant

    path, interface = "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings"
    call = QDBusMessage.createMethodCall(PORTAL, path, interface, "Read")
    call.setArguments([space, key])
    answer = bus.call(call, QDBus.CallMode.Block, LONGEST_MS)
    if answer.type() is not QDBusMessage.MessageType.ReplyMessage or not answer.arguments():
        return None
    value: object = answer.arguments()[0]
    while isinstance(value, QDBusVariant):  # Read answers with a variant in a variant
        value = value.variant()
    return value
