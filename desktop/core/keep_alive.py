"""When the model is on the card and when it is not: events in, commands out.

    unloaded → starting → loading → ready ⇄ busy → idle → unloading → unloaded     (standby beside unloaded)

Every event changes what is *wanted* (which model, or none); ``_settle`` then takes one step from what
*is* towards it. So there is one place that loads and one that unloads, and these hold by construction:

- A model is loaded only when no worker is there; a change of model is an unload followed by a load.
- Nothing is unloaded while a lease is held, except by suspend and quit. Leases other than the
  dictation may be moved (another model, the CPU): the recognizer keeps their sound and replays it.
- A model of another recognizer (a server instead of this computer) waits until no lease is held at all.
- Every step that could hang has a deadline, and the earliest deadline is always scheduled.

Over 250 lines because it is one state machine; proof, worker and problems stand in modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from audio.events import Problem
from desktop.core import keep_alive_commands as ka
from desktop.core import keep_alive_problems as problems
from desktop.core.commands import TellProblem
from desktop.core.events import Origin, TimePassed
from desktop.core.keep_alive_commands import KeepAliveCommand, KeepAliveSettings
from desktop.core.proof_desk import ProofDesk
from desktop.core.standby_desk import StandbyDesk
from desktop.core.worker_life import StandbyLife, Step, WorkerLife, home_of, on_cpu, runs_on_card
from recognizer import events as rec
from recognizer.events import ModelSpec
from recognizer.gpu_reading import GpuSnapshot, Moment

DICTATION: Final = "dictation"
MEASURE_LIMIT_MS: Final = 150.0
END_LIMIT_MS: Final = 8_000.0
STEADY_MS: Final = 60_000.0
"""A worker that lived this long does not count as one more failure in a row when it crashes."""

Commands = Iterator[KeepAliveCommand]


class State(StrEnum):
    """What the user sees. Ready: nobody needs it, and it stays. Busy: a lease is held.

    Idle: nobody needs it, and the clock towards the unload runs.
    """

    UNLOADED = "unloaded"
    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    IDLE = "idle"
    UNLOADING = "unloading"


_STATES: Final = {
    Step.STARTING: State.STARTING,
    Step.LOADING: State.LOADING,
    Step.MEASURING: State.UNLOADING,
    Step.ENDING: State.UNLOADING,
}


def _as_it_is(model: ModelSpec) -> ModelSpec:
    return model


class KeepAlive:
    """The life cycle of the model; see the module's docstring.

    ``model`` is what a lease loads. ``fit`` turns it into what this card can hold (device choice and
    what was remembered after out of memory, see ``gpu_policy``); it is asked at each load.
    """

    def __init__(
        self,
        settings: KeepAliveSettings,
        model: ModelSpec | None,
        *,
        fit: Callable[[ModelSpec], ModelSpec] = _as_it_is,
    ) -> None:
        self.settings = settings
        self._model = model
        self._chosen = model  # the same, unless it belongs to another recognizer and a lease is held
        self._fit = fit
        self._leases: dict[str, None] = {}
        self._worker: WorkerLife | None = None
        self._standby = StandbyDesk()
        self._proofs = ProofDesk()
        self._is_kept = False  # somebody wanted the model and its idle time is not over
        self._idle_since_ms: float | None = None
        self._pending: ka.UnloadRequested | None = None
        self._stays_unloaded = False
        self._way: str = ""  # who the card is left to
        self._is_suspended = self._is_quitting = self._owes_sleep = False
        self._unload_origin, self._unload_reason = Origin.SYSTEM, ""
        self._failures, self._has_given_up = 0, False
        self._retry_at_ms: float | None = None
        self._failure: Problem | None = None  # told already
        self._told_holders: set[str] = set()
        self._told_of_model: set[tuple[ModelSpec, str]] = set()
        self._dead_generation = 0
        self._scheduled_ms: float | None = None

    # --- what others may ask -----------------------------------------------------------------

    @property
    def state(self) -> State:
        """For tray and status."""
        if self._worker is None:
            return State.UNLOADED
        if self._worker.step is not Step.LOADED:
            return _STATES[self._worker.step]
        if self._leases:
            return State.BUSY
        return State.READY if self._idle_at_ms is None else State.IDLE

    @property
    def model(self) -> ModelSpec | None:
        """What a lease loads."""
        return self._model

    @property
    def device(self) -> str:
        """Where the loaded model runs; "" while none is ready."""
        return self._worker.device if self._worker else ""

    @property
    def holders(self) -> tuple[str, ...]:
        """Who holds a lease, in the order they came."""
        return tuple(self._leases)

    @property
    def stays_unloaded(self) -> bool:
        """Whether nothing loads until asked."""
        return self._stays_unloaded

    @property
    def gives_way_to(self) -> str:
        """Who the card is left to, in the user's words; "" when to nobody."""
        return self._way

    @property
    def standby(self) -> StandbyLife | None:
        """The prepared worker, if one was asked for."""
        return self._standby.life

    @property
    def our_pids(self) -> frozenset[int]:
        """Processes whose memory is ours, an ended worker included until its unload is proven."""
        lives = (self._worker, self._standby.life)
        pids = {life.pid for life in lives if life is not None} | {self._proofs.pid}
        return frozenset(pid for pid in pids if pid)  # 0 is nobody's: a server has no process here

    @property
    def wants_gpu_watch(self) -> bool:
        """A model is on its way to a card, on it or leaving it: poll the driver."""
        return self._is_on_card or self._proofs.is_open

    @property
    def unload_at_ms(self) -> float | None:
        """When the idle model will be unloaded."""
        return self._idle_at_ms if self.state is State.IDLE else None

    # --- events ------------------------------------------------------------------------------

    def handle(self, event: object, now_ms: float) -> list[KeepAliveCommand]:
        """Commands that follow from ``event`` at ``now_ms``; unknown events mean nothing here."""
        commands = [*self._take(event, now_ms), *self._settle(now_ms)]
        commands += self._schedule()
        return commands

    def _take(self, event: object, now_ms: float) -> Commands:
        match event:
            case TimePassed():
                yield from self._time_passed(now_ms)
            case ka.LeaseAcquired():
                self._lease_acquired(event.holder)
            case ka.LeaseReleased():
                self._lease_released(event.holder, now_ms)
            case GpuSnapshot():
                yield from self._proofs.take(event, now_ms)
            case rec.WorkerStarting() | rec.Loading() | rec.Ready() | rec.LoadFailed() | rec.WorkerExited():
                yield from self._worker_told(event, now_ms)
            case rec.StandbyReady():
                yield from self._standby.ready(event, self.settings.standby_limit_bytes)
            case _:
                yield from self._asked(event, now_ms)

    def _asked(self, event: object, now_ms: float) -> Commands:
        match event:
            case ka.ModelChosen():
                self._choose(event.model)
            case ka.ModelRequested():
                self._request(event)
            case ka.UnloadRequested():
                yield from self._unload_requested(event)
            case ka.UnloadCancelled():
                self._pending = None
            case ka.SettingsChanged():
                self.settings = event.settings
                self._standby.allow()
            case _:
                yield from self._surroundings(event, now_ms)

    def _surroundings(self, event: object, now_ms: float) -> Commands:
        match event:
            case ka.GiveWayStarted():
                self._way = event.reason
                self._because(Origin.SYSTEM, event.reason)
                self._is_kept = self._is_kept and (self.settings.comes_back or not self._is_on_card)
            case ka.GiveWayEnded():
                self._way = ""
                self._try_anew()
            case ka.Suspending():
                self._is_suspended = self._owes_sleep = True
                self._is_kept = False
                self._because(Origin.SYSTEM, "")
            case ka.Resumed():
                self._is_suspended = self._owes_sleep = False
                self._try_anew()
            case ka.SessionLocked() if self.settings.unload_on_lock:
                yield from self._unload_requested(ka.UnloadRequested(Origin.SYSTEM, now_ms, wait=True))
            case ka.Quitting():
                self._is_quitting = True
                self._because(Origin.SYSTEM, "")

    # --- leases and wishes -------------------------------------------------------------------

    def _lease_acquired(self, holder: str) -> None:
        self._leases[holder] = None
        self._told_holders.discard(holder)
        self._is_kept, self._idle_since_ms = True, None
        self._try_anew()

    def _lease_released(self, holder: str, now_ms: float) -> None:
        if holder not in self._leases:
            return
        del self._leases[holder]
        if self._leases:
            return
        self._try_anew()
        self._idle_since_ms = now_ms
        self._is_kept = self._is_kept and (self._worker is not None or bool(self._way))
        if self._pending is not None:
            self._let_go(self._pending)

    def _choose(self, model: ModelSpec | None) -> None:
        self._chosen = model
        if home_of(model) == home_of(self._model):
            self._take_chosen()

    def _take_chosen(self) -> None:
        if self._chosen != self._model:
            self._model = self._chosen
            self._standby.allow()
            self._because(Origin.SYSTEM, "")
            self._try_anew()

    def _request(self, event: ka.ModelRequested) -> None:
        """An explicit wish wins over "stay unloaded" and over whoever the card was left to."""
        self._choose(event.model)
        self._stays_unloaded, self._way, self._pending = False, "", None
        self._is_kept = True
        if self._idle_since_ms is not None:  # it is there already: its idle time begins anew
            self._idle_since_ms = event.now_ms
        self._because(event.origin, "")
        self._try_anew()

    def _unload_requested(self, event: ka.UnloadRequested) -> Commands:
        if not self._leases:
            self._let_go(event)
            return
        yield ka.RefuseUnload(self.holders, is_waiting=event.wait)
        if event.wait:
            self._pending = event

    def _let_go(self, event: ka.UnloadRequested) -> None:
        self._pending, self._is_kept, self._retry_at_ms = None, False, None
        self._stays_unloaded = self._stays_unloaded or event.stay
        self._because(event.origin, "")

    def _because(self, origin: Origin, reason: str) -> None:
        if self._worker is not None and self._worker.step is not Step.ENDING:
            self._unload_origin, self._unload_reason = origin, reason

    def _try_anew(self) -> None:
        self._failures, self._retry_at_ms, self._has_given_up = 0, None, False
        self._failure = None

    # --- what is wanted, and one step towards it ---------------------------------------------------

    @property
    def _is_on_card(self) -> bool:
        return self._worker is not None and self._worker.uses_card

    def _wanted(self) -> ModelSpec | None:
        """The model that should run now; ``None``: none."""
        if self._model is None or self._is_suspended or self._is_quitting:
            return None
        spares_card = self._stays_unloaded or (bool(self._way) and runs_on_card(self._model))
        if not spares_card:
            return self._model if self._leases or self._is_kept else None
        if self._leases:
            return on_cpu(self._model) if self.settings.give_way_to is ka.GiveWayTo.CPU else None
        has_cpu_worker = self._worker is not None and not self._worker.uses_card
        return on_cpu(self._model) if self._is_kept and has_cpu_worker else None

    def _settle(self, now_ms: float) -> Commands:
        if not self._leases and home_of(self._chosen) != home_of(self._model):
            yield from self._change_recognizer(now_ms)
        wanted = self._wanted()
        worker = self._worker
        if worker is None:
            yield from self._sleep_if_owed()
            yield from self._tell_waiting(wanted)
            if wanted is not None and self._retry_at_ms is None and not self._has_given_up:
                yield from self._load(wanted, now_ms)
            else:
                yield from self._care_for_standby(wanted)
        elif worker.step is Step.ENDING:
            return
        elif (wanted is not None and worker.serves(wanted)) or not self._may_end(wanted):
            yield from self._stay(worker)
        else:
            yield from self._end(worker, now_ms)

    def _change_recognizer(self, now_ms: float) -> Commands:
        """Whoever acquires a lease from now on speaks to the other one; this one's worker ends meanwhile."""
        self._take_chosen()
        yield from self._standby.drop()
        if self._worker is not None and self._worker.step is not Step.ENDING:
            self._worker.step, self._worker.until_ms = Step.ENDING, now_ms + END_LIMIT_MS
            yield ka.UnloadModel(self._unload_origin)
        yield ka.UseRecognizer(self._model)

    def _may_end(self, wanted: ModelSpec | None) -> bool:
        if self._is_suspended or self._is_quitting or not self._leases:
            return True
        return wanted is not None and DICTATION not in self._leases

    def _care_for_standby(self, wanted: ModelSpec | None) -> Commands:
        is_off = self._is_quitting or self._stays_unloaded or not self.settings.standby
        if is_off or self._model is None or home_of(self._model):  # a server has no process here
            yield from self._standby.drop()
        elif wanted is None and not (self._proofs.is_open or self._is_suspended or self._way):
            yield from self._standby.prepare(self._fit(self._model))

    def _tell_waiting(self, wanted: ModelSpec | None) -> Commands:
        """Whoever holds a lease while nothing will be loaded is told why, once."""
        untold = tuple(holder for holder in self._leases if holder not in self._told_holders)
        if wanted is not None or not untold or self._is_suspended or self._is_quitting:
            return
        self._told_holders.update(untold)
        yield ka.TellUnavailable(untold, self._why_none())

    def _why_none(self) -> Problem:
        if self._model is None:
            return problems.NO_MODEL
        return problems.given_way(self._way) if self._way else problems.STAYS_UNLOADED

    def _stay(self, worker: WorkerLife) -> Commands:
        """Nothing to do, or a change of mind while the driver was being read: who asked for it is told."""
        if worker.step is Step.MEASURING:
            worker.step, worker.until_ms = Step.LOADED, None
            self._proofs.forget_before()
            if self._leases and self._unload_origin in (Origin.TRAY, Origin.COMMAND_LINE):
                yield ka.RefuseUnload(self.holders, is_waiting=self._stays_unloaded)

    def _load(self, wanted: ModelSpec, now_ms: float) -> Commands:
        yield from self._proofs.close(None)
        sent = self._fit(wanted)
        yield from self._standby.use_up(sent)
        self._unload_origin, self._unload_reason = Origin.SYSTEM, ""
        self._told_holders.clear()
        yield from self._tell_smaller(wanted, sent)
        self._worker = WorkerLife(wanted, sent, Step.STARTING, now_ms + self.settings.start_limit_s * 1000.0)
        yield ka.LoadModel(sent)

    def _tell_smaller(self, wanted: ModelSpec, sent: ModelSpec) -> Commands:
        """What was remembered is not silent; another card of the same kind is no news."""
        is_less = (wanted.precision, wanted.second_pass) != (sent.precision, sent.second_pass)
        if is_less or runs_on_card(wanted) > runs_on_card(sent):
            problem = problems.runs_smaller(sent.name, sent.device, sent.precision)
            yield from self._tell_once(wanted, problem)

    def _tell_once(self, model: ModelSpec, problem: Problem) -> Commands:
        """Once in a run of the program: true of every load, but worth reading only the first time."""
        if (model, problem.code) not in self._told_of_model:
            self._told_of_model.add((model, problem.code))
            yield TellProblem(problem)

    def _end(self, worker: WorkerLife, now_ms: float) -> Commands:
        """Read the driver, then end the worker; without reading where that cannot help or wait."""
        is_urgent = self._is_suspended or self._is_quitting
        if worker.step is Step.LOADED and worker.uses_card and not is_urgent and self._proofs.can_measure:
            worker.step, worker.until_ms = Step.MEASURING, now_ms + MEASURE_LIMIT_MS
            self._proofs.forget_before()
            yield ka.ReadGpu(Moment.BEFORE, self.our_pids)
            return
        is_measuring = worker.step is Step.MEASURING and not self._proofs.has_before and not is_urgent
        if is_measuring and now_ms < (worker.until_ms or 0.0):
            return
        worker.step, worker.until_ms = Step.ENDING, now_ms + END_LIMIT_MS
        yield ka.UnloadModel(self._unload_origin, is_urgent)

    def _sleep_if_owed(self) -> Commands:
        if self._owes_sleep:
            self._owes_sleep = False
            yield ka.AllowSleep()

    # --- the worker ----------------------------------------------------------------------------

    def _worker_told(
        self,
        event: rec.WorkerStarting | rec.Loading | rec.Ready | rec.LoadFailed | rec.WorkerExited,
        now_ms: float,
    ) -> Commands:
        worker = self._worker
        if isinstance(event, rec.WorkerExited):
            yield from self._exited(event, now_ms)
        elif worker is None:
            if isinstance(event, rec.LoadFailed):
                yield from self._tell_failure(event.problem)
        elif event.generation <= self._dead_generation:
            return  # said before the worker that we now wait for
        elif isinstance(event, rec.LoadFailed):
            yield from self._load_failed(worker, event.problem, now_ms)
        elif isinstance(event, rec.Ready):
            yield from self._ready(worker, event, now_ms)
        else:
            worker.generation = event.generation
            if worker.step in (Step.STARTING, Step.LOADING):
                worker.step = Step.LOADING if isinstance(event, rec.Loading) else Step.STARTING

    def _ready(self, worker: WorkerLife, event: rec.Ready, now_ms: float) -> Commands:
        worker.generation, worker.pid, worker.device = event.generation, event.pid, event.device
        if worker.step not in (Step.STARTING, Step.LOADING):
            return  # overtaken by an unload, which WorkerExited will confirm
        worker.step, worker.until_ms, worker.ready_ms = Step.LOADED, None, now_ms
        self._idle_since_ms = None if self._leases else now_ms
        self._failure = None
        self._standby.allow()
        if event.model != worker.sent:
            yield ka.RememberFit(worker.asked, event.model, event.notice)
        if event.notice is not None:
            yield TellProblem(event.notice)
        elif not worker.uses_card and runs_on_card(event.model) and self._proofs.shows_awake_card:
            yield from self._tell_once(worker.asked, problems.runs_on_cpu(event.model.name))

    def _exited(self, event: rec.WorkerExited, now_ms: float) -> Commands:
        worker = self._worker
        if self._standby.exited(event.generation):
            return
        if worker is None or worker.generation != event.generation:
            return
        elif event.replaying or worker.step in (Step.STARTING, Step.LOADING):
            self._replaced(worker, now_ms)  # the next worker or LoadFailed follows
            if event.problem is not None and event.replaying:
                yield TellProblem(event.problem)
        elif worker.step in (Step.MEASURING, Step.ENDING):  # a crash saves us the asking
            self._dead_generation = event.generation
            yield from self._gone(worker, now_ms)
        else:
            self._dead_generation = event.generation
            yield from self._lost(worker, event.problem or problems.CRASHED, now_ms)

    def _replaced(self, worker: WorkerLife, now_ms: float) -> None:
        worker.generation, worker.pid, worker.device = None, None, ""
        if worker.step is not Step.ENDING:
            worker.step = Step.STARTING
            worker.until_ms = now_ms + self.settings.start_limit_s * 1000.0

    def _gone(self, worker: WorkerLife, now_ms: float) -> Commands:
        """The unload is done; now show that it is."""
        self._worker, self._idle_since_ms = None, None
        self._proofs.open(worker, self._unload_origin, self._unload_reason)
        if self._is_quitting:
            yield from self._proofs.close(None)
        else:
            yield from self._proofs.look(self.our_pids, now_ms)
        if worker.problem is not None:
            yield from self._give_up(worker.problem)

    def _load_failed(self, worker: WorkerLife, problem: Problem, now_ms: float) -> Commands:
        if worker.step is Step.ENDING:
            yield from self._gone(worker, now_ms)
        else:
            yield from self._lost(worker, problem, now_ms)

    def _tell_failure(self, problem: Problem) -> Commands:
        if problem != self._failure:
            self._failure = problem
            yield TellProblem(problem)

    def _lost(self, worker: WorkerLife, problem: Problem, now_ms: float) -> Commands:
        """No worker any more, against our will: try again only for somebody who waits."""
        self._worker, self._idle_since_ms = None, None
        self._proofs.forget_before()
        if worker.ready_ms and now_ms - worker.ready_ms > STEADY_MS:
            self._failures = 0
        yield from self._tell_failure(problem)
        if not self._leases:
            self._is_kept = False
        elif problems.is_transient(problem) and self._failures < len(self.settings.retry_s):
            self._retry_at_ms = now_ms + self.settings.retry_s[self._failures] * 1000.0
            self._failures += 1
        else:
            yield from self._give_up(problem)
            if problems.may_pass(problem):  # captions last for hours; a network does come back
                self._has_given_up = False
                self._retry_at_ms = now_ms + self.settings.patience_s * 1000.0

    def _give_up(self, problem: Problem) -> Commands:
        self._has_given_up, self._is_kept = True, False
        if self._leases:
            yield ka.TellUnavailable(self.holders, problem)

    # --- time -----------------------------------------------------------------------------------

    @property
    def _idle_at_ms(self) -> float | None:
        is_idle = self._worker is not None and self._worker.step is Step.LOADED and not self._leases
        if not is_idle or self._idle_since_ms is None or self.settings.idle_unload_s <= 0:
            return None
        return self._idle_since_ms + self.settings.idle_unload_s * 1000.0

    def _time_passed(self, now_ms: float) -> Commands:
        self._scheduled_ms = None  # the timer may have fired, perhaps too early: ask again
        if self._idle_at_ms is not None and now_ms >= self._idle_at_ms:
            self._is_kept = False
            self._because(Origin.TIMER, "")
        if self._retry_at_ms is not None and now_ms >= self._retry_at_ms:
            self._retry_at_ms = None
        if self._proofs.look_at_ms is not None and now_ms >= self._proofs.look_at_ms:
            yield from self._proofs.look(self.our_pids, now_ms)
        worker = self._worker
        if worker is not None and worker.until_ms is not None and now_ms >= worker.until_ms:
            yield from self._overdue(worker, now_ms)

    def _overdue(self, worker: WorkerLife, now_ms: float) -> Commands:
        if worker.step is Step.ENDING:
            worker.until_ms = now_ms + END_LIMIT_MS
            yield TellProblem(problems.UNLOAD_TOO_LONG)
            yield ka.UnloadModel(self._unload_origin, is_urgent=True)
        elif worker.step is not Step.MEASURING:  # measuring that takes too long is ended in _settle
            worker.problem = problems.START_TOO_LONG
            worker.step, worker.until_ms = Step.ENDING, now_ms + END_LIMIT_MS
            yield TellProblem(worker.problem)
            yield ka.UnloadModel(Origin.SYSTEM, is_urgent=True)

    def _schedule(self) -> Commands:
        worker_ms = self._worker.until_ms if self._worker else None
        due = (worker_ms, self._idle_at_ms, self._retry_at_ms, self._proofs.look_at_ms)
        at_ms = min((each for each in due if each is not None), default=None)
        if at_ms != self._scheduled_ms:
            self._scheduled_ms = at_ms
            yield ka.ScheduleWake(at_ms)
