"""When text must not or cannot land: told with a remedy, and never lost or half typed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from Xlib.error import ConnectionClosedError

from desktop.core.events import TargetWindow, TextLanded, TextRefused
from desktop.oslayer import x11
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.injection import create_injector, reports, x11_desk
from desktop.oslayer.injection.x11_injector import X11Injector
from desktop.oslayer.session import detect_session
from desktop.oslayer.virtual_desktop import VirtualDesktop, stop_process
from tests.fakes.event_log import EventLog
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser, wait_until

pytestmark = pytest.mark.desktop

RunWindow = Callable[[str], QtProcess]


def assert_told(answer: TextRefused, code: str) -> None:
    assert (answer.problem.code, answer.on_clipboard) == (code, True)
    assert "Ctrl+V" in answer.problem.remedy


def test_a_changed_focus_types_nothing(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    first = run_window("edit")
    target = user.focused("qt_window")
    second = run_window("deaf")
    wait_until(lambda: user.focused("qt_window") != target, "the other window gets the focus")
    assert_told(inserter.refused("for the first window", target), "window-changed")
    assert (first.text(), second.text()) == ("", "")
    assert user.pasted() == b"for the first window"
    assert user.pasted("primary") == b"for the first window"


def test_a_closed_window_leaves_the_text_on_the_clipboard(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")
    window.stop()
    wait_until(lambda: user.focus.read() != target, "the window is gone")
    assert_told(inserter.refused("你好", target), "window-closed")
    assert user.pasted().decode() == "你好"


def test_no_window_leaves_the_text_on_the_clipboard(user: XUser, inserter: Any) -> None:
    assert_told(inserter.refused("nobody", None), "no-window")
    assert user.pasted() == b"nobody"


def test_text_left_on_the_clipboard_can_be_pasted_by_hand(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    inserter.refused('你好，"é" 🙂', None)
    window = run_window("edit")
    user.focused("qt_window")
    user.tap("Control_L", "v")
    wait_until(lambda: window.text() == '你好，"é" 🙂', "the text stands there")


def test_nothing_to_insert_is_told(inserter: Any) -> None:
    answer = inserter.refused("\x07", None)
    assert (answer.problem.code, answer.on_clipboard) == ("no-text", False)


def test_a_window_that_ignores_paste_is_typed_into(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    user.copy(b"mine")
    history = run_window("history")  # reads the clipboard, which is no receipt
    window = run_window("deaf")
    target = user.focused("qt_window")
    assert inserter.landed("Plain text, 100% ASCII: {x}", target).method == "typing"
    wait_until(lambda: window.text() == "Plain text, 100% ASCII: {x}", "the text stands there")
    wait_until(lambda: user.pasted() == b"mine", "the clipboard is given back")
    assert history.text("history") != ""


@pytest.mark.parametrize(("layout", "caps"), [("de", False), ("us", True)])
def test_typing_follows_layout_and_caps_lock(
    user: XUser, run_window: RunWindow, inserter: Any, layout: str, caps: bool
) -> None:
    window = run_window("deaf")
    target = user.focused("qt_window")
    user.use_layout(layout)
    if caps:
        user.tap("Caps_Lock")
    try:
        assert inserter.landed("Yes, Zoe @ {home}?", target).method == "typing"
        wait_until(lambda: window.text() == "Yes, Zoe @ {home}?", "the text stands there")
    finally:
        if caps:
            user.tap("Caps_Lock")


@pytest.mark.parametrize(("layout", "text"), [("us", "你好"), ("us", "two\nlines"), ("ru", "Latin")])
def test_what_cannot_be_typed_stays_on_the_clipboard(
    user: XUser, run_window: RunWindow, inserter: Any, layout: str, text: str
) -> None:
    window = run_window("deaf")
    target = user.focused("qt_window")
    user.use_layout(layout)
    assert_told(inserter.refused(text, target), "paste-ignored")
    assert user.pasted().decode() == text
    assert window.text() == ""


def test_a_terminal_that_ignores_paste_is_not_typed_into(
    user: XUser, desk: VirtualDesktop, inserter: Any
) -> None:
    got = desk.folder / "got.txt"
    deaf = "XTerm*VT100.translations: #override Shift <Key>Insert: ignore()"
    shell = f"stty raw -echo; echo > {desk.folder}/deaf-ready; exec cat > {got}"
    terminal = desk.start(["xterm", "-xrm", deaf, "-e", "sh", "-c", shell])
    wait_until((desk.folder / "deaf-ready").exists, "the terminal runs")
    assert_told(inserter.refused("ls", user.focused("XTerm")), "paste-ignored")
    assert got.read_bytes() == b""
    stop_process(terminal)


def test_nothing_is_typed_where_a_clipboard_tool_hides_the_receipt(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    """The window may have pasted from the tool: typed besides, the text would stand there twice."""
    window = run_window("deaf")
    target = user.focused("qt_window")
    run_window("tool")
    user.focused("qt_window")
    assert_told(inserter.refused("once", target, receipt_deadline_ms=14_000), "clipboard-copied")
    assert user.pasted() == b"once"
    assert window.text() == ""


def test_a_window_that_closes_while_it_is_looked_at_is_told(
    user: XUser, run_window: RunWindow, inserter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_window("edit")
    target = user.focused("qt_window")

    def closing(connection: Any) -> None:
        connection.create_resource_object("window", 0x1FFFFFFF).query_tree()  # an error of the server

    monkeypatch.setattr(x11_desk, "focused_window", closing)
    assert_told(inserter.refused("late", target), "window-changed")
    assert user.pasted() == b"late"


def test_what_fails_in_between_takes_no_insertion_along(
    user: XUser, run_window: RunWindow, inserter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")

    def one_failure_then_a_request() -> None:
        inserter.injector.insert(77, "owed", target)
        raise ConnectionClosedError("server")

    def wait_for_both() -> None:
        inserter.injector._inbox.put(one_failure_then_a_request)
        inserter.injector.insert(78, " too", target)

    inserter.injector._inbox.put(wait_for_both)
    for number in (78, 77):
        inserter.log.wait_for(TextLanded, dictation_id=number)
    wait_until(lambda: window.text() == " tooowed", "both stand there")


def test_an_open_menu_gets_no_letters(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    window = run_window("deaf")
    target = user.focused("qt_window")
    user.grab_keyboard()
    assert_told(inserter.refused("quit", target), "paste-ignored")
    user.ungrab_keyboard()
    assert window.text() == ""


def test_a_hanging_window_gets_the_text_once_when_it_wakes(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    user.copy(b"old")
    window = run_window("edit")
    target = user.focused("qt_window")
    window.freeze()
    assert_told(inserter.refused("dictated", target), "window-busy")
    window.thaw()
    wait_until(lambda: window.text() == "dictated", "the late paste brings the new text, not the old")


def test_nothing_is_inserted_while_a_key_is_held(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")
    for key in ("Shift_L", "Alt_L", "Control_R"):  # the last one is the dictation key
        user.press(key)
        number = inserter.ask(f"after {key} ", target)
        with pytest.raises(AssertionError, match="no TextLanded"):
            inserter.log.wait_for(TextLanded, 0.2, dictation_id=number)
        user.release(key)
        assert inserter.log.wait_for(TextLanded, dictation_id=number).notice is None
    wait_until(
        lambda: window.text() == "after Shift_L after Alt_L after Control_R ", "all of it stands there"
    )


def test_who_speaks_again_already_is_not_cut_off(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")
    user.press("Control_R")  # the dictation key: the next dictation has begun
    number = inserter.ask("of the first", target, modifier_deadline_ms=0)
    with pytest.raises(AssertionError, match="no TextLanded"):
        inserter.log.wait_for(TextLanded, 0.3, dictation_id=number)
    assert x11.held_codes(user.connection), "nobody let the key go"
    user.release("Control_R")
    assert inserter.log.wait_for(TextLanded, dictation_id=number).notice is None
    wait_until(lambda: window.text() == "of the first", "the text stands there")


def test_it_can_be_stopped_while_somebody_speaks(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    run_window("edit")
    target = user.focused("qt_window")
    user.press("Control_R")
    number = inserter.ask("too late", target)
    inserter.injector.stop(timeout_s=30.0)
    assert not inserter.injector._thread.is_alive()
    assert_told(inserter.log.wait_for(TextRefused, dictation_id=number), "keys-held")
    user.release("Control_R")


def test_a_stuck_modifier_is_let_go_and_told(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")
    user.press("Control_L")
    landed = inserter.landed("free", target, modifier_deadline_ms=200)
    assert landed.notice is not None
    assert landed.notice.code == "keys-released"
    wait_until(lambda: window.text() == "free", "the text stands there")


def test_the_clipboard_alone_when_nothing_else_is_allowed(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")
    assert inserter.landed("dictated", target, may_paste=False, may_type=False).method == "clipboard"
    assert user.pasted() == b"dictated"
    assert window.text() == ""


def test_a_broken_connection_is_told_and_mended(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    window = run_window("edit")
    target = user.focused("qt_window")
    inserter.landed("one ", target)
    inserter.injector._desk.port.connection.display.socket.shutdown(socket.SHUT_RDWR)
    inserter.landed("two", target)
    wait_until(lambda: window.text() == "one two", "both stand there")


def test_without_an_x_server_the_problem_is_told() -> None:
    log = EventLog()
    injector = X11Injector(log.emit, display_name=":9999")
    injector.start()
    injector.prepare()
    injector.insert(7, "lost?", TargetWindow(1, 1, None, "x"))
    answer = log.wait_for(TextRefused, dictation_id=7)
    assert (answer.problem.code, answer.on_clipboard) == ("x-server", False)
    injector.stop()
    assert not injector._thread.is_alive()


def test_every_request_is_answered_once(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    run_window("edit")
    target = user.focused("qt_window")
    numbers = [inserter.ask("x", target if index % 2 else None) for index in range(6)]
    inserter.log.wait_for(TextLanded, dictation_id=numbers[-1])
    answers = [event.dictation_id for event in inserter.log.settle()]
    assert answers == numbers


def test_doctor_lists_the_ways(desk: VirtualDesktop) -> None:
    session = detect_session(desk.environment, "linux")
    assert [report.is_usable for report in reports(session)] == [True, True, True]
    assert isinstance(create_injector(session, print, hotkey=parse_key("F9")), X11Injector)


def test_no_session_has_no_way() -> None:
    assert create_injector(detect_session({}, "linux"), print) is None
