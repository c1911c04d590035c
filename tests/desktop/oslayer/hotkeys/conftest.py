"""Listeners on a real X server, and what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from desktop.core.events import CancelKeyPressed
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.hotkeys.x11_listener import X11HotkeyListener
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.event_log import EventLog
from tests.fakes.x_user import XUser, wait_until


class Ears:
    """A listener and what it has told."""

    def __init__(self, desk: VirtualDesktop, user: XUser, key: str, **options: bool) -> None:
        self.log = EventLog()
        self.listener = X11HotkeyListener(parse_key(key), self.log.emit, display_name=desk.display, **options)
        self.listener.start()
        self._user = user
        self._settle()

    def _settle(self) -> None:
        """Return when the listener hears: it watches Escape only after it has connected."""
        self.listener.watch_cancel(True)

        def hears() -> bool:
            self._user.tap("Escape")
            return bool(self.log.of(CancelKeyPressed))

        wait_until(hears, "the listener hears")
        self.listener.watch_cancel(False)
        self.flush()

    def flush(self) -> None:
        """Wait until all that was pressed is told, then forget it."""
        self.told()
        self.log.seen.clear()

    def told(self) -> list[object]:
        """Every fact until now: a last Escape marks the end."""
        self.listener.watch_cancel(True)
        before = len(self.log.of(CancelKeyPressed))

        def hears() -> bool:
            self._user.tap("Escape")
            return len(self.log.of(CancelKeyPressed)) > before

        wait_until(hears, "the mark is heard")
        self.listener.watch_cancel(False)
        return [event for event in self.log.settle() if not isinstance(event, CancelKeyPressed)]


@pytest.fixture
def ears(desk: VirtualDesktop, user: XUser) -> Iterator[Callable[..., Ears]]:
    """Make listeners; all are stopped afterwards."""
    made: list[Ears] = []

    def make(key: str, **options: bool) -> Ears:
        made.append(Ears(desk, user, key, **options))
        return made[-1]

    yield make
    for one in made:
        one.listener.stop()
        assert not one.listener._thread.is_alive()
