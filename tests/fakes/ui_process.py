"""Drives ``ui_app.py`` in a virtual desktop: sends Python lines, awaits what it tells."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

from desktop.oslayer.virtual_desktop import VirtualDesktop

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 15.0


class UiProcess:
    """The process is up when this returns; it ends with ``close`` or with the desktop."""

    def __init__(self, desktop: VirtualDesktop, **environment: str) -> None:
        self._told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.process = desktop.start(
            [sys.executable, str(Path(__file__).with_name("ui_app.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "xcb"} | environment,
        )
        threading.Thread(target=self._read, name="ui-reader", daemon=True).start()
        self.wait_for("is_up")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._told.put(json.loads(line))

    def run(self, code: str) -> None:
        """Run Python lines in the GUI thread."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(textwrap.dedent(code)).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, expression: str) -> Any:
        """The value of an expression, as JSON."""
        self.run(f"tell(answer={expression})")
        return self.wait_for("answer")["answer"]

    def wait_for(self, key: str, value: Any = None, within_s: float = DEADLINE_S) -> dict[str, Any]:
        """The next thing told that has ``key`` (with ``value``, unless that is ``None``)."""
        deadline_s = time.monotonic() + within_s
        seen = []
        while True:
            try:
                told = self._told.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{key}={value} was not told within {within_s} s, but {seen}") from None
            seen.append(told)
            if "error" in told:
                raise AssertionError(told["error"])
            if key in told and (value is None or told[key] == value):
                return told

    def until(self, expression: str, within_s: float = DEADLINE_S) -> None:
        """Ask until the answer is true."""
        deadline_s = time.monotonic() + within_s
        while not self.ask(expression):
            if time.monotonic() > deadline_s:
                raise AssertionError(f"{expression} did not become true within {within_s} s")
            time.sleep(0.03)

    def close(self) -> None:
        """End it by the end of its input."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(DEADLINE_S)
