"""OBS as its WebSocket clients see it: version 5 of the protocol, with its checks and close codes.

It keeps what was shown: captions of the stream, and the text of the sources there are.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.fakes.loop_server import LoopServer

DECODE_ERROR, MISSING_FIELD, UNKNOWN_OPCODE = 4002, 4003, 4006
NOT_IDENTIFIED, ALREADY_IDENTIFIED, AUTHENTICATION_FAILED = 4007, 4008, 4009
UNSUPPORTED_VERSION, SESSION_INVALIDATED = 4010, 4011
HELLO, IDENTIFY, IDENTIFIED, REQUEST, RESPONSE = 0, 1, 2, 6, 7


class Misbehaved(Exception):
    """A client broke the protocol; the connection is closed with this code."""


class ObsServer(LoopServer):
    """OBS from ``start`` until it is ended; thread ``obs``."""

    thread_name = "obs"

    def __init__(
        self,
        password: str = "",
        *,
        is_streaming: bool = True,
        sources: tuple[str, ...] = (),
        version: int = 1,
    ) -> None:
        super().__init__()
        self.password = password
        self.is_streaming = is_streaming
        self.texts = dict.fromkeys(sources, "")
        self.captions: list[str] = []
        self.written: list[str] = []
        self.codes: list[int] = []
        self.refused: list[int] = []
        self.sessions = 0
        self._version = version

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def kick(self) -> None:
        """The user ends every connection in OBS's window."""

        def close() -> None:
            for connection in self.open_connections:
                self._kicking = [asyncio.ensure_future(connection.close(SESSION_INVALIDATED))]

        self.loop.call_soon_threadsafe(close)

    async def listen(self) -> Server:
        return await serve(
            self._attend, "127.0.0.1", self.port, subprotocols=[Subprotocol("obswebsocket.json")],
            close_timeout=0.2,
        )  # fmt: skip

    async def _attend(self, connection: ServerConnection) -> None:
        self.open_connections.add(connection)
        try:
            await self._talk(connection)
        except Misbehaved as fault:
            code = int(fault.args[0])
            self.refused.append(code)
            await connection.close(code)
        except ConnectionClosed:
            pass
        finally:
            self.open_connections.discard(connection)

    async def _talk(self, connection: ServerConnection) -> None:
        salt, challenge = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        hello: dict[str, Any] = {"obsWebSocketVersion": "5.5.2", "rpcVersion": self._version}
        if self.password:
            hello["authentication"] = {"salt": salt, "challenge": challenge}
        await connection.send(json.dumps({"op": HELLO, "d": hello}))
        is_identified = False
        async for message in connection:
            opcode, data = read(message)
            if opcode == IDENTIFY:
                if is_identified:
                    raise Misbehaved(ALREADY_IDENTIFIED)
                self._check(data, salt, challenge)
                is_identified = True
                self.sessions += 1
                answer = {"negotiatedRpcVersion": self._version}
                await connection.send(json.dumps({"op": IDENTIFIED, "d": answer}))
            elif opcode == REQUEST:
                if not is_identified:
                    raise Misbehaved(NOT_IDENTIFIED)
                await connection.send(json.dumps({"op": RESPONSE, "d": self._answer(data)}))
            else:
                raise Misbehaved(UNKNOWN_OPCODE)

    def _check(self, data: dict[str, Any], salt: str, challenge: str) -> None:
        if "rpcVersion" not in data:
            raise Misbehaved(MISSING_FIELD)
        if data["rpcVersion"] != self._version:
            raise Misbehaved(UNSUPPORTED_VERSION)
        if not self.password:
            return
        secret = base64.b64encode(hashlib.sha256(f"{self.password}{salt}".encode()).digest())
        wanted = base64.b64encode(hashlib.sha256(secret + challenge.encode()).digest()).decode()
        if not hmac.compare_digest(str(data.get("authentication", "")), wanted):
            raise Misbehaved(AUTHENTICATION_FAILED)

    def _answer(self, data: dict[str, Any]) -> dict[str, Any]:
        kind = data.get("requestType")
        asked = data.get("requestData") or {}
        acts = {"SendStreamCaption": self._caption, "SetInputSettings": self._write}
        code = 203 if kind is None else acts[kind](asked) if kind in acts else 204
        self.codes.append(code)
        return {
            "requestType": kind,
            "requestId": data.get("requestId"),
            "requestStatus": {"result": code == 100, "code": code},
        }

    def _caption(self, asked: dict[str, Any]) -> int:
        if not isinstance(asked.get("captionText"), str):
            return 300
        if not self.is_streaming:
            return 501
        self.captions.append(asked["captionText"])
        return 100

    def _write(self, asked: dict[str, Any]) -> int:
        name, settings = asked.get("inputName"), asked.get("inputSettings")
        if not isinstance(settings, dict):
            return 300
        if name not in self.texts:
            return 600
        self.texts[str(name)] = str(settings.get("text"))
        self.written.append(str(settings.get("text")))
        return 100


def read(message: str | bytes) -> tuple[object, dict[str, Any]]:
    """Opcode and data. Raises ``Misbehaved``."""
    if isinstance(message, bytes):
        raise Misbehaved(DECODE_ERROR)
    try:
        told = json.loads(message)
    except ValueError:
        raise Misbehaved(DECODE_ERROR) from None
    data = told.get("d") if isinstance(told, dict) else None
    if not isinstance(data, dict):
        raise Misbehaved(MISSING_FIELD)
    return told.get("op"), data
