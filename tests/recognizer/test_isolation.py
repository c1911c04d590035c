"""What a process must never load: torch in the tray, Qt in the worker. Proved in fresh processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from recognizer import messages
from recognizer.child import Ladder, WorkerProcess, worker_environment
from recognizer.local import EMBEDDED_MODEL
from recognizer.wire import FrameDecoder

FORBIDDEN_IN_TRAY = ("torch", "funasr", "PySide6", "pocketsphinx", "recognizer.worker")


def test_the_driver_loads_no_engine_and_no_desktop() -> None:
    program = (
        "import sys, recognizer.driver, recognizer.local;"
        f"print([name for name in {FORBIDDEN_IN_TRAY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=worker_environment(), check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to see mapped libraries")
def test_the_embedded_worker_maps_neither_torch_nor_qt(tmp_path: Path) -> None:
    worker = WorkerProcess(tmp_path / "w.log")
    worker.send(messages.encode(messages.Load(EMBEDDED_MODEL)))
    decoder = FrameDecoder()
    kinds: list[str] = []
    while "Loaded" not in kinds:
        kinds += [type(messages.decode(frame)).__name__ for frame in decoder.feed(worker.read())]
    mapped = " ".join(each.path for each in psutil.Process(worker.pid).memory_maps())
    worker.end(Ladder(), messages.encode(messages.Exit()))
    assert "pocketsphinx" in mapped
    assert "libtorch" not in mapped
    assert "libQt6" not in mapped
