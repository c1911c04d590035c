"""The one way into the GUI thread: any thread posts a fact, one queued Qt signal delivers it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


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
