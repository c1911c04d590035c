"""The worker's message loop: takes messages, works one step, takes messages again.

A step is one piece of sound (``Engine.step_bytes``), the end of one utterance or a part of its second
pass, so that a cancel, a ping or a more urgent utterance is seen between two steps. ``Exit`` and a
closed stdin do not even wait for that: the reader thread ends the process (``__main__``). Who waits for an
answer goes first, then texts to finish, then files: in batches where a model hears whole utterances.

Over 250 lines because one loop is read in one piece: messages, engine, utterances.
"""

from __future__ import annotations

import gc
import queue
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from audio.events import Problem
from recognizer import messages
from recognizer.events import ModelSpec, Priority
from recognizer.worker.engine import ENGINE_FAILED, Engine, EngineError, Outcome, Text, create_engine
from recognizer.worker.queue_of_work import OpenUtterance, QueueOfWork
from recognizer.worker.text_work import TextWork

if TYPE_CHECKING:
    from recognizer.worker.batch_work import BatchWork
    from recognizer.worker.finishing import Finishing
    from recognizer.worker.heard_pieces import Heard
    from recognizer.worker.whole_recognizer import WholeRecognizer

MIN_BYTES: Final = 800
"""Shorter utterances (25 ms) are answered with nothing: feature extractors crash on them."""

LOAD_CRASHED = Problem(
    "engine-load-failed",
    "The model could not be loaded.",
    "Install the model again, or choose another one; the log names the cause.",
)
NO_ENGINE = Problem(
    "engine-missing",
    "Speech arrived before a model was loaded.",
    "Load a model.",
)


