"""What must hold in every story: hypothesis plays user, recognizer, driver, desktop and clock.

``Recognizer`` is a model of ``recognizer.driver`` that keeps to its contract (one worker, what happened
is told in order), with crashes, failures and delays chosen by hypothesis. Time moves only to the wake-up
that was asked for, so a forgotten timer shows as a story that does not come to rest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from audio.events import Problem
from desktop.core import keep_alive_commands as ka
from desktop.core.commands import TellProblem
from desktop.core.events import Origin
from desktop.core.keep_alive import DICTATION, KeepAlive, State
from desktop.core.worker_life import home_of, on_cpu
from recognizer import events as rec
from recognizer.gpu_reading import GpuProcess, GpuReading, GpuSnapshot, Moment
from tests.fakes.alarm_rules import AlarmRules

MIB = 1 << 20
MODELS = [
    rec.ModelSpec("paraformer-streaming", "zh", "/models/zh"),
    rec.ModelSpec("paraformer-streaming", "en", "/models/en"),
    rec.ModelSpec("pocketsphinx", "embedded"),
    rec.ModelSpec("remote", "host", options=(("url", "ws://host:1"),)),
    rec.ModelSpec("remote", "host", options=(("url", "ws://host:2"),)),
]
CRASH = Problem("recognizer-crashed", "It crashed.", "It is started anew.")
REFUSALS = [
    Problem("cuda-busy", "Busy.", "Wait."),
    Problem("model-broken", "Broken.", "Install it again."),
    Problem("server-unreachable", "Unreachable.", "Check the network."),
]
HOLDERS = [DICTATION, "captions", "file a.wav"]


class Recognizer:
    """One worker at most beside one standby; ``told`` waits to be heard. ``home``: whose models it runs."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.told: deque[object] = deque()
        self.generation = 0
        self.run: tuple[int, rec.ModelSpec] | None = None
        self.is_ready = False
        self.standby: tuple[int, rec.ModelSpec] | None = None
        self.is_hanging = False

    def load(self, model: rec.ModelSpec) -> None:
        assert self.run is None, "a load while a worker is there"
        assert home_of(model) == self.home, "a load by the wrong recognizer"
        if self.standby is not None and self.standby[1] == model:
            self.run, self.standby = self.standby, None
        else:
            self.generation += 1
            self.run = (self.generation, model)
        self.told.append(rec.WorkerStarting(*self.run))

    def unload(self) -> None:
        if self.run is not None:
            self._exit(expected=True)

    def exchange(self, home: str) -> None:
        assert home != self.home, "exchanged for itself"
        assert self.run is None and self.standby is None, "what the former one runs is forgotten"
        self.home = home

    def stand_by(self, model: rec.ModelSpec | None) -> None:
        if self.standby is not None:
            self.told.append(rec.WorkerExited(self.standby[0], 100 + self.standby[0], 0, True, False, 1.0))
            self.standby = None
        if model is not None:
            self.generation += 1
            self.standby = (self.generation, model)

    def standby_ready(self) -> None:
        if self.standby is not None:
            generation, model = self.standby
            self.told.append(rec.StandbyReady(generation, model, 100 + generation, 800 * MIB))

    def become_ready(self) -> None:
        if self.run is not None and not self.is_ready and not self.is_hanging:
            generation, model = self.run
            self.is_ready = True
            device = "cpu" if on_cpu(model) == model else "cuda:0"
            self.told.append(rec.Loading(generation, "weights"))
            self.told.append(rec.Ready(generation, model, device, 1.0, 100 + generation))

    def fail(self, problem: Problem) -> None:
        if self.run is not None and not self.is_ready:
            generation, model = self.run
            self._exit(expected=True)
            self.told.append(rec.LoadFailed(generation, model, problem))

    def crash(self, *, replaying: bool) -> None:
        if self.run is None:
            return
        (generation, model), was_ready = self.run, self.is_ready
        self._exit(expected=False, replaying=replaying)
        if replaying:
            self.load(model)
        elif not was_ready:
            self.told.append(rec.LoadFailed(generation, model, CRASH))

    def _exit(self, *, expected: bool, replaying: bool = False) -> None:
        assert self.run is not None
        problem = None if expected else CRASH
        self.told.append(
            rec.WorkerExited(self.run[0], 100 + self.run[0], 0, expected, replaying, 1.0, problem=problem)
        )
        self.run, self.is_ready, self.is_hanging = None, False, False

    def on_card(self) -> bool:
        return self.run is not None and on_cpu(self.run[1]) != self.run[1]


