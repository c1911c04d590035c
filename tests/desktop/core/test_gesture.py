"""The dictation key, told as timelines: ``d`` down, ``u`` up, ``x`` other key, ``e`` Escape, ``.`` 50 ms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.core.events import (
    CancelKeyPressed,
    KeyEvent,
    KeyPressed,
    KeyReleased,
    OtherKeyPressed,
    TimePassed,
)
from desktop.core.gesture import GestureSettings, HotkeyGesture, HotkeyMode, Intent

STEP_MS = 50.0


def play(timeline: str, settings: GestureSettings | None = None) -> str:
    """Feed a timeline; answers with one letter for each step: S start, P stop, C cancel, L lock."""
    gesture = HotkeyGesture(settings or GestureSettings())
    letters = {Intent.START: "S", Intent.STOP: "P", Intent.CANCEL: "C", Intent.LOCK: "L"}
    answer = ""
    for step, char in enumerate(timeline):
        now_ms = 1000.0 + step * STEP_MS
        facts: dict[str, KeyEvent | TimePassed] = {
            "d": KeyPressed("Right Ctrl", now_ms),
            "u": KeyReleased("Right Ctrl", now_ms),
            "x": OtherKeyPressed(now_ms),
            "e": CancelKeyPressed(now_ms),
            ".": TimePassed(now_ms),
        }
        intents = gesture.handle(facts[char])
        answer += "".join(letters[intent] for intent in intents) or "."
    return answer


TOGGLE = GestureSettings(mode=HotkeyMode.TOGGLE)
NO_LOCK = GestureSettings(double_tap_locks=False)


@pytest.mark.parametrize(
    ("timeline", "intents", "settings"),
    [
        ("d.......u", "S.......P", None),  # hold, speak, release
        ("d.......u..d.......u", "S.......P..S.......P", None),  # twice
        ("d..u........", "S..........C", None),  # a tap alone is a slip
        ("d..u..d..u....d.u", "S.....L.......P..", None),  # double tap locks, the next press ends
        ("d..u..d......u....d", "S.....L...........P", None),  # however long the second press is held
        ("d..u", "S..C", NO_LOCK),
        ("d.x....u.d.......u", "S.C......S.......P", None),  # Right Ctrl + C is a shortcut
        ("d.............x....u", "S..................P", None),  # a late key is not
        ("d.....e...u..", "S.....C......", None),  # Escape; its release means nothing
        ("d..u..d...e..d.....u", "S.....L...C..S.....P", None),
        ("dd.d....u", "S.......P", None),  # auto-repeat
        ("d.u.....d.u", "S.......P..", TOGGLE),
        ("d.u.....e.d.u", "S.......C.S..", TOGGLE),
        ("d.x....u.....", "S.C..........", TOGGLE),  # a shortcut does not begin a dictation here either
        ("d.u.x....d.u", "S........P..", TOGGLE),  # what is typed while dictating is none
        ("....e..u", "........", None),
    ],
)
def test_timelines(timeline: str, intents: str, settings: GestureSettings | None) -> None:
    assert play(timeline, settings) == intents


def test_contact_bounce_is_no_second_press() -> None:
    gesture = HotkeyGesture(GestureSettings())
    assert gesture.handle(KeyPressed("F9", 0.0)) == [Intent.START]
    assert gesture.handle(KeyReleased("F9", 900.0)) == [Intent.STOP]
    assert gesture.handle(KeyPressed("F9", 910.0)) == []
    assert gesture.handle(KeyReleased("F9", 915.0)) == []


def test_contact_bounce_of_a_press_is_no_release() -> None:
    gesture = HotkeyGesture(GestureSettings())
    assert gesture.handle(KeyPressed("F9", 1000.0)) == [Intent.START]
    assert gesture.handle(KeyReleased("F9", 1005.0)) == []
    assert gesture.handle(KeyPressed("F9", 1012.0)) == []
    assert gesture.handle(TimePassed(1900.0)) == []
    assert gesture.handle(KeyReleased("F9", 2000.0)) == [Intent.STOP]


@pytest.mark.parametrize("settings", [GestureSettings(), TOGGLE, NO_LOCK])
def test_what_began_elsewhere_is_ended_or_cancelled_by_the_keys(settings: GestureSettings) -> None:
    gesture = HotkeyGesture(settings)
    gesture.started_elsewhere()
    assert gesture.handle(OtherKeyPressed(1000.0)) == []
    assert gesture.handle(KeyPressed("F9", 2000.0)) == [Intent.STOP]
    assert gesture.handle(OtherKeyPressed(2050.0)) == [], (
        "the key is used for a shortcut: nothing is thrown away"
    )
    assert gesture.handle(KeyReleased("F9", 2100.0)) == []
    gesture.started_elsewhere()
    assert gesture.handle(CancelKeyPressed(3000.0)) == [Intent.CANCEL]


@pytest.mark.parametrize("after", [GestureSettings(), TOGGLE, NO_LOCK])
def test_other_settings_do_not_let_go_of_a_held_key(after: GestureSettings) -> None:
    gesture = HotkeyGesture(GestureSettings())
    gesture.handle(KeyPressed("F9", 1000.0))
    gesture.configure(after)
    assert gesture.handle(KeyReleased("F9", 2000.0)) == [Intent.STOP]


def test_after_an_end_from_elsewhere_the_release_means_nothing() -> None:
    gesture = HotkeyGesture(GestureSettings())
    gesture.handle(KeyPressed("F9", 0.0))
    gesture.ended_elsewhere()
    assert gesture.handle(KeyReleased("F9", 900.0)) == []
    assert gesture.handle(KeyPressed("F9", 2000.0)) == [Intent.START]


@given(st.text(alphabet="duxe.", max_size=60), st.sampled_from([None, TOGGLE, NO_LOCK]))
def test_starts_and_ends_always_alternate(timeline: str, settings: GestureSettings | None) -> None:
    intents = [char for char in play(timeline, settings) if char in "SPC"]
    assert all((char == "S") == (index % 2 == 0) for index, char in enumerate(intents))
