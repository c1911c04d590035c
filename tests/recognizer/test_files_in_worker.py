"""Files through a real worker with a model for whole utterances: many, killed in between, without growth."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from recognizer import events
from recognizer.child import WorkerProcess
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec, Priority
from recognizer.utterance_desk import MOST_WAITING_MS
from tests.fakes.event_log import EventLog
from tests.fakes.tiny_second_pass import make_punctuation, make_sensevoice
from tests.recognizer.worker.test_second_pass import noise

SECOND = 16_000
MIB = 1 << 20


@pytest.fixture(scope="module")
def sensevoice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sensevoice(tmp_path_factory.mktemp("sv"))


@pytest.fixture
def log() -> EventLog:
    return EventLog()


@pytest.fixture
def driver(log: EventLog, tmp_path: Path) -> Iterator[RecognizerDriver]:
    driver = RecognizerDriver(log.emit, spawn=lambda: WorkerProcess(tmp_path / "worker.log"))
    yield driver
    driver.stop()


def whole(folder: Path, *options: tuple[str, str]) -> ModelSpec:
    return ModelSpec("whole", "m", str(folder), "cpu", "fp32", options=options)


def say(driver: RecognizerDriver, utterance_id: int, pcm: bytes, priority: Priority = Priority.FILE) -> None:
    driver.begin(utterance_id, priority)
    for start in range(0, len(pcm), 64_000):
        driver.feed(utterance_id, pcm[start : start + 64_000])
    driver.end(utterance_id)


def loaded(driver: RecognizerDriver, log: EventLog, model: ModelSpec) -> events.Ready:
    driver.load(model)
    return log.wait_for(events.Ready, within_s=60.0)


def worker_rss_bytes(driver: RecognizerDriver, log: EventLog) -> int:
    driver.report_memory()
    return log.wait_for(events.MemoryReported).host_rss_bytes


def test_a_worker_killed_with_ten_minutes_waiting_loses_nothing(
    driver: RecognizerDriver, log: EventLog, sensevoice: Path
) -> None:
    """And this process keeps each sound once, and the copy that is on its way to the next worker."""
    waiting_s = MOST_WAITING_MS[Priority.FILE] // 1000
    sounds = {number: noise(SECOND * 10, number % 5) for number in range(1, waiting_s // 10 + 2)}
    rss_before = psutil.Process().memory_info().rss
    for number, pcm in sounds.items():  # before anything is loaded, so that all of it waits
        say(driver, number, pcm)
    say(driver, 9_999, noise(SECOND))
    assert log.wait_for(events.Overloaded).utterance_id == 9_999
    ready = loaded(driver, log, whole(sensevoice))
    log.wait_for(events.Final, within_s=60.0)
    os.kill(ready.pid, signal.SIGKILL)
    assert log.wait_for(events.WorkerExited).replaying
    while len(log.of(events.Final)) < len(sounds):
        log.wait_for(events.Final, within_s=60.0)
    finals = {final.utterance_id: final for final in log.of(events.Final)}
    assert set(finals) == set(sounds) and len(log.of(events.Final)) == len(sounds)
    for number, final in finals.items():  # the same sound has the same text, before the kill and after
        assert final.text == finals[(number - 1) % 5 + 1].text != ""
        assert final.audio_ms == 10_000
    held = sum(map(len, sounds.values()))
    assert psutil.Process().memory_info().rss - rss_before < 6 * held + 60 * MIB
    say(driver, 10_000, noise(SECOND))
    assert log.wait_for(events.Final).utterance_id == 10_000, "there is room again"


def test_a_recording_that_breaks_every_worker_costs_itself_only(
    driver: RecognizerDriver, log: EventLog
) -> None:
    """Files are heard together; after a crash they are told one at a time, so it is clear which it was."""
    loaded(driver, log, ModelSpec("scripted", "m", options=(("crash_at_ms", "3000"),)))
    for number in range(1, 13):
        say(driver, number, noise(SECOND * (4 if number == 5 else 1), number))
    failed = log.wait_for(events.UtteranceFailed, within_s=60.0)
    while len(log.of(events.Final)) < 11:
        log.wait_for(events.Final, within_s=60.0)
    assert (failed.utterance_id, failed.problem.code) == (5, "recognizer-crashed")
    assert {final.utterance_id for final in log.of(events.Final)} == set(range(1, 13)) - {5}
    assert not log.of(events.LoadFailed)


def test_a_dictation_and_captions_find_room_beside_ten_minutes_of_files(
    driver: RecognizerDriver, log: EventLog, sensevoice: Path
) -> None:
    loaded(driver, log, whole(sensevoice))
    for number in range(1, 62):
        say(driver, number, noise(SECOND * 10, number % 3))
    say(driver, 100, noise(SECOND, 1), Priority.CAPTIONS)
    say(driver, 101, noise(SECOND, 2), Priority.DICTATION)
    finals: list[int] = []
    while not {100, 101} <= set(finals):
        finals.append(log.wait_for(events.Final, within_s=60.0).utterance_id)
    assert not [each for each in log.of(events.Overloaded) if each.utterance_id >= 100]
    for number in range(1, 62):
        driver.cancel(number)


def test_texts_are_finished_and_the_model_of_the_marks_is_let_go(
    driver: RecognizerDriver, log: EventLog, tmp_path: Path
) -> None:
    marks = make_punctuation(tmp_path / "marks")
    options = (("punctuation", str(marks)), ("text.numbers", "True"), ("files.finish", "deferred"))
    model = ModelSpec("scripted", "m", None, "cpu", options=(("words", "open the file"), *options))
    loaded(driver, log, model)
    say(driver, 1, noise(SECOND))
    assert log.wait_for(events.Final).text == "open the file", "raw"
    say(driver, 2, noise(SECOND), Priority.DICTATION)
    finished = log.wait_for(events.Final).text
    driver.finish_texts(77, ("open the file", "", "open the file"))
    answer = log.wait_for(events.TextsFinished, within_s=60.0)
    assert answer == events.TextsFinished(77, (finished, "", finished)) and finished != "open the file"


def test_texts_outlive_a_worker(driver: RecognizerDriver, log: EventLog) -> None:
    driver.finish_texts(1, ("one", "two"))
    options = (("text.numbers", "False"), ("files.finish", "deferred"), ("load_ms", "300"))
    driver.load(ModelSpec("scripted", "m", options=options))
    starting = log.wait_for(events.Loading)
    driver.unload()
    log.wait_for(events.WorkerExited, generation=starting.generation)
    driver.load(ModelSpec("scripted", "m", options=options))
    assert log.wait_for(events.TextsFinished).texts == ("One", "Two")


@pytest.mark.parametrize(
    "count", [1_000, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])]
)
def test_a_thousand_files_without_growth(
    driver: RecognizerDriver, log: EventLog, sensevoice: Path, count: int
) -> None:
    """Measured: 1,000 end 5 MiB above the first 250, 6,000 end 11 MiB above; Python itself holds no more."""
    loaded(driver, log, whole(sensevoice))
    sounds = [noise(8_000 + 1_600 * length, length) for length in range(10)]
    answered, settled = 0, 0
    for first in range(0, count, 50):
        for number in range(first, first + 50):
            say(driver, number, sounds[number % 10])
        while answered < first + 50:
            assert log.wait_for(events.Final, within_s=60.0).text
            answered += 1
        log.seen.clear()
        if answered == 250:
            settled = worker_rss_bytes(driver, log)
    assert worker_rss_bytes(driver, log) < settled + 24 * MIB
