"""WebSocket connections to a recognition server; every way of failing becomes a ``LineBroken``.

The only module that knows the ``websockets`` library. Redirects are not followed: speech goes to no
address that the user did not name. Frames are not compressed, which leaves no room for inflated ones.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Final

from websockets import exceptions as failures
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from audio.events import Problem
from recognizer import realtime_wire
from recognizer import remote_problems as problems
from recognizer.remote_conversation import LineBroken
from recognizer.remote_deadlines import RemoteDeadlines
from recognizer.remote_dialect import Dialect, dialect_of, offered_subprotocols
from recognizer.remote_server import Server, problem_of_url
from recognizer.remote_transcript import Noted, Started

MOST_MESSAGE_BYTES: Final = 256 << 10
LONGEST_TOKEN: Final = 8192
_NONSENSE: Final = (CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG)
"""Reasons for which we hang up."""
_log = logging.getLogger(__name__)
_library_log = logging.getLogger("recognizer.remote.library")
_library_log.setLevel(logging.ERROR)  # at DEBUG it writes down every frame: the user's words


class _Connect(connect):
    """Follows nobody."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """The redirect is the failure."""
        return exc


class WebSocketLine:
    """An open connection. See ``recognizer.remote_conversation.Line``."""

    def __init__(self, connection: ClientConnection, dialect: Dialect) -> None:
        self.dialect = dialect
        self._connection = connection

    @property
    def is_open(self) -> bool:
        """Whether the other side is believed to be there."""
        return self._connection.close_code is None

    async def send(self, message: str | bytes) -> None:
        """Blocks while the server takes nothing. Raises ``LineBroken``."""
        try:
            await self._connection.send(message)
        except (failures.WebSocketException, OSError) as error:
            raise LineBroken(problems.LOST) from error

    async def receive(self) -> str | bytes:
        """The next message. Raises ``LineBroken``; ``is_closed`` when the server said good-bye."""
        try:
            return await self._connection.recv()
        except failures.ConnectionClosedOK as closed:
            raise LineBroken(problems.LOST, is_closed=True) from closed
        except failures.ConnectionClosed as closed:
            is_nonsense = closed.sent is not None and closed.sent.code in _NONSENSE
            raise LineBroken(problems.GARBLED if is_nonsense else problems.LOST) from closed
        except (failures.WebSocketException, OSError) as error:
            raise LineBroken(problems.LOST) from error

    async def close(self) -> None:
        """Say good-bye; the connection is gone afterwards in any case."""
        try:
            await self._connection.close()
        except (failures.WebSocketException, OSError):
            pass  # it is as closed as it can be
        finally:
            self._connection.transport.abort()


class Opener:
    """Opens connections to one server; remembers which dialect it speaks. Used by one thread."""

    def __init__(self, server: Server, deadlines: RemoteDeadlines) -> None:
        self._server = server
        self._deadlines = deadlines
        self._headers: dict[str, str] = {}
        self._tls: ssl.SSLContext | None = None
        self._asked_dialect: Dialect | None = None
        self._is_prepared = False

    def use(self, server: Server) -> None:
        """From the next connection on, for which everything is read anew."""
        self._server, self._is_prepared = server, False

    def prepare(self) -> None:
        """Read the secret and the authority's certificate anew. Raises ``LineBroken``."""
        server = self._server
        problem = problem_of_url(server.url)
        if problem is not None:
            raise LineBroken(problem, is_lasting=True)
        self._headers = _headers(server)
        self._tls = _tls(server) if server.is_encrypted else None
        self._asked_dialect = None
        self._is_prepared = True

    async def open(self) -> WebSocketLine:
        """A fresh connection whose dialect is known. Raises ``LineBroken``."""
        if not self._is_prepared:
            self.prepare()
        connection = await self._connect()
        dialect = dialect_of(self._server.protocol, connection.subprotocol) or self._asked_dialect
        if dialect is not None:
            return WebSocketLine(connection, dialect)
        if await self._answers_start(connection):
            self._asked_dialect = Dialect.REALTIME
            return WebSocketLine(connection, Dialect.REALTIME)
        # What we asked ends the session of a C++ server.
        self._asked_dialect = Dialect.CPP
        await WebSocketLine(connection, Dialect.CPP).close()
        return WebSocketLine(await self._connect(), Dialect.CPP)

    async def _connect(self) -> ClientConnection:
        server, deadlines = self._server, self._deadlines
        try:
            return await _Connect(
                server.url,
                ssl=self._tls,
                subprotocols=[Subprotocol(each) for each in offered_subprotocols(server.protocol)] or None,
                additional_headers=self._headers,
                user_agent_header="Plosive",
                compression=None,
                proxy=None if server.is_this_computer else True,
                open_timeout=deadlines.connect_s,
                close_timeout=deadlines.close_s,
                ping_interval=deadlines.ping_s,
                ping_timeout=deadlines.pong_s,
                max_size=MOST_MESSAGE_BYTES,
                logger=_library_log,
            )
        except Exception as error:  # the library's failures have no common ancestor
            _log.info("server: no connection (%s)", type(error).__name__)
            raise _not_opened(error) from error

    async def _answers_start(self, connection: ClientConnection) -> bool:
        """Only a realtime server answers ``START``; others stay silent or hang up."""
        try:
            async with asyncio.timeout(self._deadlines.ask_s):
                await connection.send(realtime_wire.START)
                while True:
                    reply = realtime_wire.parse(await connection.recv())
                    if not isinstance(reply, Noted):
                        return isinstance(reply, Started)
        except (TimeoutError, failures.WebSocketException, OSError):
            return False
        except asyncio.CancelledError:
            connection.transport.abort()
            raise


