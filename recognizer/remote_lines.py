"""The connections of the remote recognizer: one kept for the next utterance, those saying good-bye."""

from __future__ import annotations

import asyncio
import time

from recognizer.remote_connection import Opener, WebSocketLine
from recognizer.remote_deadlines import RemoteDeadlines
from recognizer.remote_server import Server


class Lines:
    """Lives on one event loop."""

    def __init__(self, server: Server, deadlines: RemoteDeadlines) -> None:
        self._deadlines = deadlines
        self._opener = Opener(server, deadlines)
        self._spare: tuple[WebSocketLine, float] | None = None
        self._partings: set[asyncio.Task[None]] = set()

    def use(self, server: Server) -> None:
        """From the next connection on."""
        self.drop_spare()
        self._opener.use(server)

    async def prepare(self) -> None:
        """Look whether the server takes us; the connection serves the next utterance if that comes soon.

        Idle connections die unseen behind routers and cost the server memory, so it is kept briefly.
        Raises ``LineBroken``.
        """
        self._opener.prepare()
        line = await self._opener.open()
        self._spare = (line, time.monotonic() + self._deadlines.spare_s)
        asyncio.get_running_loop().call_later(self._deadlines.spare_s, self.drop_spare, line)

    async def take(self) -> WebSocketLine:
        """A connection for one utterance. Raises ``LineBroken``."""
        spare, self._spare = self._spare, None
        if spare is not None:
            if spare[0].is_open and time.monotonic() < spare[1]:
                return spare[0]
            self.part(spare[0])
        return await self._opener.open()

    def part(self, line: WebSocketLine) -> None:
        """Say good-bye without waiting for it."""
        parting = asyncio.get_running_loop().create_task(line.close(), name="part")
        self._partings.add(parting)
        parting.add_done_callback(self._partings.discard)

    def drop_spare(self, line: WebSocketLine | None = None) -> None:
        """Keep no connection (if it still is ``line``)."""
        if self._spare is not None and line in (None, self._spare[0]):
            self.part(self._spare[0])
            self._spare = None

    async def close(self) -> None:
        """Wait for good-byes, but not long."""
        self.drop_spare()
        if self._partings:
            await asyncio.wait(self._partings, timeout=self._deadlines.close_s)
        late = list(self._partings)
        for parting in late:
            parting.cancel()
        await asyncio.gather(*late, return_exceptions=True)
