"""A real listener whose events can be awaited."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from audio.events import AudioEvent, ListeningEnded, SpeechAudio
from audio.listener import Listener, ListenerSettings
from audio.source import AudioSource

Event = TypeVar("Event")


MakeSource = Callable[[str | None], AudioSource]


class HeardListener:
    """A real listener whose events can be awaited."""

    def __init__(self, settings: ListenerSettings, make_source: MakeSource | None) -> None:
        self.seen: list[AudioEvent] = []
        self._arriving: queue.SimpleQueue[AudioEvent] = queue.SimpleQueue()
        self.listener = Listener(settings, self._arriving.put, make_source)
        self.listener.start()

    def wait_for(self, kind: type[Event], within_s: float = 10.0, **fields: Any) -> Event:
        """The next event of a kind with these fields; everything before goes to ``seen``."""
        deadline_s = time.monotonic() + within_s
        while True:
            try:
                event = self._arriving.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__} {fields} among {self.told()}") from None
            self.seen.append(event)
            if isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items()):
                return event

    def end(self, listening_id: int) -> ListeningEnded:
        """Let it end and wait for that."""
        self.listener.end(listening_id)
        return self.wait_for(ListeningEnded, listening_id=listening_id)

    def told(self) -> list[str]:
        """The kinds of all events in order, without the many."""
        kinds = [type(event).__name__ for event in self.seen]
        return [kind for kind in kinds if kind not in ("LevelMeasured", "SpeechAudio")]

    def of(self, kind: type[Event]) -> list[Event]:
        """Every event of a kind until now."""
        while not self._arriving.empty():
            self.seen.append(self._arriving.get())
        return [event for event in self.seen if isinstance(event, kind)]

    def speech(self) -> np.ndarray:
        """All sound of all utterances."""
        return np.frombuffer(b"".join(piece.pcm for piece in self.of(SpeechAudio)), "<i2")
