"""The WebSocket from which other programs of this computer read the captions.

Runs in the output's event loop. Each reader has a task of its own, which waits for that reader alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from desktop.core.captions_facts import PublishCaption
from desktop.live_output.access import source_of, status_for
from desktop.live_output.reader import Reader, end_answer

HOST: Final = "127.0.0.1"
MOST_READERS: Final = 16
MOST_MESSAGE_BYTES: Final = 1 << 20  # clients of FunASR send sound, which nobody hears here
SEND_DEADLINE_S: Final = 10.0
HANDSHAKE_DEADLINE_S: Final = 5.0
CLOSE_DEADLINE_S: Final = 1.0
_log = logging.getLogger(__name__)
_library_log = logging.getLogger("desktop.live_output.library")
_library_log.setLevel(logging.CRITICAL)  # below, it writes down frames: the user's words


class _Seat:
    """One connected reader."""

    def __init__(self, connection: ServerConnection) -> None:
        target = connection.request.path if connection.request else ""
        self.connection = connection
        self.reader = Reader(source_of(target))
        self.wake = asyncio.Event()
        self.answers: list[str] = []

    def hopeless(self) -> None:
        """It does not take what it is owed: it is cut off, without waiting for it."""
        self.connection.transport.abort()


class CaptionsServer:
    """``told`` is called with the number of readers whenever it changes."""

    def __init__(
        self, token: str, told: Callable[[int], None], *, send_deadline_s: float = SEND_DEADLINE_S
    ) -> None:
        self._token = token
        self._told = told
        self._send_deadline_s = send_deadline_s
        self._seats: set[_Seat] = set()
        self._server: Server | None = None

    async def start(self, port: int) -> int:
        """Listen; the port. Raises ``OSError``."""
        self._server = await serve(
            self._serve,
            HOST,
            port,
            process_request=self._admit,
            select_subprotocol=_subprotocol,
            compression=None,
            max_size=MOST_MESSAGE_BYTES,
            open_timeout=HANDSHAKE_DEADLINE_S,
            close_timeout=CLOSE_DEADLINE_S,
            server_header="Plosive",
            logger=_library_log,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Say good-bye to every reader; who does not answer in time is cut off."""
        if self._server is None:
            return
        self._server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_DEADLINE_S):
                await self._server.wait_closed()
        for seat in list(self._seats):
            seat.hopeless()

    def publish(self, caption: PublishCaption) -> None:
        """For every reader. Waits for none."""
        for seat in list(self._seats):
            seat.reader.add(caption)
            if seat.reader.is_hopeless:
                seat.hopeless()
            seat.wake.set()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        status = status_for(request.path, headers, self._token)
        if status == HTTPStatus.SWITCHING_PROTOCOLS and len(self._seats) >= MOST_READERS:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        if status == HTTPStatus.SWITCHING_PROTOCOLS:
            return None
        _log.info("live output: a reader was turned away (%d)", status)
        return connection.respond(HTTPStatus(status), "")

    async def _serve(self, connection: ServerConnection) -> None:
        seat = _Seat(connection)
        self._seats.add(seat)
        self._told(len(self._seats))
        sending = asyncio.create_task(self._send(seat))
        try:
            await self._listen(seat)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            self._seats.discard(seat)
            self._told(len(self._seats))

    async def _listen(self, seat: _Seat) -> None:
        """What a reader says: sound of FunASR's clients, and that it is at its end."""
        with contextlib.suppress(ConnectionClosed):
            async for message in seat.connection:
                if isinstance(message, str) and (answer := end_answer(message)) is not None:
                    seat.answers = [answer]
                    seat.wake.set()

    async def _send(self, seat: _Seat) -> None:
        try:
            while True:
                await seat.wake.wait()
                seat.wake.clear()
                while (message := self._next(seat)) is not None:
                    async with asyncio.timeout(self._send_deadline_s):
                        await seat.connection.send(message)
        except TimeoutError:
            seat.hopeless()
        except ConnectionClosed:
            pass
        except Exception:  # noqa: BLE001 - it costs one reader, not the others
            _log.exception("live output: unexpected")
            await seat.connection.close(CloseCode.INTERNAL_ERROR)

    def _next(self, seat: _Seat) -> str | None:
        return seat.reader.take() or (seat.answers.pop() if seat.answers else None)


def _subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Clients of FunASR ask for ``binary`` and hang up without it."""
    return next((each for each in offered if each == "binary"), None)
