"""The utterances a recognizer still owes an answer for, with all their sound. Pure.

Sound is kept until the answer is there, so that a fresh worker can be given everything again:
this is what makes a crash cost time, but no word. The sum is bounded by ``MAX_KEPT_BYTES``
(34 minutes; an utterance is at most 30 s long when a segmenter cuts it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from audio.events import Problem
from recognizer.events import Priority
from recognizer.problems import BROKEN_AUDIO, TOO_MUCH_AUDIO

MAX_KEPT_BYTES: Final = 64 << 20


@dataclass(slots=True)
class Utterance:
    """One unfinished utterance. ``failure`` set: its answer will be that problem, once it is ended."""

    utterance_id: int
    priority: int = Priority.DICTATION
    pieces: list[bytes] = field(default_factory=list)
    kept_bytes: int = 0
    is_ended: bool = False
    hangs: int = 0
    failure: Problem | None = None


class Ledger:
    """Unfinished utterances in the order in which they began."""

    def __init__(self, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._utterances: dict[int, Utterance] = {}
        self._max_kept_bytes = max_kept_bytes
        self._kept_bytes = 0

    def __len__(self) -> int:
        return len(self._utterances)

    @property
    def kept_bytes(self) -> int:
        """Sound held at the moment."""
        return self._kept_bytes

    def kept_bytes_from(self, priority: int) -> int:
        """Sound of utterances that a worker serves no later than one of ``priority``."""
        return sum(each.kept_bytes for each in self._utterances.values() if each.priority >= priority)

    def get(self, utterance_id: int) -> Utterance | None:
        """The utterance, if an answer for it is still owed."""
        return self._utterances.get(utterance_id)

    def unfinished(self) -> list[Utterance]:
        """Every utterance a worker has to answer, oldest first (failed ones left out)."""
        return [each for each in self._utterances.values() if each.failure is None]

    def begin(self, utterance_id: int, priority: int = Priority.DICTATION) -> bool:
        """Open an utterance; ``False`` when that id is open already."""
        if utterance_id in self._utterances:
            return False
        self._utterances[utterance_id] = Utterance(utterance_id, priority)
        return True

    def feed(self, utterance_id: int, pcm: bytes) -> bool:
        """Keep ``pcm``; ``False`` when it was not (unknown, ended or failed utterance)."""
        utterance = self._utterances.get(utterance_id)
        if utterance is None or utterance.is_ended or utterance.failure is not None:
            return False
        if len(pcm) % 2:
            self.fail(utterance_id, BROKEN_AUDIO)
        elif self._kept_bytes + len(pcm) > self._room_bytes(utterance.priority):
            self.fail(utterance_id, TOO_MUCH_AUDIO)
        else:
            self._keep(utterance, pcm)
        return utterance.failure is None

    def end(self, utterance_id: int) -> Utterance | None:
        """Mark as ended; the utterance, or ``None`` when there is none to end."""
        utterance = self._utterances.get(utterance_id)
        if utterance is None or utterance.is_ended:
            return None
        utterance.is_ended = True
        return utterance

    def fail(self, utterance_id: int, problem: Problem) -> None:
        """Note the problem that will be the answer, and let the sound go."""
        utterance = self._utterances[utterance_id]
        self._kept_bytes -= utterance.kept_bytes
        utterance.pieces.clear()
        utterance.kept_bytes = 0
        utterance.failure = problem

    def remove(self, utterance_id: int) -> Utterance | None:
        """Take an answered or cancelled utterance out."""
        utterance = self._utterances.pop(utterance_id, None)
        if utterance is not None:
            self._kept_bytes -= utterance.kept_bytes
        return utterance

    def longest_bytes(self) -> int:
        """Length of the longest unfinished utterance, for deadlines."""
        return max((each.kept_bytes for each in self._utterances.values()), default=0)

    def _room_bytes(self, priority: int) -> int:
        """Files leave a quarter free, so that a dictation always finds room."""
        return self._max_kept_bytes * 3 // 4 if priority < Priority.CAPTIONS else self._max_kept_bytes

    def _keep(self, utterance: Utterance, pcm: bytes) -> None:
        utterance.pieces.append(pcm)
        utterance.kept_bytes += len(pcm)
        self._kept_bytes += len(pcm)
