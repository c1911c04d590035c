"""A private D-Bus bus, and services on it played by the test: logind and Feral's GameMode."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

LOGIND_PATH = "/org/freedesktop/login1"
SESSION_PATH = "/org/freedesktop/login1/session/_31"
GAMEMODE = "com.feralinteractive.GameMode"
GAMEMODE_PATH = "/com/feralinteractive/GameMode"
_Value = TypeVar("_Value")


class PrivateBus:
    """A ``dbus-daemon`` of our own; skips the test where there is none."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("dbus-daemon") is None:
            pytest.skip("no dbus-daemon")
        self._socket = folder / "bus"

    def __enter__(self) -> Self:
        self.address = f"unix:path={self._socket}"
        self._daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={self.address}"],
            stdout=subprocess.PIPE,
        )
        assert self._daemon.stdout is not None
        ready, _, _ = select.select([self._daemon.stdout], [], [], 10.0)
        assert ready, "dbus-daemon does not start"
        self._daemon.stdout.readline()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """The bus is gone, as after a crash of the session."""
        if self._daemon.poll() is None:
            self._daemon.kill()
        self._daemon.wait(5)
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()
        self._socket.unlink(missing_ok=True)


class MockService:
    """A service on a thread of its own. ``answer`` says what a method call returns: signature, body, fds."""

    def __init__(self, address: str, name: str) -> None:
        self._address, self._name = address, name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"mock-{name}", daemon=True)
        self._thread.start()
        self._bus: MessageBus = self._do(self._connect())

    def answer(self, message: Message) -> tuple[str, list[Any], list[int]] | None:
        """``None``: an error, as of a service that does not know the method."""
        raise NotImplementedError

    def emit(self, path: str, member: str, signature: str, body: list[Any]) -> None:
        """Send the signal ``interface.member``."""
        interface, _, name = member.rpartition(".")
        signal = Message.new_signal(path, interface, name, signature, body)
        self._do(self._send(signal))

    def close(self) -> None:
        """Leave the bus."""
        self._do(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _do(self, work: Coroutine[Any, Any, _Value]) -> _Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _connect(self) -> MessageBus:
        bus = await MessageBus(self._address, negotiate_unix_fd=True).connect()
        bus.add_message_handler(self._on_message)
        await bus.request_name(self._name)
        return bus

    async def _send(self, message: Message) -> None:
        await self._bus.send(message)

    async def _hang_up(self) -> None:
        self._bus.disconnect()

    def _on_message(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.path == "/org/freedesktop/DBus":
            return None
        found = self.answer(message)
        if found is None:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "unknown")
        signature, body, fds = found
        return Message.new_method_return(message, signature, body, fds)


class MockLogind(MockService):
    """Delay inhibitors as pipes: ``is_braked`` tells whether the latest one is still held."""

    def __init__(self, address: str, *, knows_session: bool = True) -> None:
        self._knows_session = knows_session
        self._read_fd, self._write_fd = -1, -1
        self.wishes: list[list[Any]] = []
        super().__init__(address, "org.freedesktop.login1")

    def answer(self, message: Message) -> tuple[str, list[Any], list[int]] | None:
        if message.member == "Inhibit":
            self.wishes.append(message.body)
            self._close()
            self._read_fd, self._write_fd = os.pipe()
            return "h", [0], [self._write_fd]
        if message.member == "GetSession" and self._knows_session:
            return "o", [SESSION_PATH], []
        return None

    def is_braked(self) -> bool:
        """Whether somebody holds the inhibitor: the pipe has no writer otherwise."""
        if self._write_fd >= 0:  # our own copy went out with the answer
            os.close(self._write_fd)
            self._write_fd = -1
        if self._read_fd < 0:
            return False
        readable, _, _ = select.select([self._read_fd], [], [], 0)
        return not readable

    def prepare_for_sleep(self, is_beginning: bool) -> None:
        self.emit(LOGIND_PATH, "org.freedesktop.login1.Manager.PrepareForSleep", "b", [is_beginning])

    def lock(self, path: str = SESSION_PATH) -> None:
        self.emit(path, "org.freedesktop.login1.Session.Lock", "", [])

    def hint(self, is_locked: bool) -> None:
        changed = {"LockedHint": Variant("b", is_locked)}
        body = ["org.freedesktop.login1.Session", changed, []]
        self.emit(SESSION_PATH, "org.freedesktop.DBus.Properties.PropertiesChanged", "sa{sv}as", body)

    def close(self) -> None:
        super().close()
        self._close()

    def _close(self) -> None:
        for fd in (self._read_fd, self._write_fd):
            if fd >= 0:
                os.close(fd)
        self._read_fd = self._write_fd = -1


class MockGameMode(MockService):
    """The daemon: ``play`` registers a game, ``quit_game`` lets it go."""

    def __init__(self, address: str, clients: int = 0) -> None:
        self.clients = clients
        super().__init__(address, GAMEMODE)

    def answer(self, message: Message) -> tuple[str, list[Any], list[int]] | None:
        if message.member == "Get" and message.body == [GAMEMODE, "ClientCount"]:
            return "v", [Variant("i", self.clients)], []
        return None

    def play(self) -> None:
        self.clients += 1
        self.emit(GAMEMODE_PATH, f"{GAMEMODE}.GameRegistered", "io", [4242, f"{GAMEMODE_PATH}/Games/4242"])

    def quit_game(self) -> None:
        self.clients -= 1
        self.emit(GAMEMODE_PATH, f"{GAMEMODE}.GameUnregistered", "io", [4242, f"{GAMEMODE_PATH}/Games/4242"])


def eventually(is_true: Callable[[], bool], what: str, deadline_s: float = 5.0) -> None:
    """Wait for something that no event tells."""
    waiter = threading.Event()
    for _ in range(int(deadline_s / 0.01)):
        if is_true():
            return
        waiter.wait(0.01)
    raise AssertionError(f"never: {what}")


class MockNotifications(MockService):
    """The desktop's notifications; ``told`` is what was shown: title and text."""

    def __init__(self, address: str) -> None:
        self.told: list[str] = []
        super().__init__(address, "org.freedesktop.Notifications")

    def answer(self, message: Message) -> tuple[str, list[Any], list[int]] | None:
        match message.member:
            case "Notify":
                self.told.append(f"{message.body[3]} {message.body[4]}".strip())
                return "u", [len(self.told)], []
            case "GetCapabilities":
                return "as", [["body"]], []
            case "GetServerInformation":
                return "ssss", ["mock", "mock", "1", "1.2"], []
        return None


class MockSettingsPortal(MockService):
    """The desktop's settings as a portal tells them: ``values`` by namespace and key."""

    def __init__(self, address: str, values: dict[tuple[str, str], Variant]) -> None:
        self.values = values
        super().__init__(address, "org.freedesktop.portal.Desktop")

    def answer(self, message: Message) -> tuple[str, list[Any], list[int]] | None:
        if message.member != "Read" or tuple(message.body) not in self.values:
            return None
        return "v", [Variant("v", self.values[tuple(message.body)])], []
