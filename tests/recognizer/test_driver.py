"""The driver with real worker processes: loading, words, faults, and never a lost sample."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from recognizer import events
from recognizer.child import Ladder, WorkerProcess
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec, Priority
from recognizer.worker_run import Deadlines
from tests.fakes.event_log import EventLog

QUICK = Deadlines(step_base_s=0.6, step_per_audio_s=0.0, check_s=0.05, ladder=Ladder(0.3, 0.3, 1.0))


def scripted(**options: object) -> ModelSpec:
    return ModelSpec("scripted", "s", options=tuple((name, str(value)) for name, value in options.items()))


def speech(ms: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(ms * 32)


def digest(pcm: bytes) -> str:
    return f"{hashlib.sha256(pcm).hexdigest()} {len(pcm) // 2}"


@pytest.fixture
def log() -> EventLog:
    return EventLog()


@pytest.fixture
def new_driver(log: EventLog, tmp_path: Path) -> Iterator[Callable[..., RecognizerDriver]]:
    drivers: list[RecognizerDriver] = []

    def new(deadlines: Deadlines | None = None) -> RecognizerDriver:
        spawn = lambda: WorkerProcess(tmp_path / "worker.log")  # noqa: E731
        drivers.append(RecognizerDriver(log.emit, spawn=spawn, deadlines=deadlines))
        return drivers[-1]

    yield new
    for driver in drivers:
        driver.stop()
    assert not [t.name for t in threading.enumerate() if t.name.startswith("recognizer")]


@pytest.fixture
def driver(new_driver: Callable[..., RecognizerDriver]) -> RecognizerDriver:
    return new_driver()


def say(driver: RecognizerDriver, utterance_id: int, pcm: bytes, piece_bytes: int = 640) -> None:
    driver.begin(utterance_id)
    for start in range(0, len(pcm), piece_bytes):
        driver.feed(utterance_id, pcm[start : start + piece_bytes])
    driver.end(utterance_id)


# --- the straight way ---------------------------------------------------------------------------


def test_load_tells_its_stages_and_who_owns_the_memory(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    starting = log.wait_for(events.WorkerStarting)
    loading = log.wait_for(events.Loading)
    ready = log.wait_for(events.Ready)
    assert starting.generation == loading.generation == ready.generation == 1
    assert psutil.Process(ready.pid).is_running()
    assert ready.device == "cpu"


def test_partials_grow_and_the_final_has_every_sample(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    pcm = speech(2000)
    say(driver, 1, pcm)
    final = log.wait_for(events.Final)
    assert final.text == digest(pcm)
    assert final.audio_ms == 2000
    partials = log.of(events.Partial)
    assert [p.audio_ms for p in partials] == sorted(p.audio_ms for p in partials)
    for earlier, later in itertools.pairwise(partials):
        assert later.committed.startswith(earlier.committed)


def test_sound_fed_before_any_load_waits(driver: RecognizerDriver, log: EventLog) -> None:
    pcm = speech(900)
    say(driver, 1, pcm)
    driver.load(scripted(load_ms=100))
    log.wait_for(events.Ready)
    assert log.wait_for(events.Final).text == digest(pcm)


def test_key_down_during_loading_loses_nothing(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(load_ms=300))
    log.wait_for(events.Loading)
    first, second = speech(700, 1), speech(500, 2)
    say(driver, 1, first)
    say(driver, 2, second)
    assert [log.wait_for(events.Final).text for _ in range(2)] == [digest(first), digest(second)]


def test_unload_keeps_what_is_owed_for_the_next_load(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(step_ms=200))
    log.wait_for(events.Ready)
    pcm = speech(3000)
    say(driver, 1, pcm)
    log.wait_for(events.Partial)
    driver.unload()
    exited = log.wait_for(events.WorkerExited)
    assert (exited.expected, exited.how) == (True, "asked")
    driver.load(scripted())
    assert log.wait_for(events.Final).text == digest(pcm)


def test_words_bring_their_times(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(words="good morning"))
    say(driver, 1, speech(600))
    final = log.wait_for(events.Final)
    assert final.text == "good morning"
    assert final.words == (events.Word("good", 0, 300), events.Word("morning", 300, 600))


def test_a_cancelled_utterance_is_never_heard_of_again(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(step_ms=100))
    log.wait_for(events.Ready)
    say(driver, 1, speech(2000))
    log.wait_for(events.Partial)
    driver.cancel(1)
    log.settle()
    say(driver, 2, speech(300))
    assert log.wait_for(events.Final).utterance_id == 2
    assert [final.utterance_id for final in log.of(events.Final)] == [2]


def test_the_urgent_utterance_goes_first(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(step_ms=30))
    log.wait_for(events.Ready)
    driver.begin(1, priority=Priority.FILE)
    driver.feed(1, speech(4000))
    driver.end(1)
    driver.begin(2, priority=Priority.DICTATION)
    driver.feed(2, speech(300))
    driver.end(2)
    assert [log.wait_for(events.Final).utterance_id for _ in range(2)] == [2, 1]


@pytest.mark.parametrize("samples", [0, 1, 399])
def test_almost_nothing_is_answered_with_nothing(
    driver: RecognizerDriver, log: EventLog, samples: int
) -> None:
    driver.load(scripted())
    say(driver, 1, bytes(samples * 2))
    assert log.wait_for(events.Final).text == ""


def test_half_a_sample_is_a_problem_with_a_remedy(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    driver.begin(1)
    driver.feed(1, bytes(641))
    driver.end(1)
    failed = log.wait_for(events.UtteranceFailed)
    assert failed.problem.code == "recognizer-broken-audio"
    assert failed.problem.remedy
    say(driver, 2, speech(300))
    assert log.wait_for(events.Final).utterance_id == 2


def test_loading_what_is_loaded_answers_at_once(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    first = log.wait_for(events.Ready)
    driver.load(scripted())
    assert log.wait_for(events.Ready) == first
    assert len(log.of(events.WorkerStarting)) == 1


def test_another_model_replaces_the_first(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    first = log.wait_for(events.Ready)
    driver.load(scripted(words="other"))
    assert log.wait_for(events.WorkerExited).expected
    second = log.wait_for(events.Ready)
    assert (first.generation, second.generation) == (1, 2)
    assert not psutil.pid_exists(first.pid)


def test_memory_and_cache(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    log.wait_for(events.Ready)
    driver.report_memory()
    assert log.wait_for(events.MemoryReported).host_rss_bytes > 1 << 20
    driver.clean_cache()
    assert log.wait_for(events.CacheCleaned).after.host_rss_bytes > 1 << 20


# --- faults -------------------------------------------------------------------------------------


def test_a_worker_killed_in_mid_utterance_loses_no_sample(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    pid = log.wait_for(events.Ready).pid
    pcm = speech(3000)
    driver.begin(1)
    driver.feed(1, pcm[:32_000])
    log.wait_for(events.Partial)
    os.kill(pid, signal.SIGKILL)
    driver.feed(1, pcm[32_000:64_000])
    exited = log.wait_for(events.WorkerExited)
    assert (exited.expected, exited.replaying, exited.how, exited.exit_code) == (False, True, "crashed", -9)
    driver.feed(1, pcm[64_000:])
    driver.end(1)
    assert log.wait_for(events.Final).text == digest(pcm)
    assert log.of(events.Ready)[-1].generation == 2


@pytest.mark.parametrize("at_ms", [200, 1000, 1900])
def test_a_crash_anywhere_is_replayed(
    driver: RecognizerDriver, log: EventLog, tmp_path: Path, at_ms: int
) -> None:
    driver.load(scripted(crash_at_ms=at_ms, once=tmp_path / "crashed"))
    sounds = {i: speech(1000 * i, i) for i in (1, 2, 3)}
    for utterance_id, pcm in sounds.items():
        say(driver, utterance_id, pcm)
    finals = [log.wait_for(events.Final) for _ in sounds]
    assert {final.utterance_id: final.text for final in finals} == {
        i: digest(pcm) for i, pcm in sounds.items()
    }
    assert (tmp_path / "crashed").exists()
    assert log.settle().count(finals[0]) == 1


def test_a_worker_that_always_crashes_is_given_up(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(crash_at_ms=100))
    say(driver, 1, speech(500))
    say(driver, 2, speech(500))
    driver.begin(3)
    driver.feed(3, speech(100))
    failed = log.wait_for(events.LoadFailed)
    assert failed.problem.code == "recognizer-crashes-again"
    assert [log.wait_for(events.UtteranceFailed).utterance_id for _ in range(2)] == [1, 2]
    assert len(log.of(events.WorkerStarting)) == 4
    driver.end(3)
    assert log.wait_for(events.UtteranceFailed).utterance_id == 3


def test_an_open_utterance_survives_a_failed_load(driver: RecognizerDriver, log: EventLog) -> None:
    pcm = speech(600)
    driver.begin(1)
    driver.feed(1, pcm)
    driver.load(scripted(load_problem=1))
    assert log.wait_for(events.LoadFailed).problem.code == "scripted-refusal"
    driver.load(scripted())
    driver.end(1)
    assert log.wait_for(events.Final).text == digest(pcm)


def test_a_refused_load_answers_what_is_ended(driver: RecognizerDriver, log: EventLog) -> None:
    say(driver, 1, speech(300))
    driver.load(scripted(load_problem=1))
    log.wait_for(events.LoadFailed)
    assert log.wait_for(events.UtteranceFailed).problem.code == "scripted-refusal"


def test_an_idle_crash_is_told_and_not_repaired(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted())
    os.kill(log.wait_for(events.Ready).pid, signal.SIGKILL)
    exited = log.wait_for(events.WorkerExited)
    assert (exited.expected, exited.replaying) == (False, False)
    assert exited.problem is not None
    assert len(log.of(events.WorkerStarting)) == 1


@pytest.mark.parametrize("fault", ["hang_at_ms", "freeze_at_ms"])
def test_a_hung_worker_is_replaced_and_replayed(
    new_driver: Callable[..., RecognizerDriver], log: EventLog, tmp_path: Path, fault: str
) -> None:
    driver = new_driver(QUICK)
    driver.load(scripted(**{fault: 400, "once": tmp_path / "hung"}))
    pcm = speech(1000)
    say(driver, 1, pcm)
    exited = log.wait_for(events.WorkerExited)
    assert exited.problem is not None
    assert exited.problem.code == "recognizer-hung"
    assert exited.how == ("terminated" if fault == "hang_at_ms" else "killed")
    assert exited.took_ms <= 2500.0
    assert log.wait_for(events.Final).text == digest(pcm)


def test_an_utterance_that_hangs_twice_is_given_up_and_the_next_one_lives(
    new_driver: Callable[..., RecognizerDriver], log: EventLog
) -> None:
    driver = new_driver(QUICK)
    driver.load(scripted(hang_at_ms=800))
    say(driver, 1, speech(1000))
    say(driver, 2, speech(400))
    failed = log.wait_for(events.UtteranceFailed)
    assert (failed.utterance_id, failed.problem.code) == (1, "recognizer-hung")
    assert log.wait_for(events.Final).utterance_id == 2


def test_a_load_that_never_ends_is_given_up(
    new_driver: Callable[..., RecognizerDriver], log: EventLog
) -> None:
    driver = new_driver(Deadlines(load_s=0.5, check_s=0.05))
    driver.load(scripted(load_ms=60_000))
    assert log.wait_for(events.WorkerExited).problem is not None
    assert log.wait_for(events.LoadFailed).problem.code == "recognizer-load-too-slow"


def test_out_of_memory_is_answered_with_something_smaller(
    driver: RecognizerDriver, log: EventLog, tmp_path: Path
) -> None:
    model = ModelSpec(
        "scripted", "s", device="cuda:0", options=(("oom_at_ms", "300"), ("once", str(tmp_path / "oom")))
    )
    driver.load(model)
    pcm = speech(800)
    say(driver, 1, pcm)
    log.wait_for(events.Ready)
    second = log.wait_for(events.Ready)
    assert second.model.precision == "bf16"
    assert second.notice is not None
    assert log.wait_for(events.Final).text == digest(pcm)


def test_out_of_memory_goes_down_to_the_cpu_before_any_word_is_lost(
    driver: RecognizerDriver, log: EventLog
) -> None:
    full = (("oom_at_ms", "300"),)
    driver.load(ModelSpec("scripted", "s", device="cuda:0", second_pass="big", options=full))
    pcm = speech(800)
    say(driver, 1, pcm)
    assert log.wait_for(events.Final).text == digest(pcm)
    tried = [(each.model.precision, each.model.second_pass, each.device) for each in log.of(events.Ready)]
    assert tried == [
        ("auto", "big", "cuda:0"),
        ("bf16", "big", "cuda:0"),
        ("bf16", None, "cuda:0"),
        ("auto", None, "cpu"),
    ]


def test_an_utterance_too_large_for_every_device_fails_alone(log: EventLog, tmp_path: Path) -> None:
    """The way down to the CPU does not use up the restarts that others may need."""
    driver = RecognizerDriver(log.emit, spawn=lambda: WorkerProcess(tmp_path / "w.log"))
    full = (("oom_at_ms", "700"), ("full_on_cpu", "1"))
    driver.load(ModelSpec("scripted", "s", device="cuda:0", second_pass="big", options=full))
    say(driver, 1, speech(800))
    say(driver, 2, speech(300, 2))
    assert log.wait_for(events.UtteranceFailed).utterance_id == 1
    assert log.wait_for(events.Final).text == digest(speech(300, 2))
    assert not log.of(events.LoadFailed)
    driver.stop()


def test_an_utterance_the_engine_refuses_fails_alone(
    driver: RecognizerDriver, log: EventLog, tmp_path: Path
) -> None:
    driver.load(scripted(refuse_at_ms=500, once=tmp_path / "refused"))
    say(driver, 1, speech(1000))
    say(driver, 2, speech(1000, 2))
    assert log.wait_for(events.UtteranceFailed).problem.code == "scripted-refusal"
    assert log.wait_for(events.Final).text == digest(speech(1000, 2))
    assert len(log.of(events.WorkerStarting)) == 1


def test_noise_on_stderr_blocks_nothing(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(scripted(noise_bytes=400_000))
    pcm = speech(3000)
    say(driver, 1, pcm)
    assert log.wait_for(events.Final).text == digest(pcm)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file on a full disk")
def test_a_log_on_a_full_disk_costs_no_word(log: EventLog) -> None:
    driver = RecognizerDriver(log.emit, spawn=lambda: WorkerProcess(Path("/dev/full")))
    driver.load(scripted(noise_bytes=100, prints=1))
    pcm = speech(1000)
    say(driver, 1, pcm)
    assert log.wait_for(events.Final).text == digest(pcm)
    driver.stop()


def test_an_unknown_engine_is_a_problem_not_a_crash(driver: RecognizerDriver, log: EventLog) -> None:
    driver.load(ModelSpec("telepathy", "t"))
    assert log.wait_for(events.LoadFailed).problem.code == "engine-unknown"


def test_a_worker_that_cannot_be_started_is_a_problem(log: EventLog) -> None:
    def spawn() -> WorkerProcess:
        raise OSError("no such program")

    driver = RecognizerDriver(log.emit, spawn=spawn)
    driver.load(scripted())
    assert log.wait_for(events.LoadFailed).problem.code == "recognizer-cannot-start"
    driver.stop()


# --- standby, end -------------------------------------------------------------------------------


def test_standby_is_used_up_by_the_next_load(driver: RecognizerDriver, log: EventLog) -> None:
    driver.standby(scripted())
    standing = log.wait_for(events.StandbyReady)
    driver.load(scripted())
    assert log.wait_for(events.Ready).pid == standing.pid
    driver.unload()
    log.wait_for(events.WorkerExited)
    assert not psutil.pid_exists(standing.pid)


def test_a_standby_for_another_model_stays(driver: RecognizerDriver, log: EventLog) -> None:
    driver.standby(scripted())
    standing = log.wait_for(events.StandbyReady)
    driver.load(scripted(words="other"))
    assert log.wait_for(events.Ready).pid != standing.pid
    driver.standby(None)
    assert log.wait_for(events.WorkerExited).generation == standing.generation


def test_stop_leaves_no_process_whatever_the_worker_does(
    new_driver: Callable[..., RecognizerDriver], log: EventLog
) -> None:
    driver = new_driver()
    driver.load(scripted(freeze_at_ms=0))
    pid = log.wait_for(events.Ready).pid
    driver.standby(scripted())
    standing = log.wait_for(events.StandbyReady)
    driver.begin(1)
    driver.feed(1, speech(300))
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        pass
    driver.stop(timeout_s=6.0)
    assert not psutil.pid_exists(pid)
    assert not psutil.pid_exists(standing.pid)


def test_an_emit_that_raises_does_not_end_the_thread(log: EventLog, tmp_path: Path) -> None:
    def emit(event: events.RecognizerEvent) -> None:
        log.emit(event)
        if isinstance(event, events.Loading):
            event.mistake()  # type: ignore[attr-defined]

    driver = RecognizerDriver(emit, spawn=lambda: WorkerProcess(tmp_path / "w.log"))
    driver.load(scripted())
    assert log.wait_for(events.LoadFailed).problem.code == "recognizer-internal"
    driver.stop()
