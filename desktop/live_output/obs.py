"""Captions in OBS: connected as long as captions run, whatever happens to OBS.

Runs in the output's event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from audio.events import Problem
from desktop.core.captions_facts import PublishCaption
from desktop.live_output import obs_wire, problems
from desktop.live_output.caption_pace import STREAM, TEXT_SOURCE, CaptionPace
from desktop.live_output.facts import ObsChoice
from desktop.live_output.obs_wire import Hello, Identified, ObsRefused, Response

CONNECTING, CONNECTED, NOT_STREAMING = "connecting", "connected", "not streaming"
MOST_MESSAGE_BYTES: Final = 1 << 20
LONGEST_PASSWORD: Final = 1024
_FAILURES = (OSError, WebSocketException, TimeoutError)
_log = logging.getLogger(__name__)
_library_log = logging.getLogger("desktop.live_output.library")


@dataclass(frozen=True, slots=True)
class ObsWaits:
    """How long each thing may take, and how long to wait before the next attempt."""

    connect_s: float = 5.0
    answer_s: float = 5.0
    first_retry_s: float = 1.0
    longest_retry_s: float = 30.0
    stream_retry_ms: float = 5000.0
    source_retry_ms: float = 30_000.0


class ObsCaptions:
    """``told`` gets the state ("connecting", …) whenever it may have changed, ``tell`` each problem once."""

    def __init__(
        self,
        choice: ObsChoice,
        told: Callable[[str], None],
        tell: Callable[[Problem], None],
        waits: ObsWaits | None = None,
    ) -> None:
        self._choice = choice
        self._told = told
        self._tell_problem = tell
        self._waits = waits or ObsWaits()
        self._wake = asyncio.Event()
        self._cleared = asyncio.Event()
        self._stream = CaptionPace(STREAM)
        self._source = CaptionPace(TEXT_SOURCE)
        self._connection: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._problems: set[str] = set()

    def start(self) -> None:
        """Connect, and stay so."""
        self._told(CONNECTING)
        self._task = asyncio.create_task(self._stay_connected())

    async def stop(self) -> None:
        """Clear what stands in OBS, and leave it."""
        if self._connection is not None:
            with suppress(*_FAILURES):
                async with asyncio.timeout(1.0):
                    await self._clear(self._connection)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def publish(self, caption: PublishCaption) -> None:
        """Show it when its time comes."""
        self._stream.add(caption)
        if self._choice.text_source:
            self._source.add(caption)
        self._wake.set()

    # --- the connection --------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        wait_s = self._waits.first_retry_s
        while True:
            try:
                await self._attend()
                wait_s = self._waits.first_retry_s
            except ObsRefused as refused:
                self._tell(refused.problem)
                if refused.is_lasting:
                    self._told("off")
                    return
            except _FAILURES as error:
                _log.info("obs: no connection (%s)", type(error).__name__)
                self._tell(problems.obs_unreachable(self._choice.url))
            except Exception:  # noqa: BLE001 - whatever it is, captions must go on
                _log.exception("obs: unexpected")
                self._tell(problems.UNEXPECTED)
            self._told(CONNECTING)
            await asyncio.sleep(wait_s)
            wait_s = min(2.0 * wait_s, self._waits.longest_retry_s)

    async def _attend(self) -> None:
        """One connection, from Hello to its end. Raises ``ObsRefused`` or what the library raises."""
        async with connect(
            self._choice.url,
            subprotocols=[Subprotocol(obs_wire.SUBPROTOCOL)],
            user_agent_header="Plosive",
            compression=None,
            proxy=None,
            open_timeout=self._waits.connect_s,
            close_timeout=1.0,
            max_size=MOST_MESSAGE_BYTES,
            logger=_library_log,
        ) as connection:
            try:
                await self._identify(connection)
                await self._serve(connection)
            except ConnectionClosed as closed:
                refused = obs_wire.refusal(closed.rcvd.code if closed.rcvd else None)
                if refused is not None:
                    raise refused from closed
                if self._connection is None:
                    raise
            finally:
                self._connection = None

    async def _identify(self, connection: ClientConnection) -> None:
        async with asyncio.timeout(self._waits.answer_s):
            while not isinstance(hello := obs_wire.parse(await connection.recv()), Hello):
                pass
            password = read_password(self._choice.password_file)
            await connection.send(obs_wire.identify(hello, password))
            while not isinstance(obs_wire.parse(await connection.recv()), Identified):
                pass

    async def _serve(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._problems.clear()  # what is wrong from now on is news
        self._stream.forget()
        self._source.forget()
        self._told(CONNECTED)
        sending = asyncio.create_task(self._send(connection))
        try:
            async for message in connection:
                if isinstance(answer := obs_wire.parse(message), Response):
                    self._answered(answer)
        finally:
            sending.cancel()
            await asyncio.wait([sending])

    # --- captions ----------------------------------------------------------------------------------

    async def _send(self, connection: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                now_ms = _now_ms()
                if (text := self._stream.take(now_ms)) is not None:
                    await connection.send(obs_wire.stream_caption("stream", text))
                if (text := self._source.take(now_ms)) is not None:
                    await connection.send(obs_wire.source_text("source", self._choice.text_source, text))
                await self._sleep_until_due()

    async def _sleep_until_due(self) -> None:
        now_ms = _now_ms()
        waits = [wait for pace in (self._stream, self._source) if (wait := pace.wait_ms(now_ms)) is not None]
        with suppress(TimeoutError):
            async with asyncio.timeout(min(waits) / 1000.0 if waits else None):
                await self._wake.wait()
        self._wake.clear()

    async def _clear(self, connection: ClientConnection) -> None:
        """Wait for the answers: OBS reads no further when the connection closes."""
        if self._choice.text_source:
            await connection.send(obs_wire.source_text("clear", self._choice.text_source, ""))
        await connection.send(obs_wire.stream_caption("cleared", ""))
        await self._cleared.wait()

    def _answered(self, answer: Response) -> None:
        match answer.request_id, answer.code:
            case "cleared", _:
                self._cleared.set()
            case "stream", obs_wire.OUTPUT_NOT_RUNNING:
                self._stream.hold(_now_ms() + self._waits.stream_retry_ms)
                self._told(NOT_STREAMING)
            case "stream", obs_wire.SUCCESS:
                self._told(CONNECTED)
            case "stream", obs_wire.UNKNOWN_REQUEST:
                self._tell(problems.OBS_VERSION)
            case "source", code if code in obs_wire.NO_SUCH_SOURCE:
                self._source.hold(_now_ms() + self._waits.source_retry_ms)
                self._tell(problems.obs_no_source(self._choice.text_source))
            case _, code if code != obs_wire.SUCCESS:
                _log.info("obs: %s was answered with %d", answer.request_id, code)

    def _tell(self, problem: Problem) -> None:
        """Once, until OBS lets us in again."""
        if problem.code not in self._problems:
            self._problems.add(problem.code)
            self._tell_problem(problem)


def read_password(path: Path | None) -> str:
    """The first line of ``path``; "" without one. Raises ``ObsRefused``."""
    if path is None:
        return ""
    try:
        with path.expanduser().open(encoding="utf-8") as file:
            return file.readline(LONGEST_PASSWORD).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ObsRefused(problems.OBS_PASSWORD_FILE) from error


def _now_ms() -> float:
    return time.monotonic() * 1000.0
