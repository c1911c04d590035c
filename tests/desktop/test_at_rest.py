"""What the tray program does without while nobody needs it: each costs memory at rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.desk import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
AT_REST = """
import sys
from types import SimpleNamespace
from PySide6.QtWidgets import QApplication
from desktop.settings.schema import Settings
from desktop.windows import Windows
from recognizer.gpu_reading import GpuReading, GpuSnapshot
app = QApplication([])
signal = SimpleNamespace(connect=lambda slot: None)
tray = SimpleNamespace(gauge_requested=signal, history_requested=signal, settings_requested=signal)
lifecycle = SimpleNamespace(look=print, memory=None, ready=None, loading_since_ms=None,
                            standby=None, keep_alive=SimpleNamespace(model=None, standby=None))
windows = Windows(tray, lifecycle, SimpleNamespace(appended=-1), None, Settings, None, None)
GIB = 1 << 30
for second in range(20):
    card = GpuReading(0, "GPU-1", "RTX 3090", 16 * GIB, 6 * GIB, 2 * GIB, 4 * GIB, 0, 37, ())
    windows.take(GpuSnapshot((card,), None, second * 1000.0))
assert "desktop.ui.gauge_window" not in sys.modules
gauge = windows._gauge_window()
assert len(gauge._history.points("GPU-1")) == 20
gauge.toggle()
assert gauge._cards["GPU-1"].figures.text() == "6.0 / 16.0 GiB (38 %)"
windows.take(GpuSnapshot((card,), None, 20_000.0))
assert len(gauge._history.points("GPU-1")) == 21
"""


def test_readings_of_the_card_are_kept_until_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("LANGUAGE", "en")
    done = subprocess.run([sys.executable, "-c", AT_REST], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_tray_program_makes_no_parser_of_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of it, and the parsers of all the commands would stay in its memory."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    command = [PROGRAM[0], "-X", "importtime", *PROGRAM[1:]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "no desktop session" in done.stderr
    assert "desktop.cli.main" in done.stderr and "argparse" not in done.stderr
