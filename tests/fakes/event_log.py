"""Collects the events of a real driver and waits for the one a test asks for."""

from __future__ import annotations

import queue
import time
from typing import Any, TypeVar

from recognizer.events import RecognizerEvent

Event = TypeVar("Event")


class EventLog:
    """Give ``log.emit`` to a driver; ``wait_for`` returns the next event of a kind."""

    def __init__(self) -> None:
        self.seen: list[RecognizerEvent] = []
        self._arriving: queue.SimpleQueue[RecognizerEvent] = queue.SimpleQueue()

    def emit(self, event: RecognizerEvent) -> None:
        """Called on the driver's thread."""
        self._arriving.put(event)

    def wait_for(self, kind: type[Event], within_s: float = 20.0, **fields: Any) -> Event:
        """The next event of ``kind`` whose ``fields`` are as given; earlier ones are kept in ``seen``."""
        deadline_s = time.monotonic() + within_s
        while True:
            try:
                event = self._arriving.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"no {kind.__name__} {fields} within {within_s} s: {self.seen}"
                ) from None
            self.seen.append(event)
            if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                return event

    def settle(self) -> list[RecognizerEvent]:
        """Everything seen until now."""
        while not self._arriving.empty():
            self.seen.append(self._arriving.get())
        return self.seen

    def of(self, kind: type[Event]) -> list[Event]:
        """Every event of ``kind`` until now."""
        return [event for event in self.settle() if isinstance(event, kind)]
