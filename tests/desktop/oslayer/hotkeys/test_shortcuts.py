"""Further keys of the user: what the settings mean."""

from __future__ import annotations

import pytest

from desktop.oslayer.hotkeys.keys import KeyNameError, is_same_press, parse_key, parse_shortcut
from desktop.oslayer.hotkeys.shortcuts import read_shortcuts
from desktop.settings import BadValue, Settings
from desktop.wiring import shortcuts


def read(dictation: str = "Right Ctrl", **keys: str) -> tuple[dict[str, str], list[str]]:
    """Names of the keys found, and the sentences told."""
    settings = Settings()
    for name, key in keys.items():
        settings = settings.replace(f"captions.key_{name}", key)
    found, problems = read_shortcuts(shortcuts(settings), parse_key(dictation))
    return {name: key.name for name, key in found.items()}, [each.sentence for each in problems]


def test_nobody_has_shortcuts_who_set_none() -> None:
    assert read() == ({}, [])


def test_each_key_stands_for_what_it_was_set_for() -> None:
    keys = {"toggle": "Ctrl+Alt+C", "pause": "Ctrl+Alt+P", "bookmark": "Super+F9", "lock": "Mouse 9"}
    found, problems = read(**keys)
    assert problems == []
    assert found == {
        "captions": "Ctrl+Alt+C",
        "captions-pause": "Ctrl+Alt+P",
        "captions-bookmark": "Super+F9",
        "captions-lock": "Mouse 9",
    }


def test_of_two_equal_keys_the_first_counts_and_the_user_reads_which() -> None:
    found, problems = read(toggle="Alt+C", lock="Left Alt+C")
    assert found == {"captions": "Alt+C"}
    assert problems == [
        "captions.key_lock and captions.key_toggle are both Left Alt+C; only captions.key_toggle counts."
    ]


def test_the_dictation_key_stays_the_dictation_key() -> None:
    found, problems = read("Ctrl+Alt+Space", toggle="Ctrl+Alt+Space")
    assert found == {}
    assert problems == ["captions.key_toggle and hotkey.key are both Ctrl+Alt+Space; only hotkey.key counts."]


@pytest.mark.parametrize("key", ["Right Ctrl", "Alt", "Super"])
def test_a_lone_modifier_is_pressed_for_too_much_else(key: str) -> None:
    with pytest.raises(KeyNameError, match="too often"):
        parse_shortcut(key)
    with pytest.raises(BadValue, match="Hold it together"):
        Settings().replace("captions.key_toggle", key)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Ctrl+Alt+C", "Alt+Ctrl+C", True),
        ("Ctrl+C", "Right Ctrl+C", True),
        ("Left Ctrl+C", "Right Ctrl+C", False),
        ("Ctrl+C", "Ctrl+Shift+C", False),
        ("F9", "Ctrl+F9", False),
        ("F9", "F9", True),
        ("Mouse 8", "Mouse 8", True),
        ("Mouse 8", "Mouse 9", False),
        ("Mouse 8", "F9", False),
        ("F9", "Mouse 8", False),
    ],
)
def test_the_same_press(one: str, other: str, is_same: bool) -> None:
    assert is_same_press(parse_key(one), parse_key(other)) is is_same
