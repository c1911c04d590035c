"""Starting with the session."""

from __future__ import annotations

import configparser
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from desktop.oslayer import autostart


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}


def entry(environment: dict[str, str]) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters="=", strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(autostart.autostart_file(environment), encoding="utf-8")
    return parser["Desktop Entry"]


def test_on_and_off(environment: dict[str, str]) -> None:
    assert not autostart.is_enabled(environment)
    autostart.enable(["/opt/plosive"], environment)
    assert autostart.is_enabled(environment)
    file = autostart.autostart_file(environment)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["plosive.desktop"]
    autostart.disable(environment)
    autostart.disable(environment)
    assert not autostart.is_enabled(environment)


def test_switched_off_by_the_desktop_counts_as_off(environment: dict[str, str]) -> None:
    autostart.enable(["plosive"], environment)
    file = autostart.autostart_file(environment)
    on = file.read_text()
    file.write_text(on + "Hidden=true\n")
    assert not autostart.is_enabled(environment)
    file.write_text(on.replace("enabled=true", "enabled=false"))
    assert not autostart.is_enabled(environment)


def test_without_xdg_config_home_the_usual_folder_is_taken(tmp_path: Path) -> None:
    file = autostart.autostart_file({"HOME": str(tmp_path)})
    assert file == tmp_path / ".config" / "autostart" / "plosive.desktop"


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("/opt/a b", '"/opt/a b"'),
        ("100%", '"100%%"'),
        ('say "hi"', r'"say \\"hi\\""'),
        ("a\\b", r'"a\\\\b"'),
        ("$HOME `x`", r'"\\$HOME \\`x\\`"'),
    ],
)
def test_arguments_are_quoted_as_the_specification_asks(argument: str, quoted: str) -> None:
    assert autostart.quoted(argument) == quoted


def test_the_entry_is_valid(environment: dict[str, str]) -> None:
    autostart.enable(environment=environment)
    assert entry(environment)["Type"] == "Application"
    assert entry(environment)["Exec"].startswith('"/')
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", autostart.autostart_file(environment)], check=True)


def test_it_follows_the_setting_and_says_when_it_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert autostart.follow(True) is None and autostart.is_enabled()
    assert autostart.follow(False) is None and not autostart.is_enabled()
    assert autostart.follow(False) is None, "already so"
    (tmp_path / "autostart").rmdir()
    (tmp_path / "autostart").write_text("not a folder")
    problem = autostart.follow(True)
    assert problem is not None and problem.sentence and problem.remedy


def test_what_was_set_while_the_program_did_not_run_is_made_up_for(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert autostart.make_up_for(False) is None
    assert not autostart.is_enabled()
    assert autostart.make_up_for(True) is None
    assert autostart.is_enabled()
    file = autostart.autostart_file()
    file.write_text(file.read_text().replace("enabled=true", "enabled=false"))
    assert autostart.make_up_for(True) is None
    assert not autostart.is_enabled(), "the desktop's own switch is heeded"
