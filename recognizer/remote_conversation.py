"""One utterance told to a server over one connection: sound out, text in, deadlines on both.

Knows no sockets; a ``Line`` is whatever carries messages. What a server sends is taken as it is: nothing
in it can raise anything but ``LineBroken``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from audio.events import Problem
from recognizer import remote_problems as problems
from recognizer.ledger import Utterance
from recognizer.remote_deadlines import RemoteDeadlines
from recognizer.remote_dialect import Codec
from recognizer.remote_transcript import Delta, Ended, Garbled, Reply, Sentence, Transcript, WrongUtterance

BYTES_PER_MS: Final = 32
MOST_MESSAGES: Final = 20_000
"""About one utterance. A server sends about two for each second of speech."""
MOST_PATIENCES: Final = 4
"""All answers together may take so many times the longest silence."""


class LineBroken(Exception):
    """A connection or what was heard over it is of no use.

    ``is_lasting``: trying again cannot help. ``is_unreached``: no connection came about at all.
    ``is_closed``: the server ended the connection in good order.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        is_lasting: bool = False,
        is_unreached: bool = False,
        is_closed: bool = False,
    ) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.is_lasting = is_lasting
        self.is_unreached = is_unreached
        self.is_closed = is_closed


class Line(Protocol):
    """Carries messages. Each call may raise ``LineBroken``."""

    async def send(self, message: str | bytes) -> None: ...
    async def receive(self) -> str | bytes: ...


@dataclass(slots=True)
class Sound:
    """An utterance of the ledger, and the news that it has grown or ended (at ``ended_s``, monotonic)."""

    utterance: Utterance
    changed: asyncio.Event
    ended_s: float = 0.0

    @property
    def kept_s(self) -> float:
        """Length so far."""
        return self.utterance.kept_bytes / BYTES_PER_MS / 1000.0

    async def frames(self, frame_bytes: int) -> AsyncIterator[bytes]:
        """All of it from the first sample, as it comes, until it is ended; only the last may be shorter."""
        rest, taken = bytearray(), 0
        while True:
            while taken < len(self.utterance.pieces):
                rest += self.utterance.pieces[taken]
                taken += 1
                while len(rest) >= frame_bytes:
                    yield bytes(rest[:frame_bytes])
                    del rest[:frame_bytes]
            if self.utterance.is_ended:
                break
            self.changed.clear()
            await self.changed.wait()
        if rest:
            yield bytes(rest)


class Conversation:
    """``tell`` is given (committed, tentative, ms of sound sent) at each change of the text.

    ``acknowledges``: the server is known to say when it is done, so that no silence has to be guessed at.
    """

    def __init__(
        self,
        line: Line,
        codec: Codec,
        sound: Sound,
        deadlines: RemoteDeadlines,
        tell: Callable[[str, str, int], None],
        *,
        acknowledges: bool = False,
    ) -> None:
        self.acknowledges = acknowledges
        self._line = line
        self._codec = codec
        self._sound = sound
        self._deadlines = deadlines
        self._tell = tell
        self._transcript = Transcript()
        self._sent_ms = 0
        self._is_end_told = False
        self._has_answered = False  # a sentence came after the end was told
        self._patience = asyncio.timeout(None)
        self._latest_s = 0.0

    async def hold(self) -> str:
        """The text of the utterance once the server has said all. Raises ``LineBroken``."""
        listening = asyncio.create_task(self._listen(), name="listen")
        speaking = asyncio.create_task(self._speak(), name="speak")
        try:
            await asyncio.wait((listening, speaking), return_when=asyncio.FIRST_COMPLETED)
            if not listening.done():
                await speaking  # raises what went wrong, if anything did
                await asyncio.wait((listening,))
            return listening.result()
        finally:
            for task in (listening, speaking):
                task.cancel()
            await asyncio.gather(listening, speaking, return_exceptions=True)

    async def _speak(self) -> None:
        for message in self._codec.opening():
            await self._send(message)
        sent_bytes = 0
        async for frame in self._sound.frames(self._codec.frame_bytes):
            await self._send(frame)
            sent_bytes += len(frame)
            self._sent_ms = sent_bytes // BYTES_PER_MS
        await self._send(self._codec.closing)
        self._is_end_told = True
        self._latest_s = _now_s() + MOST_PATIENCES * self._longest_s
        self._wait_on()

    @property
    def _longest_s(self) -> float:
        return self._deadlines.answer_s + self._deadlines.answer_per_s * self._sound.kept_s

    async def _send(self, message: str | bytes) -> None:
        try:
            async with asyncio.timeout(self._deadlines.send_s):
                await self._line.send(message)
        except TimeoutError as error:
            raise LineBroken(problems.STALLED) from error

    async def _listen(self) -> str:
        """The text. Silence after the end is an answer too, if there is any text by then."""
        try:
            async with self._patience:
                await self._until_ended()
        except TimeoutError as error:
            if not self._transcript.text and not self._has_answered:
                raise LineBroken(problems.STALLED) from error
        return self._transcript.text.strip()

    async def _until_ended(self) -> None:
        for _ in range(MOST_MESSAGES):
            try:
                reply = self._codec.parse(await self._line.receive())
            except LineBroken as broken:
                if broken.is_closed and self._has_answered:
                    return  # an older server that is done
                raise
            self._take(reply)
            if self._is_end(reply):
                self.acknowledges = True
                return
            self._wait_on(reply)
        raise LineBroken(problems.GARBLED)

    def _take(self, reply: Reply) -> None:
        match reply:
            case Garbled():
                raise LineBroken(problems.GARBLED)
            case WrongUtterance():
                raise LineBroken(problems.WRONG_UTTERANCE)
            case Ended(has_failed=True):
                raise LineBroken(problems.FAILED_THERE)
        is_changed = self._transcript.take(reply)
        if self._transcript.is_too_long:
            raise LineBroken(problems.GARBLED)
        if is_changed:
            self._tell(self._transcript.committed, self._transcript.tentative, self._sent_ms)

    def _is_end(self, reply: Reply) -> bool:
        """An end that is told before ours is a lie, or about something else."""
        if not self._is_end_told:
            return False
        return isinstance(reply, Ended) or (isinstance(reply, Delta | Sentence) and reply.is_end)

    def _wait_on(self, reply: Reply | None = None) -> None:
        """Set the deadline of the next message; there is none while the user still speaks."""
        if not self._is_end_told:
            return
        is_last = isinstance(reply, Delta | Sentence) and reply.is_last
        self._has_answered = self._has_answered or is_last or isinstance(reply, Sentence)
        may_be_done = is_last and not self.acknowledges
        patience_s = self._deadlines.grace_s if may_be_done else self._longest_s
        with suppress(RuntimeError):  # it has just run out
            self._patience.reschedule(min(_now_s() + patience_s, self._latest_s))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