def _not_opened(error: Exception) -> LineBroken:
    match error:
        case failures.InvalidStatus():
            return _turned_away(error.response.status_code)
        case ssl.SSLCertVerificationError():
            return LineBroken(problems.UNTRUSTED, is_lasting=True)
        case ssl.SSLError():
            return LineBroken(problems.NO_ENCRYPTION, is_lasting=True)
        case ConnectionResetError():  # many servers answer the wrong kind of handshake like this
            return LineBroken(problems.HANGS_UP, is_unreached=True)
        case failures.InvalidURI():
            return LineBroken(problems.NOT_A_SERVER, is_lasting=True)
        case failures.ProxyError():
            return LineBroken(problems.PROXY, is_unreached=True)
        case failures.InvalidProxy() | ImportError():  # a SOCKS proxy needs a library that is not ours
            return LineBroken(problems.PROXY, is_lasting=True)
        case failures.InvalidHandshake():
            return LineBroken(problems.NOT_A_SERVER, is_unreached=True)
    return LineBroken(problems.UNREACHABLE, is_unreached=True)


def _turned_away(status: int) -> LineBroken:
    if status in (401, 403, 407):
        return LineBroken(problems.ACCESS_DENIED, is_lasting=True)
    if status == 429 or status >= 500:
        return LineBroken(problems.BUSY, is_unreached=True)
    return LineBroken(problems.NOT_A_SERVER, is_lasting=True)


def _headers(server: Server) -> dict[str, str]:
    if not server.token_file:
        return {}
    if not (server.is_encrypted or server.is_this_computer or server.is_insecure):
        raise LineBroken(problems.TOKEN_IN_THE_OPEN, is_lasting=True)
    token = _first_line(Path(server.token_file).expanduser())
    return {"Authorization": token if " " in token else f"Bearer {token}"}


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            line = file.readline(LONGEST_TOKEN).strip()
    except (OSError, ValueError) as error:
        raise LineBroken(problems.BAD_TOKEN_FILE, is_lasting=True) from error
    if not line or not line.isprintable():
        raise LineBroken(problems.BAD_TOKEN_FILE, is_lasting=True)
    return line


def _tls(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file:
        try:
            context.load_verify_locations(cafile=str(Path(server.ca_file).expanduser()))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise LineBroken(problems.BAD_CA_FILE, is_lasting=True) from error
    if server.is_insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def notice_of(server: Server) -> Problem | None:
    """What the user should know of a connection that works."""
    if server.is_encrypted:
        return problems.INSECURE if server.is_insecure else None
    return None if server.is_this_computer else problems.UNENCRYPTED
