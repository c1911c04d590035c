"""A recognition server of ours on the loopback, in all three dialects, that can misbehave on demand.

The text of an utterance is made of its sound: one ``word`` for each full 600 ms, named after a checksum of
those bytes. So a text proves which sound arrived, in which order, and that none is missing.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.fakes.loop_server import LoopServer

CHUNK_BYTES = 19_200


def words_of(pcm: bytes) -> list[str]:
    """What the server hears in ``pcm``."""
    pieces = (pcm[start : start + CHUNK_BYTES] for start in range(0, len(pcm), CHUNK_BYTES))
    return [f"w{zlib.crc32(piece):08x}" for piece in pieces]


def text_of(pcm: bytes) -> str:
    """The final text of one utterance."""
    return "".join(f"{word}. " for word in words_of(pcm)).strip()


@dataclass
class Manners:
    """How the server behaves. Each fault hits the first ``faulty`` utterances (not greetings)."""

    dialect: str = "python"  # python | old-python | cpp | realtime
    faulty: int = 0
    close_after_bytes: int | None = None  # the connection is cut without a word
    stall: bool = False  # takes everything, says nothing
    says: tuple[str | bytes, ...] | None = None  # said instead of any answer, once there is sound
    token: str | None = None
    status: int | None = None  # turns connections away with this
    location: str | None = None
    sentence_every_chunks: int | None = None  # a second pass in mid-stream


@dataclass
class Seen:
    """What a client did."""

    connections: int = 0
    texts: list[str] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list)  # of utterances that were ended
    frames: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    utterances: int = 0
    most_at_once: int = 0  # utterances whose end had not been told
    deaths: int = 0


class FunasrServer(LoopServer):
    """A recognition server from ``start`` to ``stop``; thread ``server``."""

    def __init__(self, manners: Manners | None = None, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.manners = manners or Manners()
        self.seen = Seen()
        self._tls = tls
        self._talking = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection ends without a good-bye, as when the process is killed."""
        for connection in list(self.open_connections):
            connection.transport.abort()

    async def listen(self) -> Server:
        subprotocols: Any = ["binary"] if "python" in self.manners.dialect else None
        return await serve(
            self._guarded, "127.0.0.1", self.port, subprotocols=subprotocols, ssl=self._tls,
            process_request=self._look_at, ping_interval=None, max_size=None, close_timeout=0.2,
        )  # fmt: skip

    def _look_at(self, connection: ServerConnection, request: Request) -> Response | None:
        manners = self.manners
        self.seen.headers.append(dict(request.headers.raw_items()))
        if manners.status is not None:
            response = connection.respond(HTTPStatus(manners.status), "")
            if manners.location:
                response.headers["Location"] = manners.location
            return response
        if manners.token is not None and request.headers.get("Authorization") != manners.token:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        return None

    async def _guarded(self, connection: ServerConnection) -> None:
        self.open_connections.add(connection)
        self.seen.connections += 1
        try:
            await self._talk(connection)
        except ConnectionClosed:
            pass
        finally:
            self.open_connections.discard(connection)

    async def _talk(self, connection: ServerConnection) -> None:
        session = _SESSIONS[self.manners.dialect](self.manners)
        pcm, fault = bytearray(), None
        async for message in connection:
            if isinstance(message, str):
                self.seen.texts.append(message)
                answers = session.told(message, bytes(pcm))
                if session.is_ended:
                    self.seen.sounds.append(bytes(pcm))
                    self._talking -= bool(pcm)
            else:
                if not pcm:
                    self.seen.utterances += 1
                    self._talking += 1
                    self.seen.most_at_once = max(self.seen.most_at_once, self._talking)
                    fault = self.manners if self.seen.utterances <= self.manners.faulty else None
                pcm += message
                self.seen.frames.append(len(message))
                answers = session.heard(bytes(pcm), len(message))
            if fault is not None and pcm:
                if fault.close_after_bytes is not None and len(pcm) >= fault.close_after_bytes:
                    self.seen.deaths += 1
                    connection.transport.abort()
                    return
                if fault.says is not None:
                    answers = fault.says
                    fault = Manners(stall=True)
                elif fault.stall:
                    continue
            for answer in answers:
                await connection.send(answer)


