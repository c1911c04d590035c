"""The one way into the GUI thread: any thread posts a fact, one queued Qt signal delivers it.

The timers of that thread stand here as well, so that who uses them needs no Qt.
"""

from __future__ import annotations

import math
import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Qt, QTimer, Signal, Slot


class Bridge(QObject):
    """Facts from any thread to one receiver on the thread that made the bridge, in order."""

    _posted = Signal(object)

    def __init__(self, receive: Callable[[object], None]) -> None:
        super().__init__()
        self._receive = receive
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, event: object) -> None:
        """Hand ``event`` over; returns at once. Facts of one thread keep their order."""
        self._posted.emit(event)

    @Slot(object)
    def _deliver(self, event: object) -> None:
        self._receive(event)


class Ticker:
    """Calls ``tick`` every ``interval_ms`` while it runs."""

    def __init__(self, interval_ms: int, tick: Callable[[], None]) -> None:
        self._timer = QTimer()
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(tick)

    def run(self, is_wanted: bool) -> None:
        """Start or stop ticking."""
        if is_wanted:
            self._timer.start()
        else:
            self._timer.stop()


class Alarm:
    """Calls ``ring`` once at a time that can be moved or taken back, and never before it.

    Qt's default timers may fire 5 % early, half a second for long ones: who is rung too early finds
    nothing to do yet, and nobody rings again.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(ring)

    def set(self, in_ms: float | None) -> None:
        """Ring ``in_ms`` from now, or not at all."""
        if in_ms is None:
            self._timer.stop()
        else:
            self._timer.start(max(0, math.ceil(in_ms)))


def stop_on_signals(application: QCoreApplication) -> None:
    """Quit in good order on Ctrl+C and at logout. A notifier wakes Qt, which waits in C."""
    reading, writing = socket.socketpair()
    for end in (reading, writing):
        end.setblocking(False)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, application)
    notifier.activated.connect(lambda *_: application.quit())
    signal.set_wakeup_fd(writing.fileno())
    application.setProperty("wake", [reading, writing])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
