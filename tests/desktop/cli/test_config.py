"""``plosive config``."""

from __future__ import annotations

import json
from pathlib import Path

from desktop.cli import main
from desktop.settings import OPTIONS


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main.run(["config", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_is_set_is_what_is_got(home: Path, capsys) -> None:
    assert run(capsys, "set", "audio.pre_roll_ms", "500") == (0, "", "audio.pre_roll_ms = 500\n")
    assert run(capsys, "get", "audio.pre_roll_ms") == (0, "500\n", "")
    assert run(capsys, "set", "gpu.give_way_processes", "steam,blender")[0] == 0
    assert run(capsys, "get", "gpu.give_way_processes") == (0, "steam,blender\n", "")
    assert run(capsys, "get", "--json", "gpu.give_way_processes")[1] == '[\n  "steam",\n  "blender"\n]\n'
    assert run(capsys, "get", "insert.append_space") == (0, "true\n", "")


def test_all_settings_are_listed(home: Path, capsys) -> None:
    code, out, _ = run(capsys, "get")
    assert code == 0 and [line.partition(" = ")[0] for line in out.splitlines()] == list(OPTIONS)
    assert set(json.loads(run(capsys, "get", "--json")[1])) == set(OPTIONS)


def test_the_path_is_where_xdg_says(home: Path, capsys) -> None:
    assert run(capsys, "path") == (0, f"{home}/config/plosive/settings.toml\n", "")


def test_a_wrong_name_is_met_with_the_right_one(home: Path, capsys) -> None:
    code, out, err = run(capsys, "get", "audio.preroll")
    assert (code, out) == (1, "") and "audio.pre_roll_ms" in err


def test_a_wrong_value_changes_nothing_and_is_met_with_what_is_allowed(home: Path, capsys) -> None:
    code, _, err = run(capsys, "set", "audio.pre_roll_ms", "9000")
    assert code == 1 and "0 … 2000 ms" in err
    code, _, err = run(capsys, "set", "hotkey.key", "Banana")
    assert code == 1 and "Right Ctrl" in err
    assert not (home / "config" / "plosive" / "settings.toml").exists()


def test_trouble_with_the_file_goes_to_stderr_and_the_value_still_comes(home: Path, capsys) -> None:
    path = home / "config" / "plosive" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[audio\n")
    code, out, err = run(capsys, "get", "audio.pre_roll_ms")
    assert (code, out) == (0, "300\n") and "cannot be read" in err


def test_starting_at_login_counts_without_a_running_program(home: Path, capsys) -> None:
    file = home / "config" / "autostart" / "plosive.desktop"
    assert run(capsys, "set", "interface.start_at_login", "true")[0] == 0 and file.is_file()
    assert run(capsys, "set", "interface.start_at_login", "false")[0] == 0 and not file.exists()
    file.parent.rmdir()
    file.parent.write_text("a file in its place")
    code, _, err = run(capsys, "set", "interface.start_at_login", "true")
    assert code == 1 and "could not be changed" in err and "Check who owns" in err
