"""Games that register with a GameMode of the test's own, on a private bus."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.core.giving_way import GameModeEnded, GameModeStarted
from desktop.oslayer.gamemode import GameModeWatch
from tests.fakes.mock_bus import MockGameMode, PrivateBus, eventually


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with PrivateBus(tmp_path) as running:
        yield running


@pytest.fixture
def heard() -> queue.SimpleQueue[object]:
    return queue.SimpleQueue()


@pytest.fixture
def watch(bus: PrivateBus, heard: queue.SimpleQueue[object]) -> Iterator[GameModeWatch]:
    running = GameModeWatch(heard.put, address=bus.address)
    yield running
    running.stop()


def test_two_games_are_one_reason(
    bus: PrivateBus, watch: GameModeWatch, heard: queue.SimpleQueue[object]
) -> None:
    daemon = MockGameMode(bus.address, clients=1)
    assert heard.get(timeout=5) == GameModeStarted()
    daemon.play()
    daemon.quit_game()
    daemon.quit_game()
    assert heard.get(timeout=5) == GameModeEnded()
    daemon.play()
    assert heard.get(timeout=5) == GameModeStarted()
    daemon.close()
    assert heard.get(timeout=5) == GameModeEnded(), "a daemon that leaves takes its games along"
    assert heard.empty()


def test_a_game_that_ran_before_us_counts(bus: PrivateBus, heard: queue.SimpleQueue[object]) -> None:
    daemon = MockGameMode(bus.address, clients=1)
    watch = GameModeWatch(heard.put, address=bus.address)
    assert heard.get(timeout=5) == GameModeStarted()
    watch.stop()
    assert heard.get(timeout=5) == GameModeEnded()
    daemon.close()


def test_a_bus_that_dies_ends_the_game(
    bus: PrivateBus, watch: GameModeWatch, heard: queue.SimpleQueue[object]
) -> None:
    daemon = MockGameMode(bus.address, clients=1)
    assert heard.get(timeout=5) == GameModeStarted()
    bus.kill()
    assert heard.get(timeout=5) == GameModeEnded()
    daemon.close()


def test_a_session_without_a_bus_is_no_error(
    heard: queue.SimpleQueue[object], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    caplog.set_level("INFO", "desktop.oslayer.bus_watch")
    watch = GameModeWatch(heard.put)
    eventually(lambda: bool(caplog.records), "it has looked for the bus")
    watch.stop()
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert heard.empty()
