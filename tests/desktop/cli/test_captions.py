"""What ``plosive captions status`` says in words; the rest is in ``tests/end_to_end/test_captions.py``."""

from __future__ import annotations

from typing import Any

from desktop.cli.captions import lines_of

ON: dict[str, Any] = {
    "state": "on",
    "sources": {
        "me": {"is_heard": True, "name": "Headset"},
        "others": {"is_heard": False, "name": "Monitor of Speakers"},
    },
    "lines_saved": 12,
    "notice": "",
    "lines": [{"speaker": "Me", "text": "a secret", "is_final": True}],
    "is_locked": False,
    "live_output": {"url": "", "token_file": "", "listeners": 0, "obs": "off"},
}


def test_off_is_one_line() -> None:
    assert lines_of(ON | {"state": "off"}) == ["Captions are off."]


def test_who_is_heard_and_how_much_was_saved_but_not_what() -> None:
    assert lines_of(ON) == ["Captions are on.", "Heard: me (Headset). Lines saved: 12."]


def test_what_is_wrong_and_who_may_read() -> None:
    offered = {"url": "ws://127.0.0.1:4000", "token_file": "token", "listeners": 1, "obs": "off"}
    told = lines_of(ON | {"notice": "Paused", "is_locked": True, "live_output": offered})
    assert told[2:] == [
        "Paused",
        "Clicks go through the window.",
        "Other programs read them at ws://127.0.0.1:4000 with the token in token.",
    ]