class Server:
    """Runs on the main thread of the worker. ``send`` writes one message to the driver."""

    def __init__(
        self,
        inbox: queue.SimpleQueue[messages.Message],
        send: Callable[[messages.FromWorker], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inbox = inbox
        self._send = send
        self._clock = clock
        self._engine: Engine | None = None
        self._finishing: Finishing | None = None
        self._work = QueueOfWork()
        self._texts = TextWork(send)
        self._batches: BatchWork | None = None
        self._owes_release = False

    def serve_forever(self) -> None:
        """Never returns; the process is ended by its reader thread."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Take every message that is there (wait for one if there is nothing to do), work one step."""
        if not self.has_work:
            self._take(self._wait())
        while not self._inbox.empty():
            self._take(self._inbox.get())
        self._work_one_step()
        if self._owes_release and not self.has_work:
            self._release()

    @property
    def has_work(self) -> bool:
        """Something can be done without another message."""
        return self._work.next() is not None or self._texts.has_work or self._has_batches

    @property
    def _has_batches(self) -> bool:
        return self._batches is not None and self._batches.has_work

    def _work_one_step(self) -> None:
        """Who waits for an answer comes first; then texts, because they are few; then files."""
        utterance = self._work.next()
        if self._texts.has_work and (utterance is None or utterance.priority <= Priority.FILE):
            self._texts.step(self._finishing)
        elif utterance is not None:
            self._step(utterance)
        elif self._batches is not None:
            self._batches.step()

    def _wait(self) -> messages.Message:
        while self._inbox.empty() and self._rest():
            pass  # one small piece after the other, until somebody wants something
        return self._inbox.get()

    def _rest(self) -> bool:
        if self._engine is None or self._finishing is None:
            return False
        return self._finishing.rest() or self._engine.rest()

    def _take(self, message: messages.Message) -> None:
        match message:
            case messages.Audio(utterance_id, pcm):
                if (utterance := self._work.get(utterance_id)) is not None:
                    utterance.pending += pcm
            case messages.Begin(utterance_id, priority):
                is_open = self._batches is not None and self._batches.is_open
                is_for_a_batch = is_open and priority <= Priority.FILE
                self._work.begin(utterance_id, priority, is_for_a_batch=is_for_a_batch)
            case messages.End(utterance_id):
                if (utterance := self._work.get(utterance_id)) is not None:
                    utterance.ended_at_s = self._clock()
            case messages.Cancel(utterance_id):
                self._close(self._work.remove(utterance_id))
            case messages.FinishTexts():
                self._texts.ask(message)
            case messages.Ping(number):
                self._send(messages.Pong(number))
            case _:
                self._take_engine_message(message)

    def _take_engine_message(self, message: messages.Message) -> None:
        match message:
            case messages.Prepare(model):
                self._prepare(model)
            case messages.Load(model):
                self._load(model)
            case messages.ReportMemory() if self._engine is not None:
                self._send(self._held(self._engine))
            case messages.CleanCache() if self._engine is not None:
                self._clean(self._engine)
            case messages.ReleaseSecondPass():
                self._owes_release = True  # once nobody is between two steps with what would go

    # --- the engine -----------------------------------------------------------------------------

    def _prepare(self, model: ModelSpec) -> None:
        try:
            self._engine = create_engine(model.engine)
            self._engine.prepare(model, self._tell_stage)
        except EngineError as error:
            self._send(messages.LoadRefused(error.problem))
            return
        except Exception:  # noqa: BLE001 - a library may raise anything
            self._refuse_load()
            return
        self._send(messages.Prepared(self._engine.memory().host_rss_bytes))

    def _load(self, model: ModelSpec) -> None:
        started_s = self._clock()
        try:
            self._engine = self._engine or create_engine(model.engine)
            running = self._engine.load(model, self._tell_stage)
            finishing = _finishing(model, running.device, self._engine.for_files())
            finishing.second_pass.load_if_alone()
        except EngineError as error:
            self._send(messages.LoadRefused(error.problem))
            return
        except Exception:  # noqa: BLE001 - a library may raise anything
            self._refuse_load()
            return
        self._finishing = finishing
        self._batches = self._batch_work(finishing, model)
        gc.freeze()  # what loading made stays until the end: no need to search it for rubbish
        gc.enable()
        load_ms = (self._clock() - started_s) * 1000.0
        self._send(messages.Loaded(running.device, load_ms, running.notice))

    def _batch_work(self, finishing: Finishing, model: ModelSpec) -> BatchWork | None:
        """Imported for a model that hears whole utterances only."""
        if not finishing.second_pass.hears_whole:
            return None
        from recognizer.worker.batch_work import Answers, BatchWork

        def refuse(utterance: OpenUtterance, error: EngineError) -> None:
            self._refuse(utterance, error.problem, error.retry)

        answers = Answers(self._answer, refuse, finishing.leaves_raw)
        return BatchWork(finishing.second_pass, self._work, answers, model.memory_fraction)

    def _refuse_load(self) -> None:
        traceback.print_exc()
        self._send(messages.LoadRefused(LOAD_CRASHED))

    def _release(self) -> None:
        self._owes_release = False
        if self._finishing is not None:
            self._finishing.release()

    def _tell_stage(self, stage: str) -> None:
        self._send(messages.Progressed(stage))

    def _clean(self, engine: Engine) -> None:
        started_s = self._clock()
        before = self._held(engine)
        engine.clean()
        if self._finishing is not None:
            self._finishing.second_pass.clean()
        if self._batches is not None:
            self._batches.forget_highest()
        took_ms = (self._clock() - started_s) * 1000.0
        self._send(messages.Cleaned(before, self._held(engine), took_ms))

    def _held(self, engine: Engine) -> messages.MemoryHeld:
        """An engine without a device of its own may have a second pass with one."""
        held = engine.memory()
        if held.reserved_bytes == 0 and self._finishing is not None:
            held = self._finishing.second_pass.memory()
        highest_bytes = self._batches.highest_reserved_bytes if self._batches is not None else 0
        return replace(held, peak_bytes=max(held.peak_bytes, highest_bytes))

    # --- utterances -----------------------------------------------------------------------------

    def _step(self, utterance: OpenUtterance) -> None:
        try:
            if self._engine is None or self._finishing is None:
                raise EngineError(NO_ENGINE)
            if utterance.pending:
                self._hear(self._engine, utterance)
            else:
                self._finish(utterance)
        except EngineError as error:
            self._refuse(utterance, error.problem, error.retry)
        except Exception:  # noqa: BLE001 - a library may raise anything
            traceback.print_exc()
            self._refuse(utterance, ENGINE_FAILED, retry=True)

    def _hear(self, engine: Engine, utterance: OpenUtterance) -> None:
        if utterance.stream is None:
            utterance.stream = engine.open()
        piece = utterance.take(engine.step_bytes)
        if self._finishing is not None:
            self._finishing.keep(utterance.sound, piece, utterance.priority)
        text = utterance.stream.feed(piece)
        if text is not None and text != utterance.told:
            utterance.told = text
            self._tell_text(utterance, text)

    def _tell_text(self, utterance: OpenUtterance, text: Text) -> None:
        audio_ms = utterance.heard_bytes // 32
        self._send(messages.TextChanged(utterance.utterance_id, text.committed, text.tentative, audio_ms))

    def _finish(self, utterance: OpenUtterance) -> None:
        """The end of the first pass, or one more step of the second; the last one answers."""
        if utterance.rehearing is None:
            assert self._finishing is not None
            first = self._end_first_pass(utterance)
            utterance.rehearing = self._finishing.rehear(utterance.sound, first, utterance.priority)
        try:
            next(utterance.rehearing)
        except StopIteration as last:
            self._answer(utterance, last.value)

    def _end_first_pass(self, utterance: OpenUtterance) -> Outcome:
        if utterance.stream is None or utterance.heard_bytes < MIN_BYTES:
            self._close(utterance)
            return Outcome("")
        stream, utterance.stream = utterance.stream, None
        return stream.end()

    def _answer(self, utterance: OpenUtterance, heard: Heard) -> None:
        assert self._finishing is not None
        outcome = self._finishing.write(heard, utterance.priority)
        self._work.remove(utterance.utterance_id)
        ended_at_s = utterance.ended_at_s or self._clock()
        engine_ms = (self._clock() - ended_at_s) * 1000.0
        audio_ms = utterance.heard_bytes // 32
        answer = (utterance.utterance_id, outcome.text, audio_ms, engine_ms, outcome.words, heard.notice)
        self._send(messages.UtteranceDone(*answer, heard.speaker))

    def _refuse(self, utterance: OpenUtterance, problem: Problem, retry: bool) -> None:
        self._work.remove(utterance.utterance_id)
        self._close(utterance)
        self._send(messages.UtteranceRefused(utterance.utterance_id, problem, retry))

    def _close(self, utterance: OpenUtterance | None) -> None:
        if utterance is not None and utterance.stream is not None:
            utterance.stream.close()
            utterance.stream = None


def _finishing(model: ModelSpec, device: str, for_files: WholeRecognizer | None) -> Finishing:
    """Imported when a model is loaded: the worker's first words should not wait for it."""
    from recognizer.worker.finishing import Finishing

    return Finishing(model, device, for_files)
