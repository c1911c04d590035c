"""The utterances inside the worker and which of them is worked on next. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizer.worker.engine import Stream, Text

if TYPE_CHECKING:
    from recognizer.worker.second_pass import Rehearing


@dataclass(slots=True)
class OpenUtterance:
    """Sound that waits, the engine's stream once there was any, and what was told last."""

    utterance_id: int
    priority: int
    order: int
    pending: bytearray = field(default_factory=bytearray)
    stream: Stream | None = None
    heard_bytes: int = 0
    ended_at_s: float | None = None
    told: Text | None = None
    sound: bytearray = field(default_factory=bytearray)  # kept for the second pass, if there is one
    rehearing: Rehearing | None = None  # the second pass under way
    is_for_a_batch: bool = False  # heard with others of its kind once it has ended, see ``batch_work``

    @property
    def has_work(self) -> bool:
        """Something can be done for it alone now."""
        return not self.is_for_a_batch and (bool(self.pending) or self.ended_at_s is not None)

    def take(self, most_bytes: int) -> bytes:
        """The next piece of waiting sound."""
        piece = bytes(self.pending[:most_bytes])
        del self.pending[: len(piece)]
        self.heard_bytes += len(piece)
        return piece


class QueueOfWork:
    """Open utterances; the highest priority goes first, then the oldest."""

    def __init__(self) -> None:
        self._utterances: dict[int, OpenUtterance] = {}
        self._begun = 0

    def begin(self, utterance_id: int, priority: int, *, is_for_a_batch: bool = False) -> None:
        """Open an utterance (one of the same id is replaced)."""
        self._begun += 1
        self._utterances[utterance_id] = OpenUtterance(
            utterance_id, priority, self._begun, is_for_a_batch=is_for_a_batch
        )

    def get(self, utterance_id: int) -> OpenUtterance | None:
        """The open utterance of that id."""
        return self._utterances.get(utterance_id)

    def remove(self, utterance_id: int) -> OpenUtterance | None:
        """Take one out."""
        return self._utterances.pop(utterance_id, None)

    def for_a_batch(self) -> list[OpenUtterance]:
        """Ended utterances that are to be heard together, oldest first."""
        return [
            each for each in self._utterances.values() if each.is_for_a_batch and each.ended_at_s is not None
        ]

    def next(self) -> OpenUtterance | None:
        """The utterance to work on now."""
        waiting = [each for each in self._utterances.values() if each.has_work]
        return min(waiting, key=lambda each: (-each.priority, each.order), default=None)
