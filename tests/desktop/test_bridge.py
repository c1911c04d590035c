"""The timers of the GUI thread, in a process with a real Qt event loop."""

from __future__ import annotations

import json
import subprocess
import sys

ALARMS = """
import json, sys, time
from PySide6.QtCore import QCoreApplication, QTimer
from desktop.bridge import Alarm

application = QCoreApplication(sys.argv)
late_ms, kept = [], []

def set_alarm(in_ms):
    began = time.monotonic()
    def ring():
        late_ms.append((time.monotonic() - began) * 1000.0 - in_ms)
        if len(late_ms) == 20:
            print(json.dumps(late_ms))
            application.quit()
    alarm = Alarm(ring)
    alarm.set(in_ms)
    kept.append(alarm)

for index in range(20):
    QTimer.singleShot(index * 53, lambda in_ms=1000.0 + index / 7: set_alarm(in_ms))
QTimer.singleShot(30_000, application.quit)
application.exec()
"""


def test_an_alarm_never_rings_before_its_time() -> None:
    """Twenty alarms, begun at all phases of a second: Qt's default timers would ring 50 ms early."""
    done = subprocess.run(
        [sys.executable, "-c", ALARMS], capture_output=True, text=True, check=True, timeout=60
    )
    late_ms = json.loads(done.stdout)
    assert len(late_ms) == 20
    assert min(late_ms) >= 0.0, sorted(late_ms)