class Life(AlarmRules):
    """Rules are what the world may do at any time; invariants are what we promise."""

    @initialize(
        model=st.sampled_from([*MODELS, None]),
        to=st.sampled_from(ka.GiveWayTo),
        standby=st.booleans(),
        idle_s=st.sampled_from([0.0, 30.0]),
        on_lock=st.booleans(),
        has_card=st.booleans(),
    )
    def begin(
        self,
        model: rec.ModelSpec | None,
        to: ka.GiveWayTo,
        standby: bool,
        idle_s: float,
        on_lock: bool,
        has_card: bool,
    ) -> None:
        chosen = ka.KeepAliveSettings(
            idle_unload_s=idle_s, give_way_to=to, standby=standby, unload_on_lock=on_lock, start_limit_s=60.0
        )
        self.core = KeepAlive(chosen, model)
        self.recognizer = Recognizer(home_of(model))
        self.has_card = has_card
        self.wished = model
        self.now_ms = 0.0
        self.wake_ms: float | None = None
        self.reads: deque[Moment] = deque()
        self.leases: list[str] = []
        self.unavailable: set[str] = set()
        self.problems: list[Problem] = []
        self.is_forced = False  # suspended or quitting
        self.is_quitting = False
        self.owed_sleep = False

    # --- carrying out ------------------------------------------------------------------------------

    def tell(self, event: object) -> None:
        was_waiting = self.core.state in (State.STARTING, State.LOADING)
        was_starting = self.core._worker
        self.react(event)
        if isinstance(event, rec.LoadFailed) and was_waiting and self.core._worker is not was_starting:
            assert event.problem in self.problems, "a start ended neither in ready nor in a problem"

    def react(self, event: object) -> None:
        for command in self.core.handle(event, self.now_ms):
            self.carry_out(command)

    def carry_out(self, command: object) -> None:
        match command:
            case ka.LoadModel(model):
                assert not self.is_forced
                self.recognizer.load(model)
            case ka.UnloadModel():
                self.check_unload()
                self.recognizer.unload()
            case ka.UseRecognizer(model):
                assert not self.leases, "somebody's words are lost"
                self.recognizer.exchange(home_of(model))
            case ka.PrepareStandby(model):
                assert self.recognizer.run is None, "standby is beside unloaded"
                assert self.recognizer.home == home_of(model) == ""
                self.recognizer.stand_by(model)
            case ka.DropStandby():
                self.recognizer.stand_by(None)
            case ka.ReadGpu(moment):
                self.reads.append(moment)
            case ka.ScheduleWake(at_ms):
                assert at_ms is None or at_ms >= 0.0
                self.wake_ms = at_ms
            case ka.TellUnavailable(holders, problem):
                self.unavailable.update(holders)
                self.problems.append(problem)
            case TellProblem(problem):
                self.problems.append(problem)
            case ka.AllowSleep():
                assert self.owed_sleep
                assert self.recognizer.run is None, "sleep was allowed with a worker on the card"
                self.owed_sleep = False

    def check_unload(self) -> None:
        """Under a lease only a move to another model or to the CPU may end a worker."""
        if self.is_forced or not self.leases:
            return
        hung = bool(self.problems) and self.problems[-1].code in (
            "model-start-too-long",
            "model-unload-too-long",
        )
        wanted = self.core._wanted()
        assert hung or (DICTATION not in self.leases and wanted is not None)

    # --- the user ------------------------------------------------------------------------------------

    @rule(holder=st.sampled_from(HOLDERS))
    def acquire(self, holder: str) -> None:
        if holder not in self.leases:
            self.leases.append(holder)
        self.unavailable.discard(holder)
        self.tell(ka.LeaseAcquired(holder, self.now_ms))

    @rule(holder=st.sampled_from(HOLDERS))
    def release(self, holder: str) -> None:
        if holder in self.leases:
            self.leases.remove(holder)
        self.unavailable.discard(holder)
        self.tell(ka.LeaseReleased(holder, self.now_ms))

    @rule(model=st.sampled_from(MODELS))
    def request(self, model: rec.ModelSpec) -> None:
        self.wished = model
        self.tell(ka.ModelRequested(model, Origin.TRAY, self.now_ms))

    @rule(model=st.sampled_from([*MODELS, None]))
    def choose(self, model: rec.ModelSpec | None) -> None:
        self.wished = model
        self.tell(ka.ModelChosen(model, self.now_ms))

    @rule(wait=st.booleans(), stay=st.booleans())
    def unload(self, wait: bool, stay: bool) -> None:
        self.tell(ka.UnloadRequested(Origin.TRAY, self.now_ms, wait, stay))

    @rule(standby=st.booleans(), idle_s=st.sampled_from([0.0, 30.0]))
    def change_settings(self, standby: bool, idle_s: float) -> None:
        changed = replace(self.core.settings, standby=standby, idle_unload_s=idle_s)
        self.tell(ka.SettingsChanged(changed, self.now_ms))

    # --- the desktop -----------------------------------------------------------------------------------

    @rule(starts=st.booleans())
    def give_way(self, starts: bool) -> None:
        self.tell(ka.GiveWayStarted("game", self.now_ms) if starts else ka.GiveWayEnded(self.now_ms))

    @rule()
    def lock(self) -> None:
        self.tell(ka.SessionLocked(self.now_ms))

    @precondition(lambda self: not self.is_forced)
    @rule()
    def suspend(self) -> None:
        self.is_forced = self.owed_sleep = True
        self.tell(ka.Suspending(self.now_ms))

    @precondition(lambda self: self.is_forced and not self.is_quitting)
    @rule()
    def resume(self) -> None:
        self.is_forced = self.owed_sleep = False
        self.tell(ka.Resumed(self.now_ms))

    @precondition(lambda self: not self.is_forced)
    @rule(really=st.integers(0, 9))
    def quit(self, really: int) -> None:
        if really == 0:
            self.is_forced = self.is_quitting = True
            self.tell(ka.Quitting(self.now_ms))

    # --- the recognizer and the driver --------------------------------------------------------------------

    @rule(count=st.integers(1, 4))
    def hear(self, count: int = 1) -> None:
        for _ in range(min(count, len(self.recognizer.told))):
            self.tell(self.recognizer.told.popleft())

    @rule()
    def become_ready(self) -> None:
        self.recognizer.become_ready()

    @rule()
    def standby_ready(self) -> None:
        self.recognizer.standby_ready()

    @rule(problem=st.sampled_from(REFUSALS), is_heard=st.booleans())
    def fail(self, problem: Problem, is_heard: bool) -> None:
        self.recognizer.fail(problem)
        if is_heard:
            self.hear(len(self.recognizer.told))

    @precondition(lambda self: self.recognizer.run is not None and not self.recognizer.is_ready)
    @rule()
    def hang(self) -> None:
        """It will never be ready."""
        self.recognizer.is_hanging = True

    @rule(replaying=st.booleans(), is_heard=st.booleans())
    def crash(self, replaying: bool, is_heard: bool) -> None:
        self.recognizer.crash(replaying=replaying)
        if is_heard:
            self.hear(len(self.recognizer.told))

    @rule(holder=st.sampled_from(HOLDERS))
    def be_in_use(self, holder: str) -> None:
        """A shortcut to where most things can go wrong."""
        self.acquire(holder)
        self.recognizer.become_ready()
        self.hear(len(self.recognizer.told))

    @rule()
    def answer(self) -> None:
        if self.reads:
            self.tell(self.snapshot(self.reads.popleft()))

    @rule()
    def poll(self) -> None:
        self.tell(self.snapshot(Moment.PERIODIC))

    def snapshot(self, moment: Moment) -> GpuSnapshot:
        if not self.has_card:
            return GpuSnapshot((), None, self.now_ms, moment)
        ours = 1500 * MIB if self.recognizer.on_card() else 0
        processes = (GpuProcess(100 + self.recognizer.generation, "python3", ours, True),) if ours else ()
        reading = GpuReading(
            0, "GPU-a", "RTX", 8192 * MIB, ours + 300 * MIB, ours, 300 * MIB, 0, 1, processes
        )
        return GpuSnapshot((reading,), None, self.now_ms, moment)

    # --- what we promise --------------------------------------------------------------------

    @invariant()
    def state_is_true(self) -> None:
        if not hasattr(self, "core"):
            return
        if self.core.state in (State.READY, State.BUSY, State.IDLE):
            assert self.recognizer.is_ready or self.recognizer.told, "says ready, but nothing is there"
        assert (self.core.state is not State.BUSY) or self.leases
        assert set(self.core.holders) == set(self.leases)

    @invariant()
    def idle_has_a_clock(self) -> None:
        if hasattr(self, "core") and self.core.state is State.IDLE:
            assert self.wake_ms is not None

    @invariant()
    def every_wait_has_a_clock(self) -> None:
        """While we wait for the recognizer or the driver, something will end the waiting."""
        if hasattr(self, "core") and self.core.state in (State.STARTING, State.LOADING, State.UNLOADING):
            assert self.wake_ms is not None

    def teardown(self) -> None:
        """Left alone, with a recognizer that works again, every story comes to rest as it should."""
        if not hasattr(self, "core"):
            return
        for _ in range(200):
            if not self.advance():
                break
        else:
            raise AssertionError("the story does not come to rest")
        self.check_rest()

    def advance(self) -> bool:
        if self.recognizer.told:
            self.hear()
        elif self.reads:
            self.answer()
        elif self.recognizer.run and not (self.recognizer.is_ready or self.recognizer.is_hanging):
            self.become_ready()
        elif self.wake_ms is not None:
            self.wake()
        else:
            return False
        return True

    def check_rest(self) -> None:
        assert not self.owed_sleep
        assert self.core.state in (State.UNLOADED, State.READY, State.BUSY)
        if self.is_forced:
            assert self.recognizer.run is None
        elif self.leases and self.core.state is not State.BUSY:
            assert self.unavailable >= set(self.leases), "a lease waits for nothing and nobody was told"
        if self.is_quitting:
            assert self.recognizer.standby is None
        if not self.leases:
            assert self.recognizer.home == home_of(self.wished), "the wished recognizer was forgotten"
        assert not self.core.wants_gpu_watch or self.recognizer.run is not None


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
