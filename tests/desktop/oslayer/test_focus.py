"""The focused window, asked of a real X server."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.oslayer import x11
from desktop.oslayer.focus import FocusReader
from desktop.oslayer.terminals import is_terminal
from desktop.oslayer.virtual_desktop import VirtualDesktop, stop_process
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser, wait_until

pytestmark = pytest.mark.desktop


def test_the_focused_window_is_told_with_its_program(desk: VirtualDesktop, user: XUser) -> None:
    window = QtProcess(desk, "edit")
    found = user.focused("qt_window")
    assert (found.pid, found.is_terminal) == (window.process.pid, False)
    assert user.title(found.window_id) == "edit"
    assert x11.pid_of(user.connection, found.window_id) == window.process.pid
    window.stop()
    wait_until(lambda: not x11.is_window(user.connection, found.window_id), "the window is gone")


def test_a_terminal_is_known(desk: VirtualDesktop, user: XUser) -> None:
    terminal = desk.start(["xterm"])
    assert user.focused("XTerm").is_terminal
    stop_process(terminal)


def test_gtk_keeps_its_focus_on_a_window_within(desk: VirtualDesktop, user: XUser) -> None:
    editor = desk.start(["mousepad", "--disable-server"])
    found = user.focused("ousepad")
    assert found.window_id != found.focus_id
    assert "ousepad" in user.title(found.window_id)
    stop_process(editor)


def test_no_x_server_is_a_problem() -> None:
    with pytest.raises(x11.XServerError) as caught:
        FocusReader(":9999")
    assert caught.value.problem.code == "x-server"


def test_an_empty_list_of_x_keys_prints_nothing(
    desk: VirtualDesktop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "Xauthority").touch()
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "Xauthority"))
    x11.close_display(x11.open_display(desk.display))
    assert capsys.readouterr().out == "", "it would stand in the JSON of the command line"


@pytest.mark.parametrize(
    ("wm_class", "expected"),
    [
        ("xterm.XTerm", True),
        ("gnome-terminal-server.Gnome-terminal", True),
        ("konsole.konsole", True),
        ("foot", True),
        ("org.wezfurlong.wezterm.org.wezfurlong.wezterm", True),
        ("Alacritty.Alacritty", True),
        ("com.system76.CosmicTerm.com.system76.CosmicTerm", True),
        ("io.elementary.terminal", True),
        ("mousepad.Mousepad", False),
        ("terminology-notes.Notes", False),
        ("", False),
    ],
)
def test_terminals_by_class(wm_class: str, expected: bool) -> None:
    assert is_terminal(wm_class) is expected
