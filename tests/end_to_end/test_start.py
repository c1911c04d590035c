"""Starts that cannot succeed: a sentence, a log entry, exit code 1, never an abort."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
