"""A server of the test, on an event loop and a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

from websockets.asyncio.server import Server, ServerConnection


class LoopServer:
    """Listens from ``start`` to ``stop`` on a port that stays the same; may be started again.

    ``listen`` opens the port; ``open_connections`` are those that ``stop`` finds.
    """

    thread_name = "server"

    def __init__(self) -> None:
        self.port = 0
        self.open_connections: set[ServerConnection] = set()

    async def listen(self) -> Server | asyncio.Server:
        """Open ``port`` on the loopback (0: any) and attend to who comes."""
        raise NotImplementedError

    def cut(self) -> None:
        """What happens to open connections first; by default they are closed in good order."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; blocks until it does."""
        listening = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listening,), name=self.thread_name, daemon=True
        )
        self._thread.start()
        assert listening.wait(10)

    def stop(self) -> None:
        """The server is gone, and its thread with it."""
        self.loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _run(self, listening: threading.Event) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self._serve(listening))
        self.loop.close()

    async def _serve(self, listening: threading.Event) -> None:
        self._ending = asyncio.Event()
        server = await self.listen()
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        await self._ending.wait()
        self.cut()
        server.close()
        await server.wait_closed()
