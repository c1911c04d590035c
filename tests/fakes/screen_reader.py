"""A screen reader without a voice: prints what programs tell the accessibility bus, one JSON line each.

``{"said": …}`` is an announcement, ``{"name": …}`` what an element is called from now on. It is a real
listener of AT-SPI: programs send nothing to a bus where nobody has registered for it.
"""

from __future__ import annotations

import asyncio
import json

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

REGISTRY = "org.a11y.atspi.Registry"
PATH = "/org/a11y/atspi/registry"
EVENTS = {"Announcement": "said", "PropertyChange": "name"}


async def address_of_bus() -> str:
    """Of the accessibility bus of this desktop, which the session's bus starts."""
    session = await MessageBus().connect()
    asked = Message("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
    reply = await session.call(asked)
    assert reply is not None
    session.disconnect()
    return str(reply.body[0])


def tell(message: Message) -> None:
    """Print an event of a program."""
    kind = EVENTS.get(message.member or "")
    if message.message_type is MessageType.SIGNAL and kind:
        detail, _, _, value = message.body[:4]
        if kind == "said" or detail == "accessible-name":
            print(json.dumps({kind: value.value}, ensure_ascii=False), flush=True)


async def main() -> None:
    bus = await MessageBus(bus_address=await address_of_bus()).connect()
    bus.add_message_handler(tell)
    rule = "type='signal',interface='org.a11y.atspi.Event.Object'"
    name = "org.freedesktop.DBus"
    await bus.call(Message(name, "/org/freedesktop/DBus", name, "AddMatch", signature="s", body=[rule]))
    for event in ("object:announcement", "object:property-change"):
        wish = {"signature": "sass", "body": [event, [], ""]}
        reply = await bus.call(Message(REGISTRY, PATH, REGISTRY, "RegisterEvent", **wish))
        assert reply is not None and reply.message_type is MessageType.METHOD_RETURN, reply.body
    print(json.dumps({"is_up": True}), flush=True)
    await bus.wait_for_disconnect()


asyncio.run(main())
