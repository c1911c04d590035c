"""A private desktop comes up with all its parts and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.oslayer import virtual_desktop
from desktop.oslayer.virtual_desktop import DesktopError, VirtualDesktop, marked_pids
from tests.fakes.x_user import wait_until

pytestmark = pytest.mark.desktop


def test_all_parts_come_up_and_go_down(tmp_path: Path) -> None:
    with VirtualDesktop(sound=True, tray=True) as desktop:
        folder = str(desktop.folder)
        assert "testmic" in desktop.run(["pactl", "get-default-source"])
        desktop.screenshot(tmp_path / "screen.png")
        assert (tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")
        assert len(marked_pids(folder)) >= 5
        assert desktop.folder.stat().st_mode & 0o777 == 0o700
    assert marked_pids(folder) == []
    assert not Path(folder).exists()


def test_the_users_own_session_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    with VirtualDesktop(window_manager=False, bus=False) as desktop:
        assert "WAYLAND_DISPLAY" not in desktop.environment
        assert "PULSE_SERVER" not in desktop.environment
        assert desktop.environment["HOME"] == str(desktop.folder)
        assert desktop.environment["DBUS_SESSION_BUS_ADDRESS"] == "disabled:"


def test_two_desktops_at_once_do_not_meet() -> None:
    with VirtualDesktop(bus=False) as one, VirtualDesktop(bus=False) as other:
        assert one.display != other.display


def test_a_missing_program_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(DesktopError, match="apt-get install -y xvfb dbus-daemon"):
        VirtualDesktop().__enter__()


def test_a_part_that_fails_takes_the_others_down(monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = VirtualDesktop(screen="not a screen")
    with pytest.raises(DesktopError, match="Xvfb did not start"):
        desktop.__enter__()
    assert not desktop.folder.exists()


def test_it_dies_with_a_caller_that_is_killed() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from desktop.oslayer.virtual_desktop import VirtualDesktop;"
        "desktop = VirtualDesktop(); desktop.__enter__(); print(desktop.folder, flush=True);"
        "sys.stdin.read()"
    )
    root = str(Path(virtual_desktop.__file__).parents[2])
    caller = subprocess.Popen(
        [sys.executable, "-c", script, root], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert caller.stdout is not None
    folder = caller.stdout.readline().decode().strip()
    assert marked_pids(folder)
    caller.kill()
    caller.wait()
    wait_until(lambda: marked_pids(folder) == [], "nothing is left running")
    virtual_desktop.shutil.rmtree(folder)
