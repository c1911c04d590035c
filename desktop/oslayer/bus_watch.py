"""A named thread that listens to one D-Bus bus: connects, watches signals, connects again after a loss.

The facts differ (``sleep``, ``gamemode``); how to stay connected does not. On a machine without the bus
nothing is told and the thread waits; it looks again after a while, because a bus may come later.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final

from dbus_fast import BusType, Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

CONNECT_S: Final = 5.0
CALL_S: Final = 5.0
RETRY_S: Final = (2.0, 10.0, 60.0)
_DRIVER: Final = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_log = logging.getLogger(__name__)

LOSSES: Final = (OSError, EOFError, DBusError, TimeoutError, RuntimeError, ValueError)
"""What talking to a bus may raise when the bus, or the other side, is not as it should be."""


class BusWatch:
    """Base of one listener. Subclasses say what to do once connected and on each signal.

    Raises nothing; ``stop`` blocks up to its timeout.
    """

    def __init__(
        self, thread_name: str, bus_type: BusType, address: str | None, *, needs_fds: bool = False
    ) -> None:
        self._bus_type, self._address, self._needs_fds = bus_type, address, needs_fds
        self._bus: MessageBus | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopping = threading.Event()
        self._wakes: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name=thread_name, daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Hang up and end the thread."""
        self._is_stopping.set()
        self._in_thread(self._wake)
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    # --- for subclasses ---------------------------------------------------------------------------

    async def connected(self) -> None:
        """Called after each connection: subscribe, ask for the present state."""

    def disconnected(self) -> None:
        """Called after each loss: what was known is not known any more."""

    def heard(self, message: Message) -> None:
        """A signal arrived; must not block. Longer answers go through ``_later``."""

    async def _call(
        self, destination: str, path: str, member: str, signature: str = "", *body: Any
    ) -> Message:
        """Call ``interface.member``; raises one of ``LOSSES``. Never starts a service that does not run."""
        interface, _, name = member.rpartition(".")
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=name,
            signature=signature,
            body=list(body),
            flags=MessageFlag.NO_AUTOSTART,
        )
        if self._bus is None:  # asked for by a signal that was the last before the loss
            raise ConnectionError("the bus is gone")
        reply = await asyncio.wait_for(self._bus.call(message), CALL_S)
        if reply.message_type is MessageType.ERROR:
            raise DBusError(reply.error_name or "org.freedesktop.DBus.Error.Failed", str(reply.body))
        return reply

    async def _subscribe(self, rule: str) -> None:
        await self._call(_DRIVER[0], _DRIVER[1], f"{_DRIVER[2]}.AddMatch", "s", f"type='signal',{rule}")

    def _in_thread(self, action: Callable[[], None]) -> None:
        """Run ``action`` on the listener's thread, if it still listens."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(action)
        except RuntimeError:
            _log.debug("bus: the loop is closed already")

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that waits for answers, from ``heard``."""
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except Exception:  # noqa: BLE001 - the thread ends, the program does not
            _log.exception("bus %s: unexpected", self._thread.name)
        finally:
            self._loop = None

    async def _listen(self) -> None:
        self._loop, self._wakes = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        failures = 0
        while not self._is_stopping.is_set():
            failures = 0 if await self._session() else failures + 1
            if not self._is_stopping.is_set():
                await self._pause(RETRY_S[min(failures, len(RETRY_S)) - 1] if failures else RETRY_S[0])

    async def _session(self) -> bool:
        """One connection from its beginning to its loss; tells whether there was one."""
        bus: MessageBus | None = None
        try:
            bus = MessageBus(self._address, self._bus_type, negotiate_unix_fd=self._needs_fds)
            self._bus = await asyncio.wait_for(bus.connect(), CONNECT_S)
            self._bus.add_message_handler(self._on_message)
            await self.connected()
            await self._until_lost(self._bus)
            return True
        except LOSSES as error:
            _log.info("bus %s: %s", self._thread.name, type(error).__name__)
            return False
        finally:
            self._bus = None
            self.disconnected()
            if bus is not None:
                bus.disconnect()

    async def _until_lost(self, bus: MessageBus) -> None:
        assert self._wakes is not None
        lost = asyncio.ensure_future(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        woken = asyncio.ensure_future(self._wakes.wait())
        try:
            await asyncio.wait((lost, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (lost, woken):
                waiting.cancel()
            await asyncio.gather(lost, woken, return_exceptions=True)

    async def _pause(self, pause_s: float) -> None:
        assert self._wakes is not None
        try:
            await asyncio.wait_for(self._wakes.wait(), pause_s)
        except TimeoutError:
            pass

    def _wake(self) -> None:
        if self._wakes is not None:
            self._wakes.set()

    def _on_message(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL:
            self.heard(message)

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LOSSES as error:
            _log.info("bus %s: %s", self._thread.name, type(error).__name__)
