"""A tray host of our own on the session bus: takes items in, reads them, clicks their menu by label.

Runs its own event loop in a thread; ``with SniHost(address) as host`` is a tray that appears, leaving is
one that goes. Icons are read as the protocol gives them: (width, height, ARGB bytes). Annotations are
evaluated here, unlike elsewhere: dbus-fast reads signatures from them.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from dbus_fast import Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusInt32, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
WATCHER = "org.kde.StatusNotifierWatcher"
DEADLINE_S = 10.0
T = TypeVar("T")


class Watcher(ServiceInterface):
    """The part of a tray that items register with."""

    def __init__(self) -> None:
        super().__init__(WATCHER)
        self.items: list[tuple[str, float]] = []
        self.senders: dict[str, str] = {}

    @dbus_method()
    def RegisterStatusNotifierItem(self, service: DBusStr) -> None:
        self.items.append((service, time.monotonic()))

    @dbus_method()
    def RegisterStatusNotifierHost(self, service: DBusStr) -> None:
        del service

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> DBusBool:
        return True

    @dbus_property(access=PropertyAccess.READ)
    def ProtocolVersion(self) -> DBusInt32:
        return 0

    @dbus_signal()
    def StatusNotifierHostRegistered(self) -> None:
        """Tells items that a host is there."""


class SniHost:
    """See the module."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sni-host", daemon=True)
        self._watcher = Watcher()
        self.new_icons = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._come())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)

    # --- what a tray knows of the newest item ------------------------------------------------------

    def wait_for_item(self, count: int = 1, within_s: float = DEADLINE_S) -> float:
        """Wait until ``count`` items have registered; returns when the last did (monotonic seconds)."""
        self.wait_until(lambda: len(self._watcher.items) >= count, within_s)
        return self._watcher.items[count - 1][1]

    @property
    def item_count(self) -> int:
        """Registrations since this host appeared."""
        return len(self._watcher.items)

    def property(self, name: str) -> Any:
        """A property of the item."""
        body = self._call("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", "ss", [ITEM, name])
        return body[0].value

    def tooltip(self) -> str:
        """Title and text of the tooltip as a tray shows them."""
        _, _, title, text = self.property("ToolTip")
        return f"{title}\n{text}".strip()

    def pixmaps(self) -> dict[int, bytes]:
        """Side in pixels → ARGB bytes."""
        return {width: data for width, _, data in self.property("IconPixmap")}

    def rows(self) -> list[dict[str, Any]]:
        """Visible rows of the menu, submenus after their row, with ``label``, ``id`` and ``depth``."""
        _, root = self._call("/MenuBar", MENU, "GetLayout", "iias", [0, -1, []])
        return [row for row in flat(root) if row.get("visible", True)]

    def labels(self) -> list[str]:
        """Texts of the visible rows, as a user reads them (``_`` marks of shortcuts taken out)."""
        return [row["label"] for row in self.rows() if row.get("label")]

    def row(self, label: str) -> dict[str, Any]:
        """The visible row with this text."""
        return next(row for row in self.rows() if row.get("label") == label)

    def click(self, label: str) -> None:
        """Click the row with this text."""
        arguments = [self.row(label)["id"], "clicked", Variant("s", ""), 0]
        self._call("/MenuBar", MENU, "Event", "isvu", arguments)

    def activate(self) -> None:
        """Left click on the icon."""
        self._call("/StatusNotifierItem", ITEM, "Activate", "ii", [0, 0])

    def wait_until(self, is_true: Callable[[], bool], within_s: float = DEADLINE_S) -> None:
        """Look every 20 ms."""
        deadline_s = time.monotonic() + within_s
        while not is_true():
            if time.monotonic() > deadline_s:
                raise AssertionError(f"not true within {within_s} s")
            time.sleep(0.02)

    # --- bus ---------------------------------------------------------------------------------------

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_S)

    async def _come(self) -> None:
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.export("/StatusNotifierWatcher", self._watcher)
        self._bus.add_message_handler(self._hear)
        bus, rule = "org.freedesktop.DBus", f"type='signal',interface='{ITEM}'"
        await self._send(bus, "/org/freedesktop/DBus", bus, "AddMatch", "s", [rule])
        await self._bus.request_name(WATCHER)
        await self._bus.request_name("org.kde.StatusNotifierHost-1")
        self._watcher.StatusNotifierHostRegistered()

    async def _go(self) -> None:
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    def _hear(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.member == "NewIcon":
            self.new_icons += 1

    def _call(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        name = self._watcher.items[-1][0]
        return self._do(self._send(name, path, interface, member, signature, body))

    async def _send(
        self, name: str, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> list[Any]:
        message = Message(name, path, interface, member, signature=signature, body=body)
        reply = await self._bus.call(message)
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise AssertionError(f"{interface}.{member}: {reply.body}")
        return list(reply.body)


def flat(node: Any, depth: int = -1) -> list[dict[str, Any]]:
    """A menu's tree as rows, without its root."""
    number, properties, children = node
    row = {name: value.value for name, value in properties.items()} | {"id": number, "depth": depth}
    if "label" in row:
        row["label"] = row["label"].replace("__", "\0").replace("_", "").replace("\0", "_")
    rows = [] if depth < 0 else [row]
    if row.get("visible", True):
        for child in children:
            rows += flat(child.value, depth + 1)
    return rows
