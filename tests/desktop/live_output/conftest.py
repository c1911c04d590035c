"""A live output that runs, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.live_output.facts import LiveOutputChanged, LiveOutputSettings, ObsChoice, ServerChoice
from desktop.live_output.output import LiveOutput
from tests.fakes.event_log import EventLog


class Running:
    """The output and its facts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = EventLog()
        self.output = LiveOutput(self.log.emit)
        self.output.start(LiveOutputSettings())

    def choose(self, *, port: int | None = None, obs: ObsChoice | None = None) -> None:
        server = None if port is None else ServerChoice(self.token_file, port)
        self.output.configure(LiveOutputSettings(server, obs))

    @property
    def token_file(self) -> Path:
        return self.folder / "state" / "token"

    @property
    def token(self) -> str:
        return self.token_file.read_text().strip()

    def serve(self, port: int = 0) -> str:
        """Begin to serve; where."""
        self.choose(port=port)
        return self.wait_changed(lambda told: bool(told.url)).url

    def wait_changed(self, is_so: Callable[[LiveOutputChanged], bool]) -> LiveOutputChanged:
        """The next state that is so."""
        while not is_so(told := self.log.wait_for(LiveOutputChanged)):
            pass
        return told

    def wait_listeners(self, count: int) -> None:
        self.wait_changed(lambda told: told.listeners == count)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.output.stop()
    assert not running.output._thread.is_alive()
