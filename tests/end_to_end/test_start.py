"""Starts that cannot succeed: a sentence, a log entry, exit code 1, never an abort."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.demo.stage import wait_for
from desktop.oslayer.paths import app_paths
from desktop.oslayer.single_instance import ControlClient
from tests.fakes.desk import PROGRAM

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="DISPLAY is of X11")


@pytest.mark.parametrize("broken", [{"DISPLAY": ":9999"}, {"QT_QPA_PLATFORM": "none such"}])
def test_a_display_that_cannot_be_opened_is_told(broken: dict[str, str], tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path), "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    started = subprocess.run(
        PROGRAM, env=environment | home | broken, capture_output=True, text=True, timeout=60, check=False
    )
    assert started.returncode == 1
    assert "No window can be opened" in started.stderr and "→" in started.stderr
    assert "Traceback" not in started.stderr and "qt.qpa" not in started.stderr
    assert "no Qt platform plugin could be initialized" in (tmp_path / "plosive/log/plosive.log").read_text()


@pytest.fixture
def plosive(
    tmp_path: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """A running program without a screen, a sound server or anything of the user's; and its command line."""
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private_home))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    settings = tmp_path / "config" / "plosive" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[interface]\nstart_at_login = true\n")
    program = subprocess.Popen(PROGRAM, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)

    try:
        assert wait_for(lambda: program.poll() is not None or ask("status").returncode == 0, 60.0)
        yield ask
        assert ask("quit").returncode == 0
        assert program.wait(30) == 0
    finally:
        program.kill()
        program.wait(10)


def test_what_was_set_without_the_program_and_beside_it_counts(
    plosive: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    assert (tmp_path / "config" / "autostart" / "plosive.desktop").is_file()
    settings = tmp_path / "config" / "plosive" / "settings.toml"
    settings.write_text("[audio]\ntail_ms = 111\n")
    assert plosive("captions", "lock").returncode == 0
    written = tomllib.loads(settings.read_text())
    assert (written["audio"], written["captions"]) == ({"tail_ms": 111}, {"is_locked": True})
    settings.write_text("[audio\n")
    ControlClient(app_paths().control_socket).call("reload-settings")  # as an installed model asks for
    assert plosive("captions", "status", "--json").stdout.count('"is_locked": true') == 1, "nothing is reset"
    for command in (("retry",), ("captions", "bookmark", "here")):
        told = plosive(*command)
        assert told.returncode == 1 and "→" in told.stderr, "nothing was done, and that is said"
