"""Sound counted against the clock: PortAudio over PulseAudio never reports what it lost.

A block that comes late is either late (a burst follows and all is well) or the sound in between is
gone. Which of the two shows itself within a few blocks, so after a gap blocks are held back for that
long; then the hole is filled with silence, in its place, or nothing is.
"""

from __future__ import annotations

from typing import Final

GAP_S: Final = 0.15
"""A block later than this by the clock is suspicious …"""
PAUSE_S: Final = 0.1
"""… if nothing came for this long before it."""
JUDGE_S: Final = 0.06
"""How long blocks are held back to see whether a burst follows."""
WINDOW_S: Final = 1.0
SMALL_LOSS_S: Final = 0.03
"""Losses with no visible gap, found by comparing whole windows, count from this much on."""
DRIFT: Final = 0.0005
"""A sound card's clock may be this much slower than ours without anything being lost."""
LONGEST_FILL_S: Final = 10.0


class DeliveryClock:
    """Pure: blocks and the times they came at go in, blocks and silence come out."""

    def __init__(self, bytes_per_s: int, sample_bytes: int) -> None:
        self._bytes_per_s = bytes_per_s
        self._sample_bytes = sample_bytes
        self._epoch_s: float | None = None
        self._last_arrived_s = 0.0
        self._received_s = 0.0
        self._usual_s = 0.0
        self._window_least_s = float("inf")
        self._window_until_s = 0.0
        self._is_settled = False
        self._judge_until_s: float | None = None
        self._held: list[bytes] = []
        self.lost_s = 0.0

    def feed(self, block: bytes, arrived_s: float) -> list[bytes]:
        """What may be used now, in order, silence for holes included."""
        behind_s = self._behind(block, arrived_s)
        pause_s, self._last_arrived_s = arrived_s - self._last_arrived_s, arrived_s
        is_suspicious = behind_s - self._usual_s > GAP_S and pause_s > PAUSE_S
        if self._judge_until_s is None and not is_suspicious:
            self._watch_window(behind_s, arrived_s, len(block) / self._bytes_per_s)
            return [block]
        return self._judge(block, behind_s, arrived_s)

    def release(self) -> list[bytes]:
        """Blocks still held back (the stream stops)."""
        held, self._held = self._held, []
        self._judge_until_s = None
        return held

    def _behind(self, block: bytes, arrived_s: float) -> float:
        """How much less sound than time has passed since the first block."""
        block_s = len(block) / self._bytes_per_s
        if self._epoch_s is None:
            self._epoch_s = arrived_s - block_s
            self._last_arrived_s = arrived_s
            self._window_until_s = arrived_s + WINDOW_S
        self._received_s += block_s
        return arrived_s - self._epoch_s - self._received_s

    def _judge(self, block: bytes, behind_s: float, arrived_s: float) -> list[bytes]:
        if self._judge_until_s is None:
            self._judge_until_s = arrived_s + JUDGE_S
            self._window_least_s = float("inf")
        self._held.append(block)
        self._window_least_s = min(self._window_least_s, behind_s)
        if arrived_s < self._judge_until_s:
            return []
        hole = self._count_loss(self._window_least_s - self._usual_s)
        self._begin_window(arrived_s)
        return hole + self.release()

    def _count_loss(self, loss_s: float) -> list[bytes]:
        if loss_s < SMALL_LOSS_S:
            return []
        self.lost_s += loss_s
        self._usual_s += loss_s
        return [bytes(self.whole_samples(min(loss_s, LONGEST_FILL_S)))]

    def whole_samples(self, length_s: float) -> int:
        """Bytes that so much sound takes."""
        return int(length_s * self._bytes_per_s) // self._sample_bytes * self._sample_bytes

    def _watch_window(self, behind_s: float, arrived_s: float, block_s: float) -> None:
        """Follow the clock's drift; count slow losses, whose places nobody knows."""
        self._usual_s = min(behind_s, self._usual_s + DRIFT * block_s)
        self._window_least_s = min(self._window_least_s, behind_s)
        if arrived_s < self._window_until_s:
            return
        if not self._is_settled:  # a stream's first blocks may come faster than the clock
            self._usual_s, self._is_settled = self._window_least_s, True
        self._count_loss(self._window_least_s - self._usual_s)
        self._begin_window(arrived_s)

    def _begin_window(self, arrived_s: float) -> None:
        self._window_least_s = float("inf")
        self._window_until_s = arrived_s + WINDOW_S
