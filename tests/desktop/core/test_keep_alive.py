"""The life of the model, told as timelines: what happens, and what the core wishes for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audio.events import Problem
from desktop.core import keep_alive_commands as ka
from desktop.core.commands import TellProblem
from desktop.core.events import Origin, TimePassed
from desktop.core.keep_alive import KeepAlive, State
from recognizer import events as rec
from recognizer.gpu_reading import GpuProcess, GpuReading, GpuSnapshot, Moment

GIB, MIB = 1 << 30, 1 << 20
MODEL = rec.ModelSpec("paraformer-streaming", "paraformer-zh-streaming", "/models/zh")
OTHER = rec.ModelSpec("paraformer-streaming", "paraformer-en", "/models/en")
ON_CPU = replace(MODEL, device="cpu")
BROKEN = Problem("model-broken", "The model is broken.", "Install it again.")
BUSY = Problem("cuda-busy", "The card is busy.", "Wait.")
PID = 4000


def card(*, ours: int | None, others: int = 512 * MIB, pid: int = PID) -> GpuReading:
    processes = (GpuProcess(pid, "python3", ours, True),) if ours else ()
    return GpuReading(0, "GPU-a", "RTX", 24 * GIB, (ours or 0) + others, ours, others, 0, 3, processes)


SERVER = rec.ModelSpec("remote", "host", options=(("url", "ws://host"),))


class Story:
    """Drives a ``KeepAlive`` by hand; ``now_ms`` moves only when told."""

    def __init__(self, model: rec.ModelSpec | None = MODEL, **settings: Any) -> None:
        self.core = KeepAlive(ka.KeepAliveSettings(**settings), model)
        self.now_ms = 1_000.0
        self.generation = 0
        self.wake_ms: float | None = None

    def tell(self, event: object) -> list[Any]:
        commands = self.core.handle(event, self.now_ms)
        for command in commands:
            if isinstance(command, ka.ScheduleWake):
                self.wake_ms = command.at_ms
        return [command for command in commands if not isinstance(command, ka.ScheduleWake)]

    def lease(self, holder: str = "dictation") -> list[Any]:
        return self.tell(ka.LeaseAcquired(holder, self.now_ms))

    def release(self, holder: str = "dictation") -> list[Any]:
        return self.tell(ka.LeaseReleased(holder, self.now_ms))

    def unload(self, *, wait: bool = False, stay: bool = False) -> list[Any]:
        return self.tell(ka.UnloadRequested(Origin.TRAY, self.now_ms, wait, stay))

    def becomes_ready(self, model: rec.ModelSpec = MODEL, device: str = "cuda:0", **more: Any) -> list[Any]:
        self.generation += 1
        self.tell(rec.WorkerStarting(self.generation, model))
        self.tell(rec.Loading(self.generation, "weights"))
        return self.tell(rec.Ready(self.generation, model, device, 900.0, PID + self.generation, **more))

    def exits(self, **more: Any) -> list[Any]:
        facts = {"exit_code": 0, "expected": True, "replaying": False, "took_ms": 80.0, **more}
        return self.tell(rec.WorkerExited(self.generation, PID + self.generation, **facts))

    def gpu(self, moment: Moment, reading: GpuReading | None) -> list[Any]:
        return self.tell(GpuSnapshot((reading,) if reading else (), None, self.now_ms, moment))

    def wake(self) -> list[Any]:
        """The timer that was asked for fires."""
        assert self.wake_ms is not None
        self.now_ms = max(self.now_ms, self.wake_ms)
        self.wake_ms = None
        return self.tell(TimePassed(self.now_ms))

    def unloads(self) -> list[Any]:
        """Driver and worker play along from ``ReadGpu(BEFORE)`` to the last word."""
        pid = PID + self.generation
        commands = self.gpu(Moment.BEFORE, card(ours=1900 * MIB, pid=pid))
        commands += self.exits()
        commands += self.gpu(Moment.AFTER, card(ours=0))
        return commands


@pytest.fixture
def loaded() -> Story:
    """A model on the card, loaded for a dictation that is over."""
    story = Story()
    story.lease()
    story.becomes_ready()
    story.release()
    return story


def kinds(commands: list[Any]) -> list[type]:
    return [type(command) for command in commands]


def only(commands: list[Any], kind: type) -> Any:
    found = [command for command in commands if isinstance(command, kind)]
    assert len(found) == 1, commands
    return found[0]


# --- loading --------------------------------------------------------------------------------------


def test_a_lease_loads_and_states_follow() -> None:
    story = Story()
    assert story.core.state is State.UNLOADED
    assert story.lease() == [ka.LoadModel(MODEL)]
    assert story.core.state is State.STARTING
    story.tell(rec.WorkerStarting(1, MODEL))
    assert story.core.state is State.STARTING
    story.tell(rec.Loading(1, "weights"))
    assert story.core.state is State.LOADING
    story.tell(rec.Ready(1, MODEL, "cuda:0", 900.0, PID))
    assert story.core.state is State.BUSY
    assert story.core.our_pids == {PID}
    story.release()
    assert story.core.state is State.IDLE
    assert story.lease() == []
    assert story.core.state is State.BUSY


def test_without_idle_unload_it_stays_ready() -> None:
    story = Story(idle_unload_s=0)
    story.lease()
    story.becomes_ready()
    story.release()
    assert story.core.state is State.READY
    assert story.wake_ms is None


def test_without_a_model_the_holder_is_told() -> None:
    story = Story(model=None)
    (told,) = story.lease()
    assert isinstance(told, ka.TellUnavailable)
    assert told.problem.code == "model-none"
    assert story.tell(ka.ModelChosen(MODEL, story.now_ms)) == [ka.LoadModel(MODEL)]


def test_a_notice_is_never_silent_and_a_smaller_model_is_remembered() -> None:
    story = Story()
    story.lease()
    notice = Problem("gpu-out-of-memory", "No room.", "Runs on the CPU.")
    told = story.becomes_ready(ON_CPU, "cpu", notice=notice)
    assert told == [ka.RememberFit(MODEL, ON_CPU, notice), TellProblem(notice)]


def test_falling_back_to_the_cpu_is_not_silent_where_there_is_a_card() -> None:
    story = Story()
    story.gpu(Moment.PERIODIC, card(ours=0))
    story.lease()
    (told,) = story.becomes_ready(device="cpu")
    assert told.problem.code == "model-runs-on-cpu"
    story.release()
    story.unload()
    story.exits()
    story.lease()
    assert story.becomes_ready(device="cpu") == [], "once is enough"


def test_what_fits_the_card_is_what_is_sent() -> None:
    smaller = replace(MODEL, precision="bf16")
    core = KeepAlive(ka.KeepAliveSettings(), MODEL, fit=lambda model: smaller if model == MODEL else model)
    told, load, _ = core.handle(ka.LeaseAcquired("dictation", 0.0), 0.0)
    assert load == ka.LoadModel(smaller)
    assert isinstance(told, TellProblem), "what was remembered is not silent"
    assert told.problem.code == "model-runs-smaller"


# --- unloading --------------------------------------------------------------------------------------


def test_a_timer_that_rings_too_early_is_asked_for_again(loaded: Story) -> None:
    asked_ms = loaded.wake_ms
    assert asked_ms is not None
    loaded.now_ms, loaded.wake_ms = asked_ms - 400.0, None
    assert loaded.tell(TimePassed(loaded.now_ms)) == []
    assert loaded.wake_ms == asked_ms
    assert loaded.wake() == [ka.ReadGpu(Moment.BEFORE, frozenset({PID + 1}))]


def test_idle_time_unloads_and_proves_it(loaded: Story) -> None:
    assert loaded.wake_ms == loaded.now_ms + 300_000.0
    (read,) = loaded.wake()
    assert read == ka.ReadGpu(Moment.BEFORE, frozenset({PID + 1}))
    assert loaded.core.state is State.UNLOADING
    assert loaded.gpu(Moment.BEFORE, card(ours=1900 * MIB)) == [ka.UnloadModel(Origin.TIMER)]
    assert loaded.exits() == [ka.ReadGpu(Moment.AFTER, frozenset({PID + 1}))]
    assert loaded.core.state is State.UNLOADED
    told = only(loaded.gpu(Moment.AFTER, card(ours=0)), ka.TellUnloaded)
    assert told.sentence == "Freed 1.9 GiB, 0 MiB of ours left."
    assert (told.freed_bytes, told.left_bytes, told.origin) == (1900 * MIB, 0, Origin.TIMER)
    assert loaded.core.our_pids == frozenset()
    assert loaded.wake_ms is None


def test_what_still_holds_memory_is_named_after_several_looks(loaded: Story) -> None:
    loaded.unload()
    loaded.gpu(Moment.BEFORE, card(ours=1900 * MIB))
    loaded.exits()
    looks, told = 0, loaded.gpu(Moment.AFTER, card(ours=700 * MIB, pid=77))
    while not told:
        assert kinds(loaded.wake()) == [ka.ReadGpu]
        looks += 1
        told = loaded.gpu(Moment.AFTER, card(ours=700 * MIB, pid=77))
    assert looks == 9
    assert told[0].sentence == "Freed 1.2 GiB; 700 MiB of ours still held by python3 (77)."
    assert told[0].left_names == ("python3 (77)",)


def test_a_driver_that_answers_late_or_never_delays_nothing(loaded: Story) -> None:
    loaded.gpu(Moment.PERIODIC, card(ours=GIB))
    loaded.unload()
    assert loaded.wake() == [ka.UnloadModel(Origin.TRAY)]
    assert kinds(loaded.exits()) == [ka.ReadGpu]
    told = only(loaded.wake(), ka.TellUnloaded)
    assert told.sentence == "The model was unloaded."
    assert told.freed_bytes is None


def test_per_process_figures_may_be_missing(loaded: Story) -> None:
    loaded.unload()
    before = replace(card(ours=0, others=3 * GIB), ours_bytes=None)
    loaded.gpu(Moment.BEFORE, before)
    loaded.exits()
    (told,) = loaded.gpu(Moment.AFTER, replace(card(ours=0, others=GIB), ours_bytes=None))
    assert told.sentence == "Freed 2.0 GiB of graphics memory."


def test_a_model_on_the_cpu_needs_no_proof() -> None:
    story = Story()
    story.lease()
    story.becomes_ready(device="cpu")
    story.release()
    assert story.unload() == [ka.UnloadModel(Origin.TRAY)]
    (told,) = story.exits()
    assert told.sentence == "The model was unloaded."


def test_without_a_readable_card_nothing_is_read(loaded: Story) -> None:
    loaded.gpu(Moment.PERIODIC, None)
    assert loaded.unload() == [ka.UnloadModel(Origin.TRAY)]
    assert only(loaded.exits(), ka.TellUnloaded).freed_bytes is None


def test_a_key_during_the_measuring_keeps_the_model(loaded: Story) -> None:
    loaded.unload()
    assert loaded.core.state is State.UNLOADING
    assert loaded.lease() == [ka.RefuseUnload(("dictation",), is_waiting=False)]
    assert loaded.core.state is State.BUSY
    assert loaded.gpu(Moment.BEFORE, card(ours=GIB)) == []


def test_a_key_during_the_unload_loads_again_at_once(loaded: Story) -> None:
    loaded.unload()
    loaded.gpu(Moment.BEFORE, card(ours=GIB))
    assert loaded.lease() == []
    commands = loaded.exits()
    assert kinds(commands) == [ka.ReadGpu, ka.TellUnloaded, ka.LoadModel]
    assert commands[1].sentence == "The model was unloaded."


@pytest.mark.parametrize("wait", [True, False])
def test_an_unload_under_a_lease_names_who_holds_it(wait: bool) -> None:
    story = Story()
    story.lease("captions")
    story.becomes_ready()
    assert story.unload(wait=wait) == [ka.RefuseUnload(("captions",), wait)]
    commands = story.release("captions")
    assert kinds(commands) == ([ka.ReadGpu] if wait else [])


def test_a_waiting_unload_can_be_cancelled() -> None:
    story = Story()
    story.lease()
    story.becomes_ready()
    story.unload(wait=True)
    story.tell(ka.UnloadCancelled(story.now_ms))
    assert story.release() == []
    assert story.core.state is State.IDLE


def test_a_worker_that_does_not_end_is_told_again(loaded: Story) -> None:
    loaded.unload()
    loaded.gpu(Moment.BEFORE, card(ours=GIB))
    commands = loaded.wake()
    assert commands[0].problem.code == "model-unload-too-long"
    assert commands[1] == ka.UnloadModel(Origin.TRAY, is_urgent=True)
    assert kinds(loaded.exits()) == [ka.ReadGpu]


# --- another model ------------------------------------------------------------------------------------


def test_another_model_is_an_unload_followed_by_a_load(loaded: Story) -> None:
    assert kinds(loaded.tell(ka.ModelRequested(OTHER, Origin.TRAY, loaded.now_ms))) == [ka.ReadGpu]
    assert kinds(loaded.gpu(Moment.BEFORE, card(ours=GIB))) == [ka.UnloadModel]
    assert kinds(loaded.exits()) == [ka.ReadGpu, ka.TellUnloaded, ka.LoadModel]


def test_the_model_does_not_change_while_the_key_is_held() -> None:
    story = Story()
    story.lease()
    story.becomes_ready()
    assert story.tell(ka.ModelRequested(OTHER, Origin.TRAY, story.now_ms)) == []
    assert kinds(story.release()) == [ka.ReadGpu]


def test_captions_move_to_the_other_model_at_once() -> None:
    story = Story()
    story.lease("captions")
    story.becomes_ready()
    assert kinds(story.tell(ka.ModelRequested(OTHER, Origin.TRAY, story.now_ms))) == [ka.ReadGpu]


# --- failing -----------------------------------------------------------------------------------------


def test_a_failed_load_is_tried_again_only_for_who_waits() -> None:
    story = Story(retry_s=(1.0, 3.0))
    story.lease()
    story.tell(rec.WorkerStarting(1, MODEL))
    assert story.tell(rec.LoadFailed(1, MODEL, BUSY)) == [TellProblem(BUSY)]
    assert story.wake() == [ka.LoadModel(MODEL)]
    story.tell(rec.WorkerStarting(2, MODEL))
    assert story.tell(rec.LoadFailed(2, MODEL, BUSY)) == []
    assert story.wake() == [ka.LoadModel(MODEL)]
    story.tell(rec.WorkerStarting(3, MODEL))
    assert story.tell(rec.LoadFailed(3, MODEL, BUSY)) == [ka.TellUnavailable(("dictation",), BUSY)]
    assert story.wake_ms is None
    story.release()
    assert story.lease() == [ka.LoadModel(MODEL)]


def test_a_broken_model_is_not_tried_again() -> None:
    story = Story()
    story.lease()
    story.tell(rec.WorkerStarting(1, MODEL))
    failed = story.tell(rec.LoadFailed(1, MODEL, BROKEN))
    assert failed == [TellProblem(BROKEN), ka.TellUnavailable(("dictation",), BROKEN)]


def test_a_failed_load_nobody_waits_for_is_told_once() -> None:
    story = Story()
    story.tell(ka.ModelRequested(MODEL, Origin.COMMAND_LINE, story.now_ms))
    story.tell(rec.WorkerStarting(1, MODEL))
    story.tell(rec.WorkerExited(1, PID, 1, True, False, 5.0))
    assert story.tell(rec.LoadFailed(1, MODEL, BUSY)) == [TellProblem(BUSY)]
    assert story.core.state is State.UNLOADED
    assert story.wake_ms is None


def test_a_start_that_never_ends_becomes_a_problem() -> None:
    story = Story(start_limit_s=60.0)
    story.lease()
    story.tell(rec.WorkerStarting(1, MODEL))
    story.generation = 1
    commands = story.wake()
    assert commands[0].problem.code == "model-start-too-long"
    assert commands[1] == ka.UnloadModel(Origin.SYSTEM, is_urgent=True)
    assert kinds(story.exits()) == [ka.TellUnloaded, ka.TellUnavailable]


def test_a_crash_with_words_owed_is_replaced_by_the_recognizer() -> None:
    story = Story()
    story.lease()
    story.becomes_ready()
    crash = Problem("recognizer-crashed", "It crashed.", "It is started anew.")
    assert story.exits(expected=False, replaying=True, problem=crash) == [TellProblem(crash)]
    assert story.core.state is State.STARTING
    story.becomes_ready()
    assert story.core.state is State.BUSY


def test_a_crash_between_two_words_is_replaced_by_us() -> None:
    story = Story()
    story.lease()
    story.becomes_ready()
    crash = Problem("recognizer-crashed", "It crashed.", "It is started anew.")
    assert story.exits(expected=False, problem=crash) == [TellProblem(crash)]
    assert story.wake() == [ka.LoadModel(MODEL)]


def test_a_crash_while_idle_is_told_and_left_alone(loaded: Story) -> None:
    crash = Problem("recognizer-crashed", "It crashed.", "It is started anew.")
    assert loaded.exits(expected=False, problem=crash) == [TellProblem(crash)]
    assert loaded.core.state is State.UNLOADED
    assert loaded.wake_ms is None


def test_what_a_dead_worker_said_means_nothing_to_the_next(loaded: Story) -> None:
    loaded.unload()
    loaded.gpu(Moment.BEFORE, card(ours=GIB))
    loaded.lease()
    loaded.exits()
    assert loaded.core.state is State.STARTING
    assert loaded.tell(rec.LoadFailed(1, MODEL, BUSY)) == []
    assert loaded.core.state is State.STARTING


# --- giving way ---------------------------------------------------------------------------------------


def test_a_game_takes_the_card_and_gives_it_back(loaded: Story) -> None:
    loaded.tell(ka.GiveWayStarted("full screen: game", loaded.now_ms))
    told = only(loaded.unloads(), ka.TellUnloaded)
    assert told.sentence == "full screen: game: freed 1.9 GiB, 0 MiB of ours left."
    assert loaded.wake_ms is None
    assert loaded.tell(ka.GiveWayEnded(loaded.now_ms)) == [ka.LoadModel(MODEL)]


def test_it_does_not_come_back_if_the_user_does_not_want_it() -> None:
    story = Story(comes_back=False)
    story.lease()
    story.becomes_ready()
    story.release()
    story.tell(ka.GiveWayStarted("game", story.now_ms))
    story.unloads()
    assert story.tell(ka.GiveWayEnded(story.now_ms)) == []


def test_never_while_the_key_is_held() -> None:
    story = Story()
    story.lease()
    story.becomes_ready()
    assert story.tell(ka.GiveWayStarted("game", story.now_ms)) == []
    assert kinds(story.release()) == [ka.ReadGpu]


def test_the_key_during_a_game_runs_on_the_cpu(loaded: Story) -> None:
    loaded.tell(ka.GiveWayStarted("game", loaded.now_ms))
    loaded.unloads()
    assert loaded.lease() == [ka.LoadModel(ON_CPU)]
    loaded.becomes_ready(ON_CPU, "cpu")
    loaded.release()
    assert loaded.core.state is State.IDLE
    assert loaded.tell(ka.GiveWayEnded(loaded.now_ms)) == [ka.UnloadModel(Origin.SYSTEM)]
    assert kinds(loaded.exits()) == [ka.TellUnloaded, ka.LoadModel]


def test_the_key_during_a_game_may_be_told_no() -> None:
    story = Story(give_way_to=ka.GiveWayTo.NOTHING)
    story.tell(ka.GiveWayStarted("GameMode", story.now_ms))
    (told,) = story.lease()
    assert told.problem.code == "model-gives-way"
    assert "GameMode" in told.problem.sentence
    assert story.tell(TimePassed(story.now_ms)) == []
    assert story.tell(ka.GiveWayEnded(story.now_ms)) == [ka.LoadModel(MODEL)]


def test_captions_move_to_the_cpu() -> None:
    story = Story()
    story.lease("captions")
    story.becomes_ready()
    assert kinds(story.tell(ka.GiveWayStarted("game", story.now_ms))) == [ka.ReadGpu]
    story.gpu(Moment.BEFORE, card(ours=GIB))
    assert story.exits()[-1] == ka.LoadModel(ON_CPU)


def test_a_model_that_runs_on_the_cpu_has_nothing_to_give() -> None:
    story = Story()
    story.lease()
    story.becomes_ready(device="cpu")
    story.release()
    assert story.tell(ka.GiveWayStarted("game", story.now_ms)) == []
    assert story.core.state is State.IDLE


def test_an_explicit_wish_wins_over_the_game(loaded: Story) -> None:
    loaded.tell(ka.GiveWayStarted("game", loaded.now_ms))
    loaded.unloads()
    assert loaded.tell(ka.ModelRequested(MODEL, Origin.TRAY, loaded.now_ms)) == [ka.LoadModel(MODEL)]
    assert loaded.tell(ka.GiveWayEnded(loaded.now_ms)) == []


def test_unload_before_gaming_stays_until_asked(loaded: Story) -> None:
    loaded.unload(stay=True)
    loaded.unloads()
    assert loaded.core.stays_unloaded
    assert loaded.tell(ka.GiveWayEnded(loaded.now_ms)) == []
    assert loaded.lease() == [ka.LoadModel(ON_CPU)]
    loaded.becomes_ready(ON_CPU, "cpu")
    loaded.release()
    loaded.tell(ka.ModelRequested(MODEL, Origin.TRAY, loaded.now_ms))
    assert not loaded.core.stays_unloaded
    assert loaded.exits()[-1] == ka.LoadModel(MODEL)


def test_unload_before_gaming_may_refuse_the_key() -> None:
    story = Story(give_way_to=ka.GiveWayTo.NOTHING)
    story.unload(stay=True)
    (told,) = story.lease()
    assert told.problem.code == "model-stays-unloaded"


# --- sleep, lock, quit ----------------------------------------------------------------------------------


def test_suspend_ends_even_a_held_worker_before_sleep_is_allowed() -> None:
    story = Story()
    story.lease()
    story.becomes_ready()
    assert story.tell(ka.Suspending(story.now_ms)) == [ka.UnloadModel(Origin.SYSTEM, is_urgent=True)]
    assert ka.AllowSleep() in story.exits()
    assert story.tell(ka.Resumed(story.now_ms))[-1] == ka.LoadModel(MODEL)


def test_suspend_with_nothing_loaded_is_allowed_at_once() -> None:
    story = Story()
    assert story.tell(ka.Suspending(story.now_ms)) == [ka.AllowSleep()]
    assert story.tell(ka.Resumed(story.now_ms)) == []


@pytest.mark.parametrize("is_wanted", [True, False])
def test_lock_unloads_if_chosen(is_wanted: bool) -> None:
    story = Story(unload_on_lock=is_wanted)
    story.lease()
    story.becomes_ready()
    story.release()
    assert kinds(story.tell(ka.SessionLocked(story.now_ms))) == ([ka.ReadGpu] if is_wanted else [])


def test_quit_gives_everything_back() -> None:
    story = Story(standby=True)
    story.lease()
    story.becomes_ready()
    assert story.tell(ka.Quitting(story.now_ms)) == [ka.UnloadModel(Origin.SYSTEM, is_urgent=True)]
    assert kinds(story.exits()) == [ka.TellUnloaded]
    assert story.lease() == []


# --- standby --------------------------------------------------------------------------------------------


def test_standby_waits_beside_unloaded_and_is_used_up() -> None:
    story = Story(standby=True)
    assert story.tell(TimePassed(story.now_ms)) == [ka.PrepareStandby(MODEL)]
    story.tell(rec.StandbyReady(1, MODEL, PID, GIB))
    assert story.core.our_pids == {PID}
    assert story.lease() == [ka.LoadModel(MODEL)]
    assert story.core.standby is None
    story.becomes_ready()
    story.release()
    story.unload()
    assert story.unloads()[-1] == ka.PrepareStandby(MODEL)


def test_a_standby_for_another_model_is_dropped_first() -> None:
    story = Story(standby=True)
    story.tell(TimePassed(story.now_ms))
    asked = story.tell(ka.ModelRequested(OTHER, Origin.TRAY, story.now_ms))
    assert asked == [ka.DropStandby(), ka.LoadModel(OTHER)]


def test_a_standby_that_keeps_too_much_is_dropped_and_not_tried_again() -> None:
    story = Story(standby=True, standby_limit_bytes=GIB)
    story.tell(TimePassed(story.now_ms))
    assert kinds(story.tell(rec.StandbyReady(1, MODEL, PID, 2 * GIB))) == [ka.DropStandby, TellProblem]
    assert story.tell(TimePassed(story.now_ms)) == []


def test_a_standby_that_died_is_not_started_in_a_loop() -> None:
    story = Story(standby=True)
    story.tell(TimePassed(story.now_ms))
    story.tell(rec.StandbyReady(1, MODEL, PID, GIB))
    assert story.tell(rec.WorkerExited(1, PID, -9, False, False, 1.0)) == []
    assert story.core.standby is None
    assert story.tell(TimePassed(story.now_ms)) == []


def test_turning_standby_off_drops_it() -> None:
    story = Story(standby=True)
    story.tell(TimePassed(story.now_ms))
    changed = story.tell(ka.SettingsChanged(ka.KeepAliveSettings(standby=False), story.now_ms))
    assert changed == [ka.DropStandby()]


# --- timers -----------------------------------------------------------------------------------------------


def test_a_timer_that_fires_early_is_asked_for_again(loaded: Story) -> None:
    due_ms = loaded.wake_ms
    assert due_ms is not None
    loaded.now_ms, loaded.wake_ms = due_ms - 10.0, None
    assert loaded.tell(TimePassed(loaded.now_ms)) == []
    assert loaded.wake_ms == due_ms


def test_a_shorter_idle_time_counts_at_once(loaded: Story) -> None:
    loaded.tell(ka.SettingsChanged(ka.KeepAliveSettings(idle_unload_s=10.0), loaded.now_ms))
    assert loaded.wake_ms == loaded.now_ms + 10_000.0
    assert loaded.core.unload_at_ms == loaded.wake_ms


def test_asking_for_the_loaded_model_begins_its_idle_time_anew(loaded: Story) -> None:
    loaded.now_ms += 299_000.0
    assert loaded.tell(ka.ModelRequested(MODEL, Origin.COMMAND_LINE, loaded.now_ms)) == []
    assert loaded.wake_ms == loaded.now_ms + 300_000.0


def test_a_server_has_no_process_of_ours() -> None:
    story = Story(model=SERVER)
    story.lease()
    story.tell(rec.WorkerStarting(1, SERVER))
    story.tell(rec.Ready(1, SERVER, "server", 1.0, 0))
    assert story.core.state is State.BUSY and story.core.our_pids == frozenset()


def test_an_unload_for_good_that_meets_the_key_waits_for_its_end(loaded: Story) -> None:
    loaded.unload(stay=True)
    assert loaded.lease() == [ka.RefuseUnload(("dictation",), is_waiting=True)]
    assert loaded.release() == [ka.ReadGpu(Moment.BEFORE, frozenset({PID + 1}))]


def test_a_crash_while_it_is_being_unloaded_is_an_unload(loaded: Story) -> None:
    loaded.unload()
    crash = Problem("recognizer-crashed", "It crashed.", "It is started anew.")
    assert kinds(loaded.exits(expected=False, problem=crash)) == [ka.TellUnloaded]


def test_nothing_is_prepared_for_a_server() -> None:
    story = Story(model=SERVER, standby=True)
    assert story.tell(ka.SettingsChanged(story.core.settings, story.now_ms)) == []
    assert story.core.standby is None


def test_a_server_that_is_back_serves_who_still_waits() -> None:
    away = Problem("server-unreachable", "It cannot be reached.", "Check the network.")
    story = Story(model=SERVER, retry_s=(1.0,), patience_s=30.0)
    story.lease("captions")
    for generation, told in ((1, [TellProblem]), (2, [ka.TellUnavailable]), (3, [ka.TellUnavailable])):
        story.tell(rec.WorkerStarting(generation, SERVER))
        assert kinds(story.tell(rec.LoadFailed(generation, SERVER, away))) == told
        assert story.wake_ms == story.now_ms + (1_000.0 if generation == 1 else 30_000.0)
        assert story.wake() == [ka.LoadModel(SERVER)]
    story.tell(rec.WorkerStarting(4, SERVER))
    story.tell(rec.Ready(4, SERVER, "server", 1.0, 0))
    assert story.core.state is State.BUSY and story.wake_ms is None


def test_nobody_waits_for_a_server_in_vain_after_the_last_lease() -> None:
    away = Problem("server-unreachable", "It cannot be reached.", "Check the network.")
    story = Story(model=SERVER, retry_s=())
    story.lease()
    story.tell(rec.WorkerStarting(1, SERVER))
    story.tell(rec.LoadFailed(1, SERVER, away))
    assert story.release() == [] and story.wake_ms is None
