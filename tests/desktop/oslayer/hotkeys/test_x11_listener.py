"""The dictation key on a real X server, pressed by XTest."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from desktop.core.events import CancelKeyPressed, HotkeyFailed, KeyPressed, KeyReleased, OtherKeyPressed
from desktop.oslayer.hotkeys import create_listener, reports
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.hotkeys.x11_listener import X11HotkeyListener
from desktop.oslayer.session import detect_session
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.event_log import EventLog
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser, wait_until

pytestmark = pytest.mark.desktop


def names(facts: list[object]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


def test_right_ctrl_alone_is_pressed_and_released(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    user.press("Control_R")
    pressed = heard.log.wait_for(KeyPressed)
    user.release("Control_R")
    released = heard.log.wait_for(KeyReleased)
    assert (pressed.key, released.key, released.missed) == ("Right Ctrl", "Right Ctrl", False)
    assert released.at_ms >= pressed.at_ms


def test_left_ctrl_does_not_count_as_right(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    user.tap("Control_L")
    user.tap("Control_L", "c")
    assert heard.told() == []


def test_auto_repeat_of_a_held_key_is_one_press(
    ears: Callable[..., Any], user: XUser, desk: VirtualDesktop
) -> None:
    heard = ears("F9")
    window = QtProcess(desk, "keys")
    user.focused("qt_window")
    user.press("F9")
    wait_until(lambda: window.text().count("F9") > 3, "the keyboard repeats")
    user.release("F9")
    assert names(heard.told()) == ["KeyPressed", "KeyReleased"]
    window.stop()


def test_another_key_while_held_is_told(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    user.press("Control_R")
    user.tap("c")
    user.release("Control_R")
    assert names(heard.told()) == ["KeyPressed", "OtherKeyPressed", "KeyReleased"]


def test_a_chord_of_three_keys(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Ctrl+Alt+Space")
    user.tap("Control_L", "space")
    user.tap("Control_L", "Alt_L", "space")
    assert names(heard.told()) == ["KeyPressed", "KeyReleased"]


def test_a_side_button_of_the_mouse(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Mouse 8")
    user.press_button(9)
    user.release_button(9)
    user.press_button(8)
    heard.log.wait_for(KeyPressed, key="Mouse 8")
    user.release_button(8)
    heard.log.wait_for(KeyReleased, key="Mouse 8")
    assert names(heard.told()) == ["KeyPressed", "KeyReleased"]


@pytest.mark.parametrize(("key", "button"), [("Right Ctrl", None), ("Mouse 8", 8)])
def test_a_release_that_was_never_reported_is_noticed(
    ears: Callable[..., Any], user: XUser, monkeypatch: pytest.MonkeyPatch, key: str, button: int | None
) -> None:
    heard = ears(key)
    monkeypatch.setattr("desktop.oslayer.hotkeys.chord.Chord.key_up", lambda *_: [])
    monkeypatch.setattr("desktop.oslayer.hotkeys.chord.Chord.button_up", lambda *_: [])
    user.press("Control_R") if button is None else user.press_button(button)
    heard.log.wait_for(KeyPressed)
    user.release("Control_R") if button is None else user.release_button(button)
    assert heard.log.wait_for(KeyReleased).missed


def test_a_key_that_stays_down_stays_pressed(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    user.press("F9")
    heard.log.wait_for(KeyPressed)
    with pytest.raises(AssertionError, match="no KeyReleased"):
        heard.log.wait_for(KeyReleased, within_s=0.5)  # three polls
    user.release("F9")
    assert not heard.log.wait_for(KeyReleased).missed


def test_escape_is_observed_only_when_asked(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    user.tap("Escape")
    assert heard.told() == []
    assert len(heard.log.of(CancelKeyPressed)) == 1  # the mark of ``told`` itself


def test_the_key_can_be_changed_while_running(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    heard.listener.set_key(parse_key("F9"))
    heard.told()
    user.tap("Control_R")
    user.tap("F9")
    assert [getattr(fact, "key", "") for fact in heard.told()] == ["F9", "F9"]


def test_the_key_follows_the_layout(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Ctrl+Y")
    user.use_layout("de")  # swaps y and z
    heard.told()
    user.tap("Control_L", "z")
    assert heard.told() == []
    user.tap("Control_L", "y")
    assert names(heard.told()) == ["KeyPressed", "KeyReleased"]


def test_a_key_missing_on_the_keyboard_is_told(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    user.forget_key("F9")
    problem = heard.log.wait_for(HotkeyFailed).problem
    assert (problem.code, "F9" in problem.sentence) == ("hotkey-missing", True)
    user.use_layout("us")
    heard.told()
    user.tap("F9")
    assert names(heard.told())[-2:] == ["KeyPressed", "KeyReleased"]


@pytest.mark.parametrize("is_swallowed", [False, True])
def test_the_key_reaches_other_programs_unless_it_is_swallowed(
    ears: Callable[..., Any], user: XUser, desk: VirtualDesktop, is_swallowed: bool
) -> None:
    heard = ears("Ctrl+Alt+X", is_swallowed=is_swallowed)
    window = QtProcess(desk, "keys")
    user.focused("qt_window")
    user.tap("Control_L", "Alt_L", "x")
    user.tap("y")
    wait_until(lambda: "Y" in window.text(), "the window gets keys")
    assert ("X" in window.text()) is not is_swallowed
    assert names(heard.told()) == ["KeyPressed", "KeyReleased"]
    assert not any(fact.missed for fact in heard.log.seen if isinstance(fact, KeyReleased))
    window.stop()


def test_a_key_claimed_by_another_program_is_told(ears: Callable[..., Any], user: XUser) -> None:
    ears("F9", is_swallowed=True)
    second = ears("F8", is_swallowed=True)
    second.listener.set_key(parse_key("F9"))
    problem = second.log.wait_for(HotkeyFailed).problem
    assert problem.code == "hotkey-claimed"
    user.tap("F9")
    assert names(second.told())[-2:] == ["KeyPressed", "KeyReleased"]


def test_a_broken_connection_is_told_and_mended(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    user.press("F9")
    heard.log.wait_for(KeyPressed)
    heard.listener._connection.display.socket.shutdown(socket.SHUT_RDWR)
    assert heard.log.wait_for(HotkeyFailed).problem.code == "hotkey-connection"
    assert heard.log.wait_for(KeyReleased).missed
    user.release("F9")
    heard.told()
    user.tap("F9")
    assert names(heard.told())[-2:] == ["KeyPressed", "KeyReleased"]


def test_stopping_lets_a_held_key_go(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    user.press("F9")
    heard.log.wait_for(KeyPressed)
    heard.listener.stop()
    assert heard.log.wait_for(KeyReleased).missed


def test_without_an_x_server_the_problem_is_told() -> None:
    log = EventLog()
    listener = X11HotkeyListener(parse_key("F9"), log.emit, display_name=":9999")
    listener.start()
    problem = log.wait_for(HotkeyFailed).problem
    assert (problem.code, "plosive press" in problem.remedy) == ("x-server", True)
    listener.stop()
    assert not listener._thread.is_alive()


def test_doctor_finds_the_keyboard(desk: VirtualDesktop) -> None:
    session, key = detect_session(desk.environment, "linux"), parse_key("F9")
    assert [report.is_usable for report in reports(session, key)] == [True, False]
    assert isinstance(create_listener(session, key, lambda event: None), X11HotkeyListener)


def test_doctor_says_what_is_missing() -> None:
    session = detect_session({"DISPLAY": ":9999"}, "linux")
    report = reports(session, parse_key("F9"))[0]
    assert (report.is_compatible, report.is_installed) == (True, False)


def test_other_keys_are_nobodys_business(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    for key in ("a", "Return", "F8", "Control_L"):
        user.tap(key)
    assert [fact for fact in heard.told() if isinstance(fact, OtherKeyPressed)] == []
