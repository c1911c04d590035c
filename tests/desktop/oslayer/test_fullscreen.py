"""Full screen, on a real X server with a real window manager and windows of another program."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from Xlib import X, Xatom

from desktop.core.giving_way import FullScreenEnded, FullScreenStarted
from desktop.oslayer import x11
from desktop.oslayer.fullscreen import IGNORED_CLASSES, FullScreenWatch, _Screen
from desktop.oslayer.session import DesktopSession, SessionKind
from desktop.oslayer.surroundings import Surroundings
from desktop.oslayer.virtual_desktop import VirtualDesktop

pytestmark = pytest.mark.desktop

WINDOW = """
import sys
from Xlib import X, display
from Xlib.protocol import event
d = display.Display(); root = d.screen().root
w = root.create_window(0, 0, 200, 100, 0, d.screen().root_depth, event_mask=X.StructureNotifyMask)
w.set_wm_class(sys.argv[1], sys.argv[1]); w.set_wm_name(sys.argv[1]); w.map(); d.sync()
pid = d.intern_atom('_NET_WM_PID'); w.change_property(pid, d.intern_atom('CARDINAL'), 32, [int(sys.argv[2])])
state, full = d.intern_atom('_NET_WM_STATE'), d.intern_atom('_NET_WM_STATE_FULLSCREEN')
mask = X.SubstructureRedirectMask | X.SubstructureNotifyMask
for line in sys.stdin:
    data = (32, [1 if line.strip() == 'full' else 0, full, 0, 1, 0])
    root.send_event(event.ClientMessage(window=w, client_type=state, data=data), event_mask=mask)
    d.sync(); print('done', flush=True)
"""


class Program:
    """A window of another program that can fill the screen."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def says(self, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n".encode())
        self._process.stdin.flush()
        assert self._process.stdout.readline() == b"done\n"


@contextmanager
def program(desktop: VirtualDesktop, folder: Path, name: str, pid: int = 1) -> Iterator[Program]:
    script = folder / "window.py"
    script.write_text(WINDOW)
    command = [sys.executable, str(script), name, str(pid)]
    process = desktop.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Program(process)
    finally:
        process.kill()
        process.wait(5)


@pytest.fixture
def heard() -> queue.SimpleQueue[object]:
    return queue.SimpleQueue()


@pytest.fixture
def watch(virtual_desktop: VirtualDesktop, heard: queue.SimpleQueue[object]) -> Iterator[FullScreenWatch]:
    running = FullScreenWatch(heard.put, display_name=virtual_desktop.display, own_pid=777)
    yield running
    running.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "full-screen"]


def test_a_game_fills_the_screen_and_leaves_it(
    virtual_desktop: VirtualDesktop, watch: FullScreenWatch, heard: queue.SimpleQueue[object], tmp_path: Path
) -> None:
    with program(virtual_desktop, tmp_path, "supertux2") as game:
        game.says("full")
        assert heard.get(timeout=10) == FullScreenStarted("supertux2")
        game.says("window")
        assert heard.get(timeout=10) == FullScreenEnded()
        game.says("full")
        assert heard.get(timeout=10) == FullScreenStarted("supertux2")
    assert heard.get(timeout=10) == FullScreenEnded(), "a game that crashed is gone"


@pytest.mark.parametrize("names", [("gl", "mpv"), ("Navigator", "firefox-esr"), ("VirtualBox Machine",)])
def test_the_known_programs_are_named_as_their_windows_are(names: tuple[str, ...]) -> None:
    assert IGNORED_CLASSES & {name.lower() for name in names}


def test_videos_and_our_own_windows_do_not_count(
    virtual_desktop: VirtualDesktop, watch: FullScreenWatch, heard: queue.SimpleQueue[object], tmp_path: Path
) -> None:
    with program(virtual_desktop, tmp_path, "mpv") as video:
        video.says("full")
        with program(virtual_desktop, tmp_path, "plosive", pid=777) as ours:
            ours.says("full")
            with program(virtual_desktop, tmp_path, "supertux2") as game:
                game.says("full")
                assert heard.get(timeout=10) == FullScreenStarted("supertux2")
                assert heard.empty()


def test_the_list_of_ignored_programs_can_change(
    virtual_desktop: VirtualDesktop, watch: FullScreenWatch, heard: queue.SimpleQueue[object], tmp_path: Path
) -> None:
    with program(virtual_desktop, tmp_path, "blender") as tool:
        tool.says("full")
        assert heard.get(timeout=10) == FullScreenStarted("blender")
        watch.ignore(frozenset({"blender"}))
        assert heard.get(timeout=10) == FullScreenEnded()


def test_the_users_list_adds_to_the_known_programs(
    virtual_desktop: VirtualDesktop, heard: queue.SimpleQueue[object], tmp_path: Path
) -> None:
    session = DesktopSession(SessionKind.X11, virtual_desktop.display, virtual_desktop.display, "")
    around = Surroundings(heard.put, session, may_fill_screen=("Blender",))
    try:
        with (
            program(virtual_desktop, tmp_path, "blender") as tool,
            program(virtual_desktop, tmp_path, "game") as game,
        ):
            tool.says("full")
            game.says("full")
            assert heard.get(timeout=10) == FullScreenStarted("game")
            around.let_fill_screen(("Game",))
            assert heard.get(timeout=10) == FullScreenEnded()
    finally:
        around.stop()


def test_a_game_with_the_window_number_of_the_last_one_is_watched() -> None:
    """The server gives a number again; no window manager need tell of anything but its state."""
    with VirtualDesktop(window_manager=False, bus=False) as desktop:
        manager, watching = x11.open_display(desktop.display), x11.open_display(desktop.display)
        screen = _Screen(watching)
        window_ids = set()
        for _ in range(2):
            game = x11.open_display(desktop.display)
            window = game.screen().root.create_window(0, 0, 9, 9, 0, X.CopyFromParent)
            game.sync()
            window_ids.add(window.id)
            put(manager, manager.screen().root, "_NET_ACTIVE_WINDOW", Xatom.WINDOW, window.id)
            assert screen.full_name(frozenset(), 777) is None
            screen.drain()
            put(manager, window, "_NET_WM_NAME", Xatom.STRING, 8)
            assert x11.wait_readable(watching, 5.0) and not screen.drain(), "a title does not matter"
            full = manager.intern_atom("_NET_WM_STATE_FULLSCREEN")
            put(manager, window, "_NET_WM_STATE", Xatom.ATOM, full)
            assert x11.wait_readable(watching, 5.0) and screen.drain(), "told that the state changed"
            assert screen.full_name(frozenset(), 777) == ""
            x11.close_display(game)
            assert x11.wait_readable(watching, 5.0) and screen.drain(), "told that the window is gone"
            assert screen.full_name(frozenset(), 777) is None
        assert len(window_ids) == 1
        x11.close_display(watching)
        x11.close_display(manager)


def put(connection: Any, window: Any, name: str, kind: int, value: int) -> None:
    there = connection.create_resource_object("window", window.id)
    there.change_property(connection.intern_atom(name), kind, 32, [value])
    connection.sync()


def test_without_an_x_server_nothing_is_told(heard: queue.SimpleQueue[object]) -> None:
    watch = FullScreenWatch(heard.put, display_name=":9999")
    watch.stop()
    assert heard.empty()
