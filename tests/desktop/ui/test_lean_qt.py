"""The tray program keeps no source code in memory, and Qt works all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import linecache
from desktop.ui.lean_qt import read_no_sources
assert read_no_sources(), "this PySide6 works in another way"
import desktop.app
from PySide6.QtCore import QObject, Signal

class Told(QObject):
    told = Signal(object)

heard, told = [], Told()
told.told.connect(heard.append)
told.told.emit("yes")
assert heard == ["yes"]
print(sum(len(entry[2]) for entry in linecache.cache.values() if len(entry) > 2))
"""


def test_what_is_imported_is_not_read_as_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) < 10_000, "lines of source are kept"
