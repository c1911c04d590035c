"""An injector on the module's desktop, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from desktop.core.events import TargetWindow, TextLanded, TextRefused
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.injection.base import InjectionRules
from desktop.oslayer.injection.x11_injector import X11Injector
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.event_log import EventLog
from tests.fakes.qt_process import QtProcess


class Inserter:
    """A running injector; ``insert`` waits for its answer."""

    def __init__(self, desk: VirtualDesktop) -> None:
        self.log = EventLog()
        self.injector = X11Injector(self.log.emit, hotkey=parse_key("Right Ctrl"), display_name=desk.display)
        self.injector.start()
        self._count = 0

    def ask(self, text: str, target: TargetWindow | None, **rules: bool | int) -> int:
        """Ask for an insertion and return its number."""
        self._count += 1
        self.injector.insert(self._count, text, target, InjectionRules(**rules))  # type: ignore[arg-type]
        return self._count

    def landed(self, text: str, target: TargetWindow | None, **rules: bool | int) -> TextLanded:
        """Insert something that must land."""
        return self.log.wait_for(TextLanded, 15.0, dictation_id=self.ask(text, target, **rules))

    def refused(self, text: str, target: TargetWindow | None, **rules: bool | int) -> TextRefused:
        """Insert something that must be refused."""
        return self.log.wait_for(TextRefused, 15.0, dictation_id=self.ask(text, target, **rules))


@pytest.fixture
def inserter(desk: VirtualDesktop) -> Iterator[Inserter]:
    """An injector of its own for each test."""
    made = Inserter(desk)
    yield made
    made.injector.stop()
    assert not made.injector._thread.is_alive()


@pytest.fixture(autouse=True)
def nothing_unexpected(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An exception that was only logged fails the test."""
    yield
    assert [record for record in caplog.get_records("call") if record.levelname == "ERROR"] == []


@pytest.fixture
def run_window(desk: VirtualDesktop) -> Iterator[Callable[[str], QtProcess]]:
    """Start Qt programs in a role; all are closed afterwards."""
    made: list[QtProcess] = []

    def start(role: str) -> QtProcess:
        made.append(QtProcess(desk, role))
        return made[-1]

    yield start
    for window in made:
        window.stop()
