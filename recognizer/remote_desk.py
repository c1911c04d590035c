"""Decides for the remote recognizer: when to connect, what the server is told, what comes of it.

Lives on the event loop of one thread. **Each utterance has a connection of its own**: older FunASR servers
let the last chunk of one utterance land in the next, the C++ server takes nothing more after an end, and
a load balancer can only spread what comes over several connections. The handshake happens while the user
speaks; the connection made by ``load`` serves the first utterance if that follows soon.

An utterance keeps its sound until its answer is there; when a connection breaks, a new one is given
everything from the first sample. Partials may then start over, but no word is lost.

Over 250 lines because it is one state machine; connections and conversations stand in modules of their own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from audio.events import Problem
from recognizer import events, inbox, messages
from recognizer.base import EmitRecognizerEvent
from recognizer.events import ModelSpec
from recognizer.ledger import Ledger, Utterance
from recognizer.problems import INTERNAL
from recognizer.remote_connection import notice_of
from recognizer.remote_conversation import BYTES_PER_MS, Conversation, LineBroken, Sound
from recognizer.remote_deadlines import RemoteDeadlines
from recognizer.remote_dialect import Codec
from recognizer.remote_lines import Lines
from recognizer.remote_server import Server
from recognizer.text.pipeline import TextPipeline

DEVICE: Final = "server"
NO_PID: Final = 0
"""There is no process of ours; nothing owns it, and it is never signalled."""
MOST_CONNECTIONS: Final = 4
"""For dictations; as many for captions and for files, so that nobody who speaks waits for a recording."""
_log = logging.getLogger(__name__)


class RemoteDesk:
    """Owner of connections and of the ledger of unfinished utterances. ``handle`` never blocks."""

    def __init__(self, emit: EmitRecognizerEvent, server: Server, deadlines: RemoteDeadlines) -> None:
        self._emit = emit
        self._server = server
        self._deadlines = deadlines
        self._lines = Lines(server, deadlines)
        self._ledger = Ledger()
        self._sounds: dict[int, Sound] = {}
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._slots = {priority: asyncio.Semaphore(MOST_CONNECTIONS) for priority in events.Priority}
        self._generation = 0
        self._model: ModelSpec | None = None
        self._loading: asyncio.Task[None] | None = None
        self._ready: events.Ready | None = None
        self._blocked_by: Problem | None = None
        self._acknowledges = False
        self._pipeline: TextPipeline | None = None

    def configure(self, server: Server) -> None:
        """What is open goes on as it began."""
        self._server = server
        self._lines.use(server)
        self._pipeline = None

    def handle(self, wish: inbox.Wish) -> None:
        """Carry out one wish."""
        match wish:
            case inbox.Load(model):
                self._load(model)
            case inbox.Unload():
                self._unload()
            case inbox.Ask(question):
                self._answer(question)
            case inbox.Begin(utterance_id, priority):
                self._begin(utterance_id, priority)
            case inbox.Feed(utterance_id, pcm):
                self._feed(utterance_id, pcm)
            case inbox.End(utterance_id):
                self._end(utterance_id)
            case inbox.Cancel(utterance_id):
                self._cancel(utterance_id)
            case inbox.FinishTexts(request_id, texts):
                self._emit(events.TextsFinished(request_id, texts))

    def abandon(self) -> None:
        """Disconnect after a mistake of ours, and tell it."""
        if self._model is not None:
            self._lose(INTERNAL)

    async def close(self) -> None:
        """Disconnect; blocks for at most the time of a good-bye."""
        ended = self._disconnect()
        await asyncio.gather(*ended, return_exceptions=True)  # cancelled: each says good-bye and ends
        await self._lines.close()

    # --- connecting -----------------------------------------------------------------------------

    def _load(self, model: ModelSpec) -> None:
        if self._model == model:
            if self._ready is not None:
                self._emit(self._ready)
            return
        self._unload()
        self._generation += 1
        self._model, self._blocked_by = model, None
        self._emit(events.WorkerStarting(self._generation, model))
        self._emit(events.Loading(self._generation, "connecting"))
        self._loading = self._spawn(self._connect(self._generation, model), "connect")

    async def _connect(self, generation: int, model: ModelSpec) -> None:
        started_s = time.monotonic()
        try:
            await self._lines.prepare()
        except LineBroken as broken:
            self._load_failed(generation, model, broken.problem)
            return
        load_ms = (time.monotonic() - started_s) * 1000.0
        self._ready = events.Ready(generation, model, DEVICE, load_ms, NO_PID, notice_of(self._server))
        self._loading = None
        self._emit(self._ready)
        for utterance in self._ledger.unfinished():
            self._serve(utterance)

    def _load_failed(self, generation: int, model: ModelSpec, problem: Problem) -> None:
        self._model = self._loading = None
        self._blocked_by = problem
        self._emit(events.LoadFailed(generation, model, problem))
        for utterance in self._ledger.unfinished():
            if utterance.is_ended:
                self._fail(utterance, problem)

    def _unload(self) -> None:
        if self._model is None:
            return
        started_s = time.monotonic()
        self._disconnect()
        took_ms = (time.monotonic() - started_s) * 1000.0
        self._emit(events.WorkerExited(self._generation, NO_PID, None, True, False, took_ms))

    def _lose(self, problem: Problem) -> None:
        """The server is gone against our will; whoever needs it will load again."""
        self._disconnect()
        self._emit(events.WorkerExited(self._generation, NO_PID, None, False, False, 0.0, "crashed", problem))

    def _disconnect(self) -> list[asyncio.Task[None]]:
        """Drop every connection; what is owed stays in the ledger."""
        tasks = [*self._serving.values(), *([self._loading] if self._loading else [])]
        this = asyncio.current_task()
        for task in tasks:
            if task is not this:  # the one that found the server gone ends by itself
                task.cancel()
        self._serving.clear()
        self._model = self._loading = self._ready = None
        self._lines.drop_spare()
        return [task for task in tasks if task is not this]

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(self._look_at)
        return task

    def _look_at(self, task: asyncio.Task[None]) -> None:
        """A mistake of ours becomes an event, not a silent task."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("server: unexpected in %s", task.get_name(), exc_info=error)
            with suppress(Exception):
                self.abandon()

    # --- utterances -----------------------------------------------------------------------------

    def _begin(self, utterance_id: int, priority: int) -> None:
        if self._ledger.begin(utterance_id, priority):
            utterance = self._ledger.get(utterance_id)
            assert utterance is not None
            self._sounds[utterance_id] = Sound(utterance, asyncio.Event())
            self._serve(utterance)

    def _feed(self, utterance_id: int, pcm: bytes) -> None:
        if self._ledger.feed(utterance_id, pcm):
            self._sounds[utterance_id].changed.set()
        elif (utterance := self._ledger.get(utterance_id)) is not None and utterance.failure is not None:
            self._stop_serving(utterance_id)

    def _end(self, utterance_id: int) -> None:
        utterance = self._ledger.end(utterance_id)
        if utterance is None:
            return
        problem = utterance.failure or (self._blocked_by if self._model is None else None)
        self._sounds[utterance_id].ended_s = time.monotonic()
        if problem is not None:
            self._fail(utterance, problem)
        else:
            self._sounds[utterance_id].changed.set()

    def _cancel(self, utterance_id: int) -> None:
        self._stop_serving(utterance_id)
        self._forget(utterance_id)

    def _serve(self, utterance: Utterance) -> None:
        if self._ready is not None and utterance.utterance_id not in self._serving:
            name = f"utterance {utterance.utterance_id}"
            self._serving[utterance.utterance_id] = self._spawn(self._until_answered(utterance), name)

    def _stop_serving(self, utterance_id: int) -> None:
        task = self._serving.pop(utterance_id, None)
        if task is not None:
            task.cancel()

    async def _until_answered(self, utterance: Utterance) -> None:
        """Try again after each failure; without end while the user still speaks, then a few times."""
        sound = self._sounds[utterance.utterance_id]
        failures, failures_after_end = 0, 0
        while True:
            try:
                text = await self._converse(sound)
            except LineBroken as broken:
                _log.info("server: utterance %d: %s", utterance.utterance_id, broken.problem.code)
                failures_after_end += utterance.is_ended
                if broken.is_lasting or self._is_enough(sound, failures_after_end):
                    self._give_up(utterance, broken)
                    return
                pauses_s = self._deadlines.pauses_s or (1.0,)
                await asyncio.sleep(pauses_s[min(failures, len(pauses_s) - 1)])
                failures += 1
            else:
                self._answered(utterance, text)
                return

    def _is_enough(self, sound: Sound, failures_after_end: int) -> bool:
        if not sound.utterance.is_ended:
            return False
        is_late = time.monotonic() > sound.ended_s + self._deadlines.give_up_s
        return is_late or failures_after_end > len(self._deadlines.pauses_s)

    async def _converse(self, sound: Sound) -> str:
        utterance = sound.utterance

        def tell(committed: str, tentative: str, audio_ms: int) -> None:
            self._emit(events.Partial(utterance.utterance_id, committed, tentative, audio_ms))

        async with self._slots[events.Priority(utterance.priority)]:
            line = await self._lines.take()
            codec = Codec(line.dialect, self._server, f"utterance-{utterance.utterance_id}")
            conversation = Conversation(
                line, codec, sound, self._deadlines, tell, acknowledges=self._acknowledges
            )
            try:
                text = await conversation.hold()
            finally:
                self._lines.part(line)
            self._acknowledges = conversation.acknowledges
            return text

    def _answered(self, utterance: Utterance, text: str) -> None:
        self._serving.pop(utterance.utterance_id, None)
        sound = self._forget(utterance.utterance_id)
        engine_ms = (time.monotonic() - sound.ended_s) * 1000.0 if sound else 0.0
        audio_ms = utterance.kept_bytes // BYTES_PER_MS
        self._emit(events.Final(utterance.utterance_id, self._finished(text), audio_ms, engine_ms))

    def _finished(self, text: str) -> str:
        """The user's own spellings and spaces; the server has written numbers and marks itself."""
        if self._server.text is None:
            return text
        if self._pipeline is None:
            self._pipeline = TextPipeline(self._server.text)
        return self._pipeline.finish(text, is_written=True)

    def _give_up(self, utterance: Utterance, broken: LineBroken) -> None:
        self._serving.pop(utterance.utterance_id, None)
        if (broken.is_unreached or broken.is_lasting) and self._ready is not None:
            self._lose(broken.problem)  # told first: it is not the utterance that is hopeless
        self._fail(utterance, broken.problem)

    def _fail(self, utterance: Utterance, problem: Problem) -> None:
        """The answer will be ``problem``: now if the utterance is ended, else when it is."""
        self._ledger.fail(utterance.utterance_id, problem)
        if utterance.is_ended:
            self._forget(utterance.utterance_id)
            self._emit(events.UtteranceFailed(utterance.utterance_id, problem))

    def _forget(self, utterance_id: int) -> Sound | None:
        self._ledger.remove(utterance_id)
        return self._sounds.pop(utterance_id, None)

    # --- questions that only a process of ours could answer ---------------------------------------

    def _answer(self, question: object) -> None:
        if self._ready is None:
            return
        nothing = events.MemoryReported(self._generation, 0, 0, 0, 0)
        if isinstance(question, messages.ReportMemory):
            self._emit(nothing)
        elif isinstance(question, messages.CleanCache):
            self._emit(events.CacheCleaned(self._generation, nothing, nothing, 0.0))
