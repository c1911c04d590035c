"""Somebody else's Qt program on a virtual desktop (see ``qt_window.py`` for the roles)."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from desktop.oslayer.virtual_desktop import VirtualDesktop, stop_process
from tests.fakes.x_user import wait_until

SCRIPT = Path(__file__).with_name("qt_window.py")


class QtProcess:
    """Started and ready after construction."""

    def __init__(self, desktop: VirtualDesktop, role: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{role}-", dir=desktop.folder))
        self.process = desktop.start([sys.executable, str(SCRIPT), role, str(self.folder)])
        wait_until(self._is_ready, f"the {role} program starts", 20.0)

    def text(self, name: str = "text") -> str:
        """What the program has written about itself."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def freeze(self) -> None:
        """Let it hang."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Close it."""
        self.thaw()
        stop_process(self.process)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, "the program ended by itself"
        return (self.folder / "ready").exists()
