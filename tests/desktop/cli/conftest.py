"""The command line as a user has it: a process with folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Plosive = Callable[..., subprocess.CompletedProcess[str]]
DEADLINE_S = 100.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path) -> Path:
    """Private folders for this test; no desktop session, no sound server."""
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    runtime = private_home / tmp_path.name[-30:]  # short: a socket's name must fit
    runtime.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/no-sound-server")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def plosive(home: Path) -> Plosive:
    """Runs the real command; no traceback may ever be seen."""

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            command(*arguments),
            input=stdin,
            capture_output=True,
            timeout=DEADLINE_S,
            encoding="utf-8",
            env=dict(os.environ),
        )
        assert "Traceback" not in ended.stderr + ended.stdout, ended.stderr
        return ended

    return run


def command(*arguments: str | Path) -> list[str]:
    """How a user's shell would start it."""
    return [sys.executable, "-m", "desktop", *map(str, arguments)]
