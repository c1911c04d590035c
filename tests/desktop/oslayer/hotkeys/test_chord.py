"""Timelines of raw keys and the facts that follow; no keyboard involved."""

from __future__ import annotations

from desktop.core.events import CancelKeyPressed, KeyPressed, KeyReleased, OtherKeyPressed
from desktop.oslayer.hotkeys.chord import LONGEST_HOLD_MS, Chord, ChordCodes

LEFT_CTRL, RIGHT_CTRL, ALT, SHIFT, SPACE, F9, C, ESCAPE = 37, 105, 64, 50, 65, 75, 54, 9
MODIFIERS = frozenset({LEFT_CTRL, RIGHT_CTRL, ALT, SHIFT})


def codes(*main: int, required: tuple[frozenset[int], ...] = (), button: int | None = None) -> ChordCodes:
    return ChordCodes(frozenset(main), required, MODIFIERS, frozenset({ESCAPE}), button)


def play(chord: Chord, timeline: str) -> list[object]:
    """``+105 -105`` are down and up; one step takes 10 ms."""
    facts: list[object] = []
    for index, step in enumerate(timeline.split()):
        move = chord.key_down if step[0] == "+" else chord.key_up
        facts += move(int(step[1:]), index * 10.0)
    return facts


def test_a_lone_modifier_is_pressed_and_released() -> None:
    assert play(Chord("Right Ctrl", codes(RIGHT_CTRL)), "+105 -105") == [
        KeyPressed("Right Ctrl", 0.0),
        KeyReleased("Right Ctrl", 10.0),
    ]


def test_the_other_side_is_another_key() -> None:
    assert play(Chord("Right Ctrl", codes(RIGHT_CTRL)), "+37 -37") == []


def test_either_side_counts_when_no_side_is_named() -> None:
    facts = play(Chord("Ctrl", codes(LEFT_CTRL, RIGHT_CTRL)), "+37 +105 -105 -37")
    assert facts == [KeyPressed("Ctrl", 0.0), KeyReleased("Ctrl", 30.0)]


def test_repetition_of_a_held_key_says_nothing() -> None:
    assert len(play(Chord("F9", codes(F9)), "+75 +75 +75 -75")) == 2


def test_a_shortcut_with_the_held_key_is_told() -> None:
    facts = play(Chord("Right Ctrl", codes(RIGHT_CTRL)), "+105 +54 -54 -105")
    assert facts == [KeyPressed("Right Ctrl", 0.0), OtherKeyPressed(10.0), KeyReleased("Right Ctrl", 30.0)]


def test_keys_are_nobodys_business_while_the_dictation_key_is_up() -> None:
    assert play(Chord("Right Ctrl", codes(RIGHT_CTRL)), "+54 -54 +9 -9 +75 -75") == []


def test_a_chord_needs_all_its_modifiers_and_no_other() -> None:
    chord = codes(SPACE, required=(frozenset({LEFT_CTRL, RIGHT_CTRL}), frozenset({ALT})))
    assert play(Chord("Ctrl+Alt+Space", chord), "+37 +65 -65 -37") == []
    assert play(Chord("Ctrl+Alt+Space", chord), "+37 +64 +50 +65 -65") == []
    assert play(Chord("Ctrl+Alt+Space", chord), "+105 +64 +65 -65") == [
        KeyPressed("Ctrl+Alt+Space", 20.0),
        KeyReleased("Ctrl+Alt+Space", 30.0),
    ]


def test_a_chord_ends_with_the_first_of_its_keys() -> None:
    chord = codes(SPACE, required=(frozenset({LEFT_CTRL}),))
    facts = play(Chord("Ctrl+Space", chord), "+37 +65 -37 -65")
    assert facts == [KeyPressed("Ctrl+Space", 10.0), KeyReleased("Ctrl+Space", 20.0)]


def test_ctrl_with_the_key_is_somebody_elses_shortcut() -> None:
    assert play(Chord("F9", codes(F9)), "+37 +75 -75 -37") == []


def test_escape_counts_only_while_watched() -> None:
    chord = Chord("Right Ctrl", codes(RIGHT_CTRL))
    chord.is_cancel_watched = True
    assert play(chord, "+9 -9") == [CancelKeyPressed(0.0)]
    chord.is_cancel_watched = False
    assert play(chord, "+9 -9") == []


def test_a_release_nobody_saw_is_found() -> None:
    chord = Chord("F9", codes(F9))
    chord.key_down(F9, 0.0)
    assert chord.check(frozenset({F9}), False, 100.0) == []
    assert chord.check(frozenset(), False, 250.0) == [KeyReleased("F9", 250.0, missed=True)]
    assert chord.check(frozenset(), False, 400.0) == []
    assert chord.key_up(F9, 500.0) == []


def test_a_modifier_whose_release_was_missed_can_be_forgotten() -> None:
    chord = Chord("F9", codes(F9))
    chord.key_down(SHIFT, 0.0)
    assert chord.foreign_modifiers() == {SHIFT}
    chord.forget(frozenset({SHIFT}))
    assert chord.key_down(F9, 20.0) == [KeyPressed("F9", 20.0)]


def test_the_keys_own_modifiers_are_not_foreign() -> None:
    chord = Chord("Ctrl+Space", codes(SPACE, required=(frozenset({LEFT_CTRL, RIGHT_CTRL}),)))
    chord.key_down(LEFT_CTRL, 0.0)
    chord.key_down(ALT, 10.0)
    assert chord.foreign_modifiers() == {ALT}


def test_a_key_held_for_ever_is_stuck() -> None:
    chord = Chord("F9", codes(F9))
    chord.key_down(F9, 0.0)
    assert chord.check(frozenset({F9}), False, LONGEST_HOLD_MS) == []
    assert chord.check(frozenset({F9}), False, LONGEST_HOLD_MS + 1) == [
        KeyReleased("F9", LONGEST_HOLD_MS + 1, missed=True)
    ]


def test_a_mouse_button_is_a_key_too() -> None:
    chord = Chord("Mouse 8", codes(button=8))
    assert chord.button_down(9, 0.0) == []
    assert chord.button_down(8, 10.0) == [KeyPressed("Mouse 8", 10.0)]
    assert chord.check(frozenset(), True, 160.0) == []
    assert chord.button_up(9, 170.0) == []
    assert chord.button_up(8, 180.0) == [KeyReleased("Mouse 8", 180.0)]


def test_when_the_keyboard_is_lost_a_held_key_counts_as_released() -> None:
    chord = Chord("F9", codes(F9))
    assert chord.let_go(0.0) == []
    chord.key_down(F9, 10.0)
    assert chord.let_go(20.0) == [KeyReleased("F9", 20.0, missed=True)]
