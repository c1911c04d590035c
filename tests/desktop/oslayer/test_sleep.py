"""Suspend, resume and lock from a logind of the test's own, on a private bus."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.core.keep_alive_commands import Resumed, SessionLocked, Suspending
from desktop.oslayer import bus_watch
from desktop.oslayer.sleep import SleepWatch
from tests.fakes.mock_bus import MockLogind, PrivateBus, eventually


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with PrivateBus(tmp_path) as running:
        yield running


@pytest.fixture
def logind(bus: PrivateBus) -> Iterator[MockLogind]:
    service = MockLogind(bus.address)
    yield service
    service.close()


@pytest.fixture
def heard() -> queue.SimpleQueue[object]:
    return queue.SimpleQueue()


@pytest.fixture
def start(bus: PrivateBus, heard: queue.SimpleQueue[object]) -> Iterator[Callable[[], SleepWatch]]:
    """Starts watches that are stopped at the end."""
    started: list[SleepWatch] = []

    def begin() -> SleepWatch:
        started.append(SleepWatch(heard.put, address=bus.address))
        return started[-1]

    yield begin
    for watch in started:
        watch.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "sleep"]


def test_sleep_waits_until_it_is_allowed(
    logind: MockLogind, start: Callable[[], SleepWatch], heard: queue.SimpleQueue[object]
) -> None:
    watch = start()
    eventually(logind.is_braked, "the brake is on from the start")
    assert logind.wishes == [["sleep", "Plosive", "give the graphics card back first", "delay"]]
    logind.prepare_for_sleep(True)
    assert isinstance(heard.get(timeout=5), Suspending)
    assert logind.is_braked()
    watch.allow_sleep()
    eventually(lambda: not logind.is_braked(), "the brake is let go")
    logind.prepare_for_sleep(False)
    assert isinstance(heard.get(timeout=5), Resumed)
    eventually(logind.is_braked, "the brake is on again")
    watch.stop()
    eventually(lambda: not logind.is_braked(), "a program that quits brakes nobody")


def test_locking_is_told_once_however_it_is_said(
    logind: MockLogind, start: Callable[[], SleepWatch], heard: queue.SimpleQueue[object]
) -> None:
    start()
    eventually(logind.is_braked, "connected")
    logind.lock("/org/freedesktop/login1/session/_99")
    logind.lock()
    logind.hint(True)
    assert isinstance(heard.get(timeout=5), SessionLocked)
    logind.hint(False)
    logind.hint(True)
    assert isinstance(heard.get(timeout=5), SessionLocked)
    assert heard.empty()


def test_each_lock_is_told_where_nobody_says_when_it_ends(
    logind: MockLogind, start: Callable[[], SleepWatch], heard: queue.SimpleQueue[object]
) -> None:
    start()
    eventually(logind.is_braked, "connected")
    for _ in range(2):
        logind.lock()
        assert isinstance(heard.get(timeout=5), SessionLocked)


def test_a_bus_that_is_lost_in_sleep_ends_the_sleep(
    bus: PrivateBus, start: Callable[[], SleepWatch], heard: queue.SimpleQueue[object]
) -> None:
    service = MockLogind(bus.address)
    start()
    eventually(service.is_braked, "connected")
    service.prepare_for_sleep(True)
    assert isinstance(heard.get(timeout=5), Suspending)
    bus.kill()
    assert isinstance(heard.get(timeout=5), Resumed), "else no model would ever be loaded again"
    service.close()


def test_without_a_session_sleep_is_still_told(
    bus: PrivateBus, start: Callable[[], SleepWatch], heard: queue.SimpleQueue[object]
) -> None:
    service = MockLogind(bus.address, knows_session=False)
    start()
    eventually(service.is_braked, "connected")
    service.prepare_for_sleep(True)
    assert isinstance(heard.get(timeout=5), Suspending)
    service.close()


def test_without_logind_nothing_is_told_and_it_can_be_stopped(
    bus: PrivateBus, start: Callable[[], SleepWatch], heard: queue.SimpleQueue[object]
) -> None:
    watch = start()
    watch.allow_sleep()
    watch.stop()
    assert heard.empty()


def test_without_a_bus_it_can_be_stopped(tmp_path: Path, heard: queue.SimpleQueue[object]) -> None:
    watch = SleepWatch(heard.put, address=f"unix:path={tmp_path / 'nothing'}")
    watch.stop()
    assert heard.empty()


def test_a_bus_that_comes_back_is_used_again(
    tmp_path: Path, heard: queue.SimpleQueue[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_watch, "RETRY_S", (0.05,))
    with PrivateBus(tmp_path) as first:
        watch = SleepWatch(heard.put, address=first.address)
    with PrivateBus(tmp_path) as second:
        service = MockLogind(second.address)
        eventually(service.is_braked, "connected again")
        service.prepare_for_sleep(True)
        assert isinstance(heard.get(timeout=5), Suspending)
        watch.stop()
        service.close()
