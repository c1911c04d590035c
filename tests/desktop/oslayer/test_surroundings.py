"""Every watcher starts and ends together, also where nothing of it exists."""

from __future__ import annotations

import threading

import pytest

from desktop.oslayer.session import DesktopSession, SessionKind
from desktop.oslayer.surroundings import Surroundings

THREADS = {"sleep", "gamemode", "processes", "full-screen"}


@pytest.mark.parametrize("x_display", ["", ":9998"])
def test_nothing_there_is_no_trouble(x_display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    heard: list[object] = []
    around = Surroundings(heard.append, DesktopSession(SessionKind.NONE, "", x_display, ""), ("nobody",))
    around.look_for(())
    around.allow_sleep()
    around.stop()
    assert heard == []
    assert not THREADS & {thread.name for thread in threading.enumerate()}
