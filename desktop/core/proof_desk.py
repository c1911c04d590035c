"""Keeps what the driver said before an unload until it has said enough after it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from desktop.core.events import Origin
from desktop.core.keep_alive_commands import ReadGpu, TellUnloaded
from desktop.core.unload_proof import AGAIN_MS, UnloadProof
from desktop.core.worker_life import WorkerLife
from recognizer.gpu_reading import GpuSnapshot, Moment

LOOK_LIMIT_MS: Final = 1_500.0
"""A driver that does not answer for so long will not."""


class ProofDesk:
    """At most one proof at a time: from the exit of a worker to the sentence about it."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.look_at_ms: float | None = None
        self.has_before = False
        self._last: GpuSnapshot | None = None
        self._before: GpuSnapshot | None = None
        self._proof: UnloadProof | None = None

    @property
    def is_open(self) -> bool:
        """An unload is being proven."""
        return self._proof is not None

    @property
    def can_measure(self) -> bool:
        """There is a card, or it is not known yet that there is none."""
        return self._last is None or bool(self._last.readings)

    @property
    def shows_awake_card(self) -> bool:
        """The driver has shown a card that could be used."""
        return self._last is not None and any(not card.is_asleep for card in self._last.readings)

    def forget_before(self) -> None:
        """What was measured belongs to a worker that lives on, or is lost."""
        self._before, self.has_before = None, False

    def take(self, snapshot: GpuSnapshot, now_ms: float) -> Iterator[TellUnloaded]:
        """A reading; one that was asked for after an unload may close the proof."""
        self._last = snapshot
        if snapshot.moment is Moment.BEFORE:
            self._before, self.has_before = snapshot, True
        if snapshot.moment is Moment.AFTER and self._proof is not None:
            if self._proof.needs_another_look(snapshot):
                self.look_at_ms = now_ms + AGAIN_MS
            else:
                yield from self.close(snapshot)

    def open(self, worker: WorkerLife, origin: Origin, reason: str) -> None:
        """``worker`` has exited. What it held is known if it was on a card and a card can be read."""
        is_provable = worker.pid is not None and worker.uses_card and self.can_measure
        before = (self._before or self._last) if is_provable else None
        self._proof = UnloadProof(before, origin, reason)
        self.pid = worker.pid
        self.forget_before()

    def look(self, our_pids: frozenset[int], now_ms: float) -> Iterator[ReadGpu | TellUnloaded]:
        """Read the driver now; close the proof if there is nothing to read or it does not answer."""
        if self._proof is None:
            return
        if self._proof.before is None or self._proof.is_awaiting:
            yield from self.close(None)
            return
        self._proof.is_awaiting = True
        self.look_at_ms = now_ms + LOOK_LIMIT_MS
        yield ReadGpu(Moment.AFTER, our_pids)

    def close(self, after: GpuSnapshot | None) -> Iterator[TellUnloaded]:
        """Say what is known now."""
        if self._proof is not None:
            yield self._proof.judge(after)
        self._proof, self.pid, self.look_at_ms = None, None, None