class _Session:
    """One connection: messages in, answers out."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.is_ended = False
        self.name = ""
        self._told_chunks = 0
        self._sentence_from = 0

    def told(self, message: str, pcm: bytes) -> Iterable[str]:
        """A text message."""
        config = json.loads(message)
        self.name = config.get("wav_name", self.name)
        if config.get("is_speaking") is not False:
            return []
        self.is_ended = True
        return self.endings(config, pcm)

    def heard(self, pcm: bytes, _added: int) -> Iterable[str]:
        """A piece of sound."""
        words = words_of(pcm[: len(pcm) // CHUNK_BYTES * CHUNK_BYTES])
        answers = []
        for word in words[self._told_chunks :]:
            self._told_chunks += 1
            answers.append(self.online(word))
            every = self.manners.sentence_every_chunks
            if every and self._told_chunks % every == 0:
                answers.append(self.sentence(pcm[: self._told_chunks * CHUNK_BYTES], is_final=False))
        return answers

    def rest(self, pcm: bytes) -> bytes:
        """Sound after the last sentence."""
        rest, self._sentence_from = pcm[self._sentence_from :], len(pcm)
        return rest

    def online(self, word: str) -> str:
        """The first pass."""
        return json.dumps({"mode": "2pass-online", "text": word, "wav_name": self.name, "is_final": False})

    def sentence(self, pcm: bytes, *, is_final: bool) -> str:
        """The second pass; Python says ``is_final`` each time."""
        return json.dumps(
            {
                "mode": "2pass-offline", "spk_name": "unknown", "spk_score": 0.0,
                "text": text_of(self.rest(pcm)), "wav_name": self.name, "is_final": True,
            }
        )  # fmt: skip

    def endings(self, config: dict[str, Any], pcm: bytes) -> Iterable[str]:
        """After the end."""
        yield self.sentence(pcm, is_final=True)
        if config.get("is_end"):
            yield json.dumps({"mode": "2pass", "wav_name": self.name, "is_final": True, "is_end": True})


class _OldPython(_Session):
    """Never says that it is done."""

    def endings(self, config: dict[str, Any], pcm: bytes) -> Iterable[str]:
        yield self.sentence(pcm, is_final=True)


class _Cpp(_Session):
    """``is_final`` only once; extra keys; no mode when nothing is left to say."""

    def online(self, word: str) -> str:
        return json.dumps(
            {"is_final": False, "mode": "2pass-online", "text": word, "wav_name": self.name,
             "slice_type": 1, "index": 0, "timestamp": ""}
        )  # fmt: skip

    def sentence(self, pcm: bytes, *, is_final: bool) -> str:
        text = text_of(self.rest(pcm))
        told: dict[str, Any] = {"is_final": is_final, "text": text, "wav_name": self.name, "timestamp": ""}
        if text:
            told |= {"mode": "2pass-offline", "slice_type": 2, "stamp_sents": [], "index": 0}
        return json.dumps(told)

    def told(self, message: str, pcm: bytes) -> Iterable[str]:
        try:
            return super().told(message, pcm)
        except ValueError:  # the real one hears nothing more on this connection
            self.is_ended = True
            return []

    def endings(self, config: dict[str, Any], pcm: bytes) -> Iterable[str]:
        yield self.sentence(pcm, is_final=True)


class _Realtime(_Session):
    """Text commands; the whole text each time. Sound before START is dropped."""

    is_active = False

    def told(self, message: str, pcm: bytes) -> Iterable[str]:
        name, _, value = message.partition(":")
        if name == "START":
            self.is_active = True
            return [json.dumps({"event": "started"})]
        if name in ("HOTWORDS", "LANGUAGE"):
            return [json.dumps({"event": f"{name.lower()}_set", "value": value})]
        if name != "STOP":
            return []
        self.is_ended = True
        final = [self.state(pcm, is_final=True)] if pcm else []
        return [*final, json.dumps({"event": "stopped"})]

    def heard(self, pcm: bytes, _added: int) -> Iterable[str]:
        assert self.is_active
        if len(pcm) // CHUNK_BYTES == self._told_chunks:
            return []
        self._told_chunks = len(pcm) // CHUNK_BYTES
        return [self.state(pcm[: self._told_chunks * CHUNK_BYTES], is_final=False)]

    def state(self, pcm: bytes, *, is_final: bool) -> str:
        """Everything so far: all words but the last stay."""
        texts = [f"{word}." for word in words_of(pcm)]
        locked, partial = (texts, "") if is_final else (texts[:-1], texts[-1])
        sentences = [{"text": text, "start": 0, "end": 600, "spk": None} for text in locked]
        return json.dumps(
            {"sentences": sentences, "partial": partial, "partial_start_ms": 0,
             "duration_ms": len(pcm) // 32, "is_final": is_final}
        )  # fmt: skip


_SESSIONS: dict[str, Callable[[Manners], _Session]] = {
    "python": _Session,
    "old-python": _OldPython,
    "cpp": _Cpp,
    "realtime": _Realtime,
}


class RawServer(LoopServer):
    """Answers every connection with ``answer`` bytes, without any protocol; thread ``raw server``."""

    thread_name = "raw server"

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    async def listen(self) -> asyncio.Server:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(self._answer)
            await writer.drain()
            writer.close()

        return await asyncio.start_server(answer, "127.0.0.1", self.port)
