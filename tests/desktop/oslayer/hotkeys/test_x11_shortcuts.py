"""Further keys beside the dictation key on a real X server, pressed by XTest."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from desktop.core.events import (
    HotkeyFailed,
    KeyPressed,
    KeyReleased,
    OtherKeyPressed,
    ShortcutPressed,
)
from desktop.core.gesture import GestureSettings, HotkeyGesture, Intent
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser, wait_until

pytestmark = pytest.mark.desktop
CAPTIONS = ("Control_L", "Alt_L", "c")


def keys(**named: str) -> dict[str, Any]:
    return {name: parse_key(key) for name, key in named.items()}


def shortcuts(facts: list[object]) -> list[str]:
    return [fact.name for fact in facts if isinstance(fact, ShortcutPressed)]


def test_each_shortcut_is_told_by_its_name_once_for_each_press(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    heard.listener.set_shortcuts(keys(captions="Ctrl+Alt+C", mark="F8", lock="Mouse 9"))
    heard.told()
    user.tap(*CAPTIONS)
    user.tap("F8")
    user.press_button(9)
    user.release_button(9)
    user.tap("Control_R", "Alt_L", "c")  # the other side counts as well
    assert shortcuts(heard.told()) == ["captions", "mark", "lock", "captions"]


def test_a_held_shortcut_is_one_press(ears: Callable[..., Any], user: XUser, desk: VirtualDesktop) -> None:
    heard = ears("Right Ctrl")
    heard.listener.set_shortcuts(keys(mark="F8"))
    heard.told()
    window = QtProcess(desk, "keys")
    user.focused("qt_window")
    user.press("F8")
    wait_until(lambda: window.text().count("F8") > 3, "the keyboard repeats")
    user.release("F8")
    assert heard.told() == [fact for fact in heard.log.seen if isinstance(fact, ShortcutPressed)]
    assert shortcuts(heard.log.seen) == ["mark"]
    window.stop()


def test_only_exactly_these_keys_count(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    heard.listener.set_shortcuts(keys(captions="Ctrl+Alt+C"))
    heard.told()
    for chord in (("c",), ("Control_L", "c"), ("Control_L", "Alt_L", "Shift_L", "c"), ("Alt_L", "c")):
        user.tap(*chord)
    assert heard.told() == []


def test_a_shortcut_says_nothing_of_the_dictation_key(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    heard.listener.set_shortcuts(keys(captions="Ctrl+Alt+C"))
    heard.told()
    user.tap(*CAPTIONS)
    facts = heard.told()
    assert shortcuts(facts) == ["captions"]
    assert not [fact for fact in facts if isinstance(fact, KeyPressed | KeyReleased | OtherKeyPressed)]


def test_dictation_goes_on_below_a_shortcut_and_a_shortcut_with_its_key_is_none(
    ears: Callable[..., Any], user: XUser
) -> None:
    """Right Ctrl+Alt+C begins like a dictation; the gesture must end it without a word."""
    heard = ears("Right Ctrl")
    heard.listener.set_shortcuts(keys(captions="Ctrl+Alt+C"))
    heard.told()
    user.tap("Control_R", "Alt_L", "c")
    facts = heard.told()
    assert shortcuts(facts) == ["captions"]
    gesture = HotkeyGesture(GestureSettings())
    pressed = [fact for fact in facts if isinstance(fact, KeyPressed | KeyReleased | OtherKeyPressed)]
    assert [intent for fact in pressed for intent in gesture.handle(fact)] == [Intent.START, Intent.CANCEL]


def test_a_bookmark_while_dictating_is_told_and_the_key_stays_held(
    ears: Callable[..., Any], user: XUser
) -> None:
    heard = ears("F9")
    heard.listener.set_shortcuts(keys(mark="Ctrl+Alt+C"))
    heard.told()
    user.press("F9")
    heard.log.wait_for(KeyPressed)
    user.tap(*CAPTIONS)
    facts = heard.told()
    assert shortcuts(facts) == ["mark"]
    assert not [fact for fact in facts if isinstance(fact, KeyReleased)]
    user.release("F9")
    assert not heard.log.wait_for(KeyReleased).missed


def test_shortcuts_change_while_running(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("Right Ctrl")
    heard.listener.set_shortcuts(keys(captions="F7", mark="F8"))
    heard.listener.set_shortcuts(keys(captions="F6", mark="F8"))
    heard.told()
    for key in ("F7", "F8", "F6"):
        user.tap(key)
    assert shortcuts(heard.told()) == ["mark", "captions"]
    heard.listener.set_shortcuts({})
    heard.flush()
    for key in ("F7", "F8", "F6"):
        user.tap(key)
    assert heard.told() == []


def test_a_held_dictation_key_stays_held_while_shortcuts_change(
    ears: Callable[..., Any], user: XUser
) -> None:
    heard = ears("F9")
    user.press("F9")
    heard.log.wait_for(KeyPressed)
    heard.listener.set_shortcuts(keys(mark="F8"))
    heard.listener.set_key(parse_key("F9"))  # the settings were saved, the key is the same
    heard.told()
    user.tap("F8")
    assert shortcuts(heard.told()) == ["mark"]
    assert not heard.log.of(KeyReleased)
    user.release("F9")
    assert not heard.log.wait_for(KeyReleased).missed


def test_a_shortcut_works_again_after_the_connection_was_mended(
    ears: Callable[..., Any], user: XUser
) -> None:
    heard = ears("F9")
    heard.listener.set_shortcuts(keys(mark="F8"))
    heard.told()
    heard.listener._connection.display.socket.shutdown(socket.SHUT_RDWR)
    assert heard.log.wait_for(HotkeyFailed).problem.code == "hotkey-connection"
    heard.flush()
    user.tap("F8")
    assert shortcuts(heard.told()) == ["mark"]


def test_a_shortcut_missing_on_the_keyboard_is_told(ears: Callable[..., Any], user: XUser) -> None:
    heard = ears("F9")
    user.forget_key("F8")
    heard.listener.set_shortcuts(keys(mark="F8"))
    problem = heard.log.wait_for(HotkeyFailed).problem
    assert (problem.code, "F8" in problem.sentence) == ("shortcut-missing", True)
    user.tap("F9")
    assert [type(fact) for fact in heard.told()][-2:] == [KeyPressed, KeyReleased]


def test_keeping_keys_from_others_changes_while_running(
    ears: Callable[..., Any], user: XUser, desk: VirtualDesktop
) -> None:
    heard = ears("F9")
    heard.listener.set_shortcuts(keys(captions="Ctrl+Alt+X", mark="Ctrl+Shift+X"))
    window = QtProcess(desk, "keys")
    user.focused("qt_window")

    def reached(mark: str) -> list[str]:
        """What the window got of all three keys, told apart from before by ``mark``."""
        before = len(window.text().split())
        user.tap("F9")
        user.tap("Control_L", "Alt_L", "x")
        user.tap("Control_L", "Shift_L", "x")
        user.tap(mark)
        wait_until(lambda: mark.upper() in window.text().split()[before:], "the window gets keys")
        return window.text().split()[before:]

    open_first = reached("a")
    assert "F9" in open_first and open_first.count("X") == 2
    heard.listener.set_swallowed(True)
    heard.flush()
    kept = reached("b")
    assert "F9" not in kept and "X" not in kept
    assert shortcuts(heard.told()) == ["captions", "mark"]
    heard.listener.set_shortcuts(keys(mark="Ctrl+Shift+X"))  # the other chord on the same key stays kept
    heard.flush()
    assert reached("d").count("X") == 1
    heard.listener.set_swallowed(False)
    heard.flush()
    assert reached("e").count("X") == 2
    assert [type(fact) for fact in heard.told() if not isinstance(fact, ShortcutPressed)][:2] == [
        KeyPressed,
        KeyReleased,
    ]
    window.stop()


def test_a_shortcut_claimed_by_another_program_is_told_and_works(
    ears: Callable[..., Any], user: XUser
) -> None:
    ears("F8", is_swallowed=True)
    second = ears("F9", is_swallowed=True)
    second.listener.set_shortcuts(keys(mark="F8"))
    assert second.log.wait_for(HotkeyFailed).problem.code == "hotkey-claimed"
    user.tap("F8")
    assert shortcuts(second.told()) == ["mark"]
