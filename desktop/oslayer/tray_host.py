"""Whether something on this desktop shows tray icons: StatusNotifierItem or the older XEmbed."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind

WATCHER: Final = "org.kde.StatusNotifierWatcher"
NO_HOST: Final = (
    "Plosive opens a small window instead. For an icon: on GNOME install the extension "
    '"AppIndicator and KStatusNotifierItem Support"; elsewhere add a tray to the panel.'
)
BUS_DEADLINE_S: Final = 3.0


def reports(session: DesktopSession) -> list[BackendReport]:
    """Every kind of tray, as ``doctor`` prints it."""
    has_windows = session.kind in {SessionKind.X11, SessionKind.WAYLAND}
    has_bus = has_windows and has_notifier_watcher()
    found = [BackendReport("Tray (StatusNotifierItem)", has_windows, has_bus, "" if has_bus else NO_HOST)]
    if session.x_display:
        has_tray = has_xembed_tray(session.x_display)
        found.append(BackendReport("Tray (XEmbed)", True, has_tray, "" if has_tray else NO_HOST))
    return found


def has_notifier_watcher() -> bool:
    """Whether a tray host answers on the session bus; False without a bus."""
    if "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
        return False
    try:
        return asyncio.run(asyncio.wait_for(_is_name_owned(WATCHER), BUS_DEADLINE_S))
    except Exception:  # noqa: BLE001 - a broken bus raises whatever it likes; for us there is no tray
        return False


async def _is_name_owned(name: str) -> bool:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    bus = await MessageBus().connect()
    try:
        driver, path = "org.freedesktop.DBus", "/org/freedesktop/DBus"
        ask = Message(
            destination=driver, path=path, interface=driver, member="NameHasOwner", signature="s", body=[name]
        )
        answer = await bus.call(ask)
        return answer.body == [True]
    finally:
        bus.disconnect()


def has_xembed_tray(display_name: str) -> bool:
    """Whether some program owns the tray of the X screen."""
    from desktop.oslayer import x11

    try:
        connection = x11.open_display(display_name)
    except x11.XServerError:
        return False
    try:
        atom = connection.intern_atom(f"_NET_SYSTEM_TRAY_S{connection.get_default_screen()}")
        return bool(connection.get_selection_owner(atom))
    finally:
        x11.close_display(connection)
