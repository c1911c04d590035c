"""Key names as people write them in the settings."""

from __future__ import annotations

import pytest

from desktop.oslayer.hotkeys.keys import Key, KeyNameError, parse_key


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Right Ctrl", "Right Ctrl"),
        ("right_control", "Right Ctrl"),
        ("Ctrl_R", "Right Ctrl"),
        ("ctrl", "Ctrl"),
        ("f9", "F9"),
        ("AltGr", "Right Alt"),
        ("caps lock", "Caps Lock"),
        ("ctrl + alt + space", "Ctrl+Alt+Space"),
        ("Left Super+PgDn", "Left Super+Page Down"),
        ("mouse 8", "Mouse 8"),
        ("Ctrl+Button9", "Ctrl+Mouse 9"),
        ("insert", "Insert"),
        ("Right Shift", "Right Shift"),
        ("Ctrl+Shift+Insert", "Ctrl+Shift+Insert"),
    ],
)
def test_a_key_is_understood_however_it_is_written(written: str, canonical: str) -> None:
    assert parse_key(written).name == canonical


def test_canonical_names_read_back_as_the_same_key() -> None:
    for name in ("Right Ctrl", "Ctrl+Alt+Space", "Mouse 8", "Shift+F12", "Right Alt"):
        assert parse_key(parse_key(name).name) == parse_key(name)


def test_left_and_right_are_told_apart_only_when_named() -> None:
    assert parse_key("Right Ctrl").keysyms == ("Control_R",)
    assert parse_key("Ctrl").keysyms == ("Control_L", "Control_R")
    assert parse_key("Left Ctrl+F9").modifiers == (("Control_L",),)


def test_a_lone_modifier_is_known_as_one() -> None:
    lone = {name: parse_key(name).is_modifier for name in ("Right Ctrl", "Super", "F9", "Mouse 8", "Ctrl+F9")}
    assert lone == {"Right Ctrl": True, "Super": True, "F9": False, "Mouse 8": False, "Ctrl+F9": False}


@pytest.mark.parametrize(
    ("written", "because"),
    [
        ("", "is not a key name"),
        ("Ctrl+", "is not a key name"),
        ("F99", "no key named"),
        ("Hyperspace", "no key named"),
        ("A", "needed for writing"),
        ("Shift+A", "needed for writing"),
        ("Space", "needed for writing"),
        ("Escape", "cancels a dictation"),
        ("Ctrl+Esc", "cancels a dictation"),
        ("Mouse 1", "needed for clicking"),
        ("Mouse 5", "needed for clicking"),
        ("F9+A", "cannot be held together"),
        ("Ctrl+Ctrl", "twice"),
        ("Ctrl+Right Ctrl", "twice"),
        ("Shift", "presses Shift itself"),
        ("Left Shift", "presses Left Shift itself"),
        ("Shift+Insert", "presses Shift[+]Insert itself"),
    ],
)
def test_an_unusable_key_brings_a_sentence_and_a_remedy(written: str, because: str) -> None:
    with pytest.raises(KeyNameError, match=because) as caught:
        parse_key(written)
    assert caught.value.problem.code == "hotkey-name"
    assert caught.value.problem.remedy.endswith((".", '"'))


def test_a_key_can_be_compared_and_hashed() -> None:
    assert {parse_key("F9"), parse_key("f9")} == {Key("F9", (), ("F9",))}
