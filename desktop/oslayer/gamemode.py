"""Games that registered with Feral's GameMode, told by its daemon on the session bus.

The daemon is started by the first game, never by us, and may leave with the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dbus_fast import BusType, Message

from desktop.core.giving_way import GameModeEnded, GameModeStarted
from desktop.oslayer.bus_watch import LOSSES, BusWatch

SERVICE: Final = "com.feralinteractive.GameMode"
_PATH: Final = "/com/feralinteractive/GameMode"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"

GameFact = GameModeStarted | GameModeEnded


class GameModeWatch(BusWatch):
    """The thread ``gamemode``; ``post`` receives each change on it."""

    def __init__(self, post: Callable[[GameFact], None], *, address: str | None = None) -> None:
        super().__init__("gamemode", BusType.SESSION, address)
        self._post = post
        self._is_playing = False
        self._question = 0
        self.start()

    async def connected(self) -> None:
        """Games may run already."""
        await self._subscribe(f"interface='{SERVICE}'")
        await self._subscribe(f"interface='{_PROPERTIES}',path='{_PATH}'")
        await self._subscribe(f"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{SERVICE}'")
        await self._count()

    def disconnected(self) -> None:
        """Without a bus nobody will tell when the game ends."""
        self._set(0)

    def heard(self, message: Message) -> None:
        """A game came or went, or the daemon did."""
        if message.member == "NameOwnerChanged" and message.body and message.body[0] == SERVICE:
            if not message.body[2]:
                self._question += 1
                self._set(0)
                return
        elif message.path != _PATH:
            return
        self._later(self._count())

    async def _count(self) -> None:
        """Only the answer to the latest question counts: an earlier one may come after the daemon left."""
        self._question = question = self._question + 1
        try:
            reply = await self._call(SERVICE, _PATH, f"{_PROPERTIES}.Get", "ss", SERVICE, "ClientCount")
            clients = int(reply.body[0].value)
        except LOSSES:  # no daemon, no games
            clients = 0
        if question == self._question:
            self._set(clients)

    def _set(self, clients: int) -> None:
        if (clients > 0) != self._is_playing:
            self._is_playing = clients > 0
            self._post(GameModeStarted() if self._is_playing else GameModeEnded())
