"""Chinese, accents, an emoji and a newline arrive intact in real programs under several layouts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import unquote

import pytest

from desktop.core.events import TargetWindow
from desktop.oslayer.virtual_desktop import VirtualDesktop, stop_process
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser, wait_until

pytestmark = pytest.mark.desktop

TEXT = '你好，"é" 🙂\nsecond line: {x}[y] @#~'
LAYOUTS = ("us", "de", "fr", "ru")


class Program(Protocol):
    """A third-party program with one text field that has the focus."""

    wm_class: str

    def text(self, user: XUser) -> str: ...

    def stop(self) -> None: ...


class QtEdit:
    wm_class = "qt_window"

    def __init__(self, desk: VirtualDesktop) -> None:
        self._window = QtProcess(desk, "edit")

    def text(self, user: XUser) -> str:
        return self._window.text()

    def stop(self) -> None:
        self._window.stop()


class Mousepad:
    """GTK 3. Its text is what it saves."""

    wm_class = "ousepad"

    def __init__(self, desk: VirtualDesktop) -> None:
        self._file = desk.folder / "note.txt"
        self._file.write_text("")
        self._process = desk.start(["mousepad", "--disable-server", str(self._file)])

    def text(self, user: XUser) -> str:
        user.use_layout("us")
        user.tap("Control_L", "s")
        return self._file.read_text(encoding="utf-8")

    def stop(self) -> None:
        stop_process(self._process)


class Xterm:
    """A terminal that writes down what it is given, as it comes."""

    wm_class = "XTerm"

    def __init__(self, desk: VirtualDesktop, *options: str) -> None:
        self._file = desk.folder / "terminal.txt"
        shell = f"stty raw -echo; echo > {desk.folder}/terminal-ready; exec cat > {self._file}"
        self._process = desk.start(["xterm", "-u8", *options, "-e", "sh", "-c", shell])
        wait_until((desk.folder / "terminal-ready").exists, "the terminal runs", 20.0)

    def text(self, user: XUser) -> str:
        return self._file.read_bytes().decode("utf-8", "replace").replace("\r", "\n")

    def stop(self) -> None:
        stop_process(self._process)


class Chromium:
    """A textarea in a browser; the page tells its text by the title of the window."""

    wm_class = "hromium"
    PAGE = (
        "<!doctype html><meta charset=utf-8><title>got:</title><textarea autofocus rows=9 cols=60></textarea>"
        "<script>const area = document.querySelector('textarea'); area.oninput = () =>"
        " { document.title = 'got:' + encodeURIComponent(area.value) }</script>"
    )
    FLAGS = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
        " --disable-component-update --disable-sync --password-store=basic"
    ).split()

    def __init__(self, desk: VirtualDesktop) -> None:
        page = desk.folder / "page.html"
        page.write_text(self.PAGE, encoding="utf-8")
        profile = f"--user-data-dir={desk.folder}/chromium"
        self._process = desk.start(["chromium", *self.FLAGS, profile, f"--app=file://{page}"])

    def text(self, user: XUser) -> str:
        window = user.focus.read()
        title = user.title(window.window_id) if window is not None else ""
        return unquote(title.partition("got:")[2])

    def stop(self) -> None:
        stop_process(self._process)


class Page(Chromium):
    """A page without a text field, where letters are commands; the title tells which came."""

    PAGE = (
        "<!doctype html><meta charset=utf-8><title>got:</title><script>"
        "onkeydown = event => { if (event.key.length == 1) document.title += event.key }</script>"
    )


PROGRAMS = {"qt": QtEdit, "mousepad": Mousepad, "xterm": Xterm, "chromium": Chromium, "page": Page}
CASES = [
    *((name, layout) for name in ("qt", "mousepad", "xterm") for layout in LAYOUTS),
    *(("chromium", layout) for layout in ("us", "ru")),
]


@pytest.fixture(scope="module")
def program(request: pytest.FixtureRequest, desk: VirtualDesktop) -> Iterator[Program]:
    """One program at a time, kept for all its layouts."""
    running: Program = PROGRAMS[request.param](desk)
    yield running
    running.stop()


def focused(user: XUser, program: Program) -> TargetWindow:
    window = user.focused(program.wm_class)
    if isinstance(program, Chromium):
        wait_until(lambda: user.title(window.window_id).startswith("got:"), "the page is there", 20.0)
    return window


@pytest.mark.parametrize(("program", "layout"), CASES, indirect=["program"])
def test_text_arrives_intact(user: XUser, program: Program, layout: str, inserter: Any) -> None:
    window = focused(user, program)
    before = program.text(user)
    user.use_layout(layout)
    landed = inserter.landed(TEXT, window, newlines_in_terminals=True)
    assert landed.method == "paste"
    wait_until(lambda: program.text(user) == before + TEXT, f"the text stands there: {program.text(user)!r}")


@pytest.mark.parametrize("program", ["qt"], indirect=True)
def test_text_arrives_while_the_second_layout_is_active(user: XUser, program: Program, inserter: Any) -> None:
    window, before = focused(user, program), program.text(user)
    user.use_layout("us,ru", "-option", "grp:rctrl_toggle")
    user.tap("ISO_Next_Group")  # on the right Ctrl key now
    assert inserter.landed(TEXT, window).method == "paste"
    wait_until(lambda: program.text(user) == before + TEXT, "the text stands there")


@pytest.mark.parametrize("program", ["qt", "mousepad", "chromium"], indirect=True)
def test_a_selection_is_replaced(user: XUser, program: Program, inserter: Any) -> None:
    window = focused(user, program)
    inserter.landed("to be replaced", window)
    wait_until(lambda: "to be replaced" in program.text(user), "the text stands there")
    user.tap("Control_L", "a")
    wait_until(lambda: "to be replaced" in user.pasted("primary").decode(), "all of it is selected")
    assert inserter.landed("instead", window).method == "paste"
    wait_until(lambda: program.text(user) == "instead", f"nothing else is there: {program.text(user)!r}")


@pytest.mark.parametrize("program", ["qt"], indirect=True)
def test_a_long_text_goes_in_pieces(user: XUser, program: Program, inserter: Any) -> None:
    window, before = focused(user, program), program.text(user)
    long = "语音输入 with some English in between. " * 4000  # 160,000 characters, 240 KB
    assert inserter.landed(long, window).method == "paste"
    wait_until(lambda: len(program.text(user)) >= len(before) + len(long), "all of it stands there", 20.0)
    assert program.text(user) == before + long


@pytest.mark.parametrize("program", ["xterm"], indirect=True)
def test_a_terminal_gets_spaces_for_newlines(user: XUser, program: Program, inserter: Any) -> None:
    window, before = focused(user, program), program.text(user)
    assert window.is_terminal
    inserter.landed("rm -rf nothing\n\techo 你好\r\n", window)
    expected = before + "rm -rf nothing echo 你好"
    wait_until(lambda: program.text(user) == expected, "one line stands there")


@pytest.mark.parametrize("program", ["page"], indirect=True)
def test_a_page_without_a_text_field_gets_no_letters(user: XUser, program: Program, inserter: Any) -> None:
    refused = inserter.refused("delete all", focused(user, program))
    assert (refused.problem.code, refused.on_clipboard) == ("paste-ignored", True)
    user.tap("z")  # whatever had been typed would stand before it
    wait_until(lambda: program.text(user).endswith("z"), "the page gets keys")
    assert program.text(user) == "z"
