"""What captions need to know of the model: is it there, on its way, or out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audio.events import Problem
from desktop.core.events import HolderUnserved
from recognizer import events as rec

LEASE: Final = "captions"


@dataclass(slots=True)
class ModelForCaptions:
    """Told of every event, also while there are no captions."""

    is_ready: bool = False
    loading_since_ms: float | None = None
    unserved: Problem | None = None

    def note(self, event: object, now_ms: float) -> None:
        """Take what is about the model."""
        match event:
            case rec.WorkerStarting() | rec.Loading():
                self.is_ready, self.unserved = False, None
                if self.loading_since_ms is None:
                    self.loading_since_ms = now_ms
            case rec.Ready():
                self.is_ready, self.loading_since_ms, self.unserved = True, None, None
            case rec.Partial() | rec.Final():
                self.is_ready, self.loading_since_ms = True, None
            case rec.WorkerExited() | rec.LoadFailed():
                self.is_ready, self.loading_since_ms = False, None
            case HolderUnserved() if LEASE in event.holders:
                self.unserved, self.loading_since_ms = event.problem, None
