"""The user's further keys as the settings have them: which can be told apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from audio.events import Problem
from desktop.oslayer.hotkeys.keys import Key, KeyNameError, is_same_press, parse_shortcut

DICTATION = "hotkey.key"


def read_shortcuts(
    wanted: Mapping[str, tuple[str, str]], dictation: Key
) -> tuple[dict[str, Key], list[Problem]]:
    """Name → key, from name → (its setting, the key's name; "" for none), and what is wrong.

    Of two that are the same press the first counts, and before all the dictation key.
    """
    found: dict[str, Key] = {}
    settings = {DICTATION: dictation}
    problems = []
    for name, (setting, text) in wanted.items():
        if not text:
            continue
        try:
            key = parse_shortcut(text)
        except KeyNameError as error:
            problems.append(error.problem)
            continue
        taken = next((each for each, other in settings.items() if is_same_press(key, other)), None)
        if taken is not None:
            problems.append(_taken(setting, taken, key))
            continue
        settings[setting] = found[name] = key
    return found, problems


def _taken(setting: str, by: str, key: Key) -> Problem:
    return Problem(
        "shortcut-taken",
        f"{setting} and {by} are both {key.name}; only {by} counts.",
        "Choose different keys in the settings, or leave one empty.",
    )
