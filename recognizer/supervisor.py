"""Decides for the driver: which worker runs, what it is told, what becomes of its words.

Single-threaded; the driver's thread hands it one inbox item after the other. What a dead
generation says is dropped in ``_on_heard``, nowhere else. Over 250 lines because it is one state machine;
worker process, utterances and problems stand in modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from audio.events import Problem
from recognizer import events, inbox, messages
from recognizer.base import EmitRecognizerEvent
from recognizer.child import Ending
from recognizer.events import ModelSpec
from recognizer.fallback import next_smaller
from recognizer.finish_desk import FinishDesk
from recognizer.problems import CANNOT_START, CRASHED, CRASHES_AGAIN, HUNG, OUT_OF_MEMORY_CODE, WRONG_VERSION
from recognizer.utterance_desk import UtteranceDesk
from recognizer.worker_run import Child, Deadlines, Phase, WorkerRun

MAX_RESTARTS: Final = 3


class Supervisor:
    """Owner of the worker, the standby worker and the ledger of unfinished utterances."""

    def __init__(
        self,
        emit: EmitRecognizerEvent,
        spawn: Callable[[], Child],
        tell: Callable[[inbox.Heard | inbox.Gone], None],
        clock: Callable[[], float],
        deadlines: Deadlines,
    ) -> None:
        self._emit = emit
        self._spawn = spawn
        self._tell = tell
        self._clock = clock
        self._deadlines = deadlines
        self._desk = UtteranceDesk(emit, self._say_if_ready)
        self._finish_desk = FinishDesk(emit, self._say_if_ready)
        self._generation = 0
        self._run: WorkerRun | None = None
        self._standby: WorkerRun | None = None
        self._ready: events.Ready | None = None
        self._restarts = 0
        self._has_crashed = False
        self._notice: Problem | None = None

    def wait_s(self) -> float:
        """How long the inbox may be waited for before ``check`` is due."""
        runs = [run for run in (self._run, self._standby) if run is not None]
        settled = all(run.phase in (Phase.READY, Phase.STANDING_BY) for run in runs)
        is_quiet = settled and not self._desk.is_owing and not self._finish_desk.is_owing
        return self._deadlines.idle_check_s if is_quiet else self._deadlines.check_s

    def check(self) -> None:
        """Look at every deadline."""
        for run in (self._run, self._standby):
            if run is None:
                continue
            problem = run.watch(self._clock(), self._desk.longest_bytes, self._is_working)
            if problem is not None:
                self._on_overdue(run, problem)

    def close(self) -> None:
        """End every worker."""
        self._drop_standby()
        self._retire()

    def abandon(self, problem: Problem) -> None:
        """End everything after a mistake of ours; what is owed is answered with ``problem``."""
        run = self._run
        self.close()
        if run is not None:
            self._load_failed(run.generation, run.model, problem)

    def handle(self, item: inbox.Wish | inbox.Heard | inbox.Gone) -> None:
        """Carry out one wish, or take note of one fact."""
        match item:
            case inbox.Load(model):
                self._load(model)
            case inbox.StandBy(model):
                self._stand_by(model)
            case inbox.Unload():
                self._retire()
            case inbox.FinishTexts(request_id, texts):
                self._finish_desk.ask(request_id, texts)
            case inbox.Ask(question):
                self._say_if_ready(question)
            case inbox.Heard(generation, message):
                self._on_heard(generation, message)
            case inbox.Gone(generation):
                self._on_gone(generation)
            case _:
                self._desk.handle(item)

    # --- starting and ending workers ------------------------------------------------------------

    def _load(self, model: ModelSpec) -> None:
        self._restarts = 0
        if self._run is not None and self._run.model == model:
            if self._ready is not None:
                self._emit(self._ready)
            return
        self._retire()
        if self._standby is not None and self._standby.model == model:
            self._promote(self._standby)
        else:
            self._run = self._start(model, is_standby=False)

    def _promote(self, run: WorkerRun) -> None:
        self._run, self._standby = run, None
        self._desk.blocked_by = self._finish_desk.blocked_by = None
        run.is_standby = False
        run.load_asked_s = self._clock()
        self._emit(events.WorkerStarting(run.generation, run.model))
        if run.phase is not Phase.STARTING:
            self._ask_to_load(run)

    def _stand_by(self, model: ModelSpec | None) -> None:
        if self._standby is not None and self._standby.model == model:
            return
        self._drop_standby()
        if model is not None:
            self._standby = self._start(model, is_standby=True)

    def _start(self, model: ModelSpec, *, is_standby: bool) -> WorkerRun | None:
        self._generation += 1
        if not is_standby:
            self._desk.blocked_by = self._finish_desk.blocked_by = None
            self._emit(events.WorkerStarting(self._generation, model))
        try:
            child = self._spawn()
        except OSError:
            if not is_standby:
                self._load_failed(self._generation, model, CANNOT_START)
            return None
        run = WorkerRun(self._generation, model, child, self._tell, self._deadlines, self._clock())
        run.is_standby = is_standby
        return run

    def _ask_to_load(self, run: WorkerRun) -> None:
        run.enter(Phase.LOADING, self._clock())
        run.say(messages.Load(run.model))

    def _retire(self) -> None:
        """End the worker because it was asked for; what it owes stays in the ledger."""
        run, self._run, self._ready = self._run, None, None
        if run is not None:
            ending = run.end(ask=True)
            expected = ending.how != "crashed"
            self._emit(_exited(run, ending, expected=expected, problem=None if expected else CRASHED))

    def _drop_standby(self) -> None:
        run, self._standby = self._standby, None
        if run is not None:
            self._emit(_exited(run, run.end(ask=True), expected=True))

    def _load_failed(self, generation: int, model: ModelSpec, problem: Problem) -> None:
        self._emit(events.LoadFailed(generation, model, problem))
        self._desk.block(problem)
        self._finish_desk.block(problem)

    @property
    def _is_working(self) -> bool:
        return self._desk.is_working or self._finish_desk.is_owing

    def _say_if_ready(self, message: messages.ToWorker) -> None:
        if self._run is not None and self._run.phase is Phase.READY:
            self._run.say(message)

    # --- what workers do ------------------------------------------------------------------------

    def _on_heard(self, generation: int, message: messages.Message) -> None:
        run = self._run_of(generation)
        if run is None:
            return  # a dead generation: nobody downstream needs to know about it
        match message:
            case messages.UtteranceDone():
                self._restarts = 0
                self._desk.on_done(message)
            case messages.TextChanged():
                self._desk.on_text(message)
            case messages.UtteranceRefused(utterance_id, problem, retry):
                self._on_refused(run, utterance_id, problem, retry)
            case messages.TextsWritten():
                self._restarts = 0
                self._finish_desk.on_written(message)
            case messages.MemoryHeld():
                self._emit(_memory(generation, message))
            case messages.Cleaned(before, after, took_ms):
                memory = (_memory(generation, before), _memory(generation, after))
                self._emit(events.CacheCleaned(generation, *memory, took_ms))
            case _:
                self._on_life_sign(run, message)

    def _on_life_sign(self, run: WorkerRun, message: messages.Message) -> None:
        match message:
            case messages.Hello(protocol, _):
                self._on_hello(run, protocol)
            case messages.Progressed(stage):
                self._emit(events.Loading(run.generation, stage))
            case messages.Prepared(host_rss_bytes):
                self._on_prepared(run, host_rss_bytes)
            case messages.Loaded():
                self._on_loaded(run, message)
            case messages.LoadRefused(problem):
                self._on_load_refused(run, problem)
            case messages.Pong(number):
                run.answered(number)

    def _run_of(self, generation: int) -> WorkerRun | None:
        living = (run for run in (self._run, self._standby) if run is not None)
        return next((run for run in living if run.generation == generation), None)

    def _on_hello(self, run: WorkerRun, protocol: int) -> None:
        if protocol != messages.PROTOCOL_VERSION:
            self._on_load_refused(run, WRONG_VERSION)
        elif run.is_standby:
            run.enter(Phase.PREPARING, self._clock())
            run.say(messages.Prepare(run.model))
        else:
            self._ask_to_load(run)

    def _on_prepared(self, run: WorkerRun, host_rss_bytes: int) -> None:
        if run.is_standby:
            run.enter(Phase.STANDING_BY, self._clock())
            self._emit(events.StandbyReady(run.generation, run.model, run.pid, host_rss_bytes))

    def _on_loaded(self, run: WorkerRun, loaded: messages.Loaded) -> None:
        now_s = self._clock()
        run.enter(Phase.READY, now_s)
        load_ms = (now_s - run.load_asked_s) * 1000.0
        notice = loaded.notice or self._notice
        self._ready = events.Ready(run.generation, run.model, loaded.device, load_ms, run.pid, notice)
        self._notice = None
        self._emit(self._ready)
        self._desk.replay(carefully=self._has_crashed)
        self._has_crashed = False
        self._finish_desk.replay()

    def _on_load_refused(self, run: WorkerRun, problem: Problem) -> None:
        if run is self._standby:
            self._drop_standby()
            return
        smaller = next_smaller(run.model) if problem.code == OUT_OF_MEMORY_CODE else None
        self._retire()
        if smaller is None:
            self._load_failed(run.generation, run.model, problem)
        else:
            self._notice = problem
            self._run = self._start(smaller, is_standby=False)

    def _on_refused(self, run: WorkerRun, utterance_id: int, problem: Problem, retry: bool) -> None:
        is_smaller_left = problem.code == OUT_OF_MEMORY_CODE and next_smaller(run.model) is not None
        if not retry or not (is_smaller_left or self._desk.may_retry(utterance_id)):
            self._desk.fail(utterance_id, problem)
            return
        self._replace(run, run.end(ask=True), problem)

    def _on_gone(self, generation: int) -> None:
        run = self._run_of(generation)
        if run is None:
            return
        ending = run.bury()
        if run is self._standby:
            self._standby = None
            self._emit(_exited(run, ending, expected=False, problem=CRASHED))
        else:
            self._replace(run, ending, CRASHED)

    def _on_overdue(self, run: WorkerRun, problem: Problem) -> None:
        ending = run.end(ask=False)
        if run is self._standby:
            self._standby = None
            self._emit(_exited(run, ending, expected=False, problem=problem))
            return
        suspect = self._desk.oldest_id() if problem == HUNG else None
        if suspect is not None and not self._desk.may_retry(suspect):
            self._desk.fail(suspect, problem)
        self._replace(run, ending, problem)

    def _replace(self, run: WorkerRun, ending: Ending, problem: Problem) -> None:
        """A worker is gone against our will: start the next one if any word is owed."""
        self._run = self._ready = None
        smaller = next_smaller(run.model) if problem.code == OUT_OF_MEMORY_CODE else None
        if smaller is None:  # the way down has an end of its own
            self._restarts += 1
        self._has_crashed = problem in (CRASHED, HUNG)
        if problem == CRASHED:
            self._desk.worker_broke(problem)
        if not self._desk.is_working:  # else it broke on an utterance
            self._finish_desk.worker_broke(problem)
        is_replaying = self._is_working and self._restarts <= MAX_RESTARTS
        self._emit(_exited(run, ending, expected=False, problem=problem, replaying=is_replaying))
        if is_replaying:
            self._notice = problem if smaller is not None else None
            self._run = self._start(smaller or run.model, is_standby=False)
        elif run.phase is not Phase.READY or self._is_working:
            was_tried = self._restarts > MAX_RESTARTS
            self._load_failed(run.generation, run.model, CRASHES_AGAIN if was_tried else problem)


def _memory(generation: int, held: messages.MemoryHeld) -> events.MemoryReported:
    return events.MemoryReported(
        generation, held.allocated_bytes, held.reserved_bytes, held.peak_bytes, held.host_rss_bytes
    )


def _exited(
    run: WorkerRun,
    ending: Ending,
    *,
    expected: bool,
    problem: Problem | None = None,
    replaying: bool = False,
) -> events.WorkerExited:
    return events.WorkerExited(
        run.generation,
        run.pid,
        ending.exit_code,
        expected,
        replaying,
        ending.took_ms,
        ending.how,
        problem,
    )
