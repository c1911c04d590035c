"""Suspend, resume and screen lock, told by logind; and a brake until the card is given back.

Before the computer sleeps, CUDA must be gone: a context that slept cannot be repaired, only replaced.
logind waits (``InhibitDelayMaxSec``, 5 s) while somebody holds a *delay* inhibitor, so one is held from
the start, let go by ``allow_sleep`` and taken again after waking. Windows and macOS tell the same
facts by other ways that are not implemented here; then nothing is told.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final

from dbus_fast import BusType, Message

from desktop.core.keep_alive_commands import Resumed, SessionLocked, Suspending
from desktop.oslayer.bus_watch import LOSSES, BusWatch

SERVICE: Final = "org.freedesktop.login1"
_MANAGER_PATH: Final = "/org/freedesktop/login1"
_MANAGER: Final = "org.freedesktop.login1.Manager"
_SESSION: Final = "org.freedesktop.login1.Session"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"

SleepFact = Suspending | Resumed | SessionLocked


class SleepWatch(BusWatch):
    """The thread ``sleep``; ``post`` receives each fact on it."""

    def __init__(
        self,
        post: Callable[[SleepFact], None],
        *,
        address: str | None = None,
        who: str = "Plosive",
        why: str = "give the graphics card back first",
    ) -> None:
        super().__init__("sleep", BusType.SYSTEM, address, needs_fds=True)
        self._post = post
        self._who, self._why = who, why
        self._brake_fd = -1
        self._session_path = ""
        self._is_locked = self._is_sleeping = False
        self.start()

    def allow_sleep(self) -> None:
        """Nothing of ours is on the card any more."""
        self._in_thread(self._release)

    async def connected(self) -> None:
        """Subscribe first, so that a sleep that begins now is not missed."""
        await self._subscribe(f"interface='{_MANAGER}',member='PrepareForSleep'")
        await self._subscribe(f"interface='{_SESSION}',member='Lock'")
        await self._subscribe(f"interface='{_PROPERTIES}',path_namespace='{_MANAGER_PATH}/session'")
        self._later(self._brake())
        self._session_path = await self._find_session()

    def disconnected(self) -> None:
        """logind is gone, so is the sleep it prepared: nobody would tell of its end."""
        self._release()
        if self._is_sleeping:
            self._sleep(is_beginning=False)

    def heard(self, message: Message) -> None:
        """A signal of logind."""
        member, is_ours = message.member, message.path == self._session_path
        if member == "PrepareForSleep" and message.signature == "b":
            self._sleep(is_beginning=bool(message.body[0]))
        elif member == "Lock" and is_ours:
            self._lock()
        elif member == "PropertiesChanged" and is_ours and message.signature == "sa{sv}as":
            self._hint(message.body[1].get("LockedHint"))

    # --- facts ------------------------------------------------------------------------------------

    def _sleep(self, *, is_beginning: bool) -> None:
        now_ms = time.monotonic() * 1000.0
        self._is_sleeping = is_beginning
        self._post(Suspending(now_ms) if is_beginning else Resumed(now_ms))
        if not is_beginning and self._bus is not None:
            self._later(self._brake())

    def _lock(self) -> None:
        """Each ``Lock`` counts: plain lockers (i3lock, xscreensaver) never set the hint back."""
        self._is_locked = True
        self._post(SessionLocked(time.monotonic() * 1000.0))

    def _hint(self, hint: Any) -> None:
        """Desktops set it whoever locked; some lock without being asked by ``Lock``."""
        if hint is None:
            return
        if hint.value and not self._is_locked:
            self._lock()
        self._is_locked = bool(hint.value)

    # --- logind -------------------------------------------------------------------------------------

    async def _find_session(self) -> str:
        """Path of the session we are in; "" when logind knows none (a service, a container)."""
        asked = (("GetSession", "s", os.environ.get("XDG_SESSION_ID", "")), ("GetSessionByPID", "u", 0))
        for member, signature, key in (*asked, ("GetSession", "s", "auto")):
            if key == "":
                continue
            try:
                reply = await self._call(SERVICE, _MANAGER_PATH, f"{_MANAGER}.{member}", signature, key)
            except LOSSES:
                continue
            return str(reply.body[0])
        return ""

    async def _brake(self) -> None:
        if self._brake_fd >= 0:
            return
        wish = ("sleep", self._who, self._why, "delay")
        reply = await self._call(SERVICE, _MANAGER_PATH, f"{_MANAGER}.Inhibit", "ssss", *wish)
        if reply.unix_fds:
            self._release()  # another question may have been answered meanwhile
            self._brake_fd = reply.unix_fds[0]

    def _release(self) -> None:
        if self._brake_fd >= 0:
            os.close(self._brake_fd)
        self._brake_fd = -1
