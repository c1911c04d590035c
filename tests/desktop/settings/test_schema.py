"""Settings: what may be set, and what is said when it may not."""

from __future__ import annotations

import pytest

from desktop.settings import OPTIONS, BadValue, Settings


@pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))
def test_every_setting_explains_itself_and_accepts_its_default(option) -> None:
    assert option.sentence.endswith(".") and option.sentence[0].isascii()
    assert option.accept(option.default) == option.default
    if isinstance(option.default, (int, float)) and not isinstance(option.default, bool):
        assert option.low is not None and option.high is not None
        assert option.low <= option.default <= option.high


@pytest.mark.parametrize("option", [o for o in OPTIONS.values() if o.key.endswith(("_ms", "_s", "_mib"))])
def test_the_unit_stands_in_the_name_and_beside_the_value(option) -> None:
    assert option.unit.lower() == option.key.rpartition("_")[2]


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("audio.pre_roll_ms", "300"),
        ("audio.pre_roll_ms", True),
        ("audio.pre_roll_ms", -1),
        ("audio.pre_roll_ms", 2001),
        ("audio.pre_roll_ms", 1.5),
        ("audio.pre_roll_ms", float("nan")),
        pytest.param("audio.pre_roll_ms", 10**400, id="a huge number"),
        ("audio.silero_threshold", 0.96),
        ("hotkey.mode", "push"),
        ("hotkey.key", "Banana"),
        ("hotkey.key", "A"),
        ("hotkey.swallow", 1),
        ("model.device", "cuda:x"),
        ("model.path", "two\nlines"),
        ("model.path", "half a character \ud800"),
        ("gpu.give_way_processes", "steam"),
        ("gpu.give_way_processes", ["steam", 3]),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(key: str, raw: object) -> None:
    with pytest.raises(BadValue, match=r"must be|is no key"):
        Settings().replace(key, raw)


def test_a_value_is_changed_in_a_copy() -> None:
    before = Settings()
    after = before.replace("audio.pre_roll_ms", 500.0)
    assert (before.audio.pre_roll_ms, after.audio.pre_roll_ms) == (300, 500)
    assert isinstance(after.audio.pre_roll_ms, int)
    assert after.get("audio.pre_roll_ms") == 500


def test_a_key_name_is_brought_to_its_usual_form() -> None:
    assert Settings().replace("hotkey.key", "control_r").hotkey.key == "Right Ctrl"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("hotkey.swallow", "yes", True),
        ("hotkey.swallow", "OFF", False),
        ("audio.tail_ms", " 100 ", 100),
        ("audio.silero_threshold", "0.25", 0.25),
        ("audio.silero_threshold", "0.5", 0.5),
        ("gpu.give_way_processes", "steam, blender", ("steam", "blender")),
        ("gpu.give_way_processes", "", ()),
        ("audio.microphone", "", ""),
    ],
)
def test_text_of_the_command_line_is_understood(key: str, text: str, value: object) -> None:
    assert OPTIONS[key].parse(text) == value


@pytest.mark.parametrize(
    ("key", "text"), [("hotkey.swallow", "maybe"), ("audio.tail_ms", "1 000"), ("audio.tail_ms", "inf")]
)
def test_other_text_is_refused(key: str, text: str) -> None:
    with pytest.raises(BadValue):
        OPTIONS[key].parse(text)


PATHS = (
    "model.path", "server.token_file", "server.ca_file", "text.replacements_file", "text.hotwords_file",
    "captions.obs_password_file", "files.out", "history.directory",
)  # fmt: skip


@pytest.mark.parametrize("key", PATHS)
def test_paths_mean_the_same_from_everywhere(key: str) -> None:
    """The tray program and the command line are started in different folders."""
    for path in ("", "~/notes", "/srv/notes"):
        assert Settings().replace(key, path).get(key) == path
    with pytest.raises(BadValue, match="full path"):
        Settings().replace(key, "notes")


def test_no_setting_of_a_path_is_forgotten() -> None:
    named = {key for key in OPTIONS if key.endswith(("file", "path", ".directory", ".out"))}
    assert named == set(PATHS)
