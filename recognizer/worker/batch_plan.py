"""How much sound of files is recognised at once. Pure, and the same for the same history.

A batch is padded to its longest piece, so what it costs is measured in *padded* milliseconds: pieces times
the longest. Four things bound it: the memory that is free, against what batches were seen to take; the time
that a dictation may have to wait for it; what went well so far, twice of which is tried; and what ran out of
memory, half of which is tried and which grows back slowly.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_FIRST_MS: Final = 30_000
_LEAST_MS: Final = 1_000
_GROWTH: Final = 2.0
_GROWTH_AFTER_A_FULL_DEVICE: Final = 1.05
_SIZES_IN_A_DOUBLING: Final = 4
"""Of batches of nearly one size only the highest peak is remembered."""
_IS_FULL: Final = 0.7
"""A batch of so much of what is allowed proves that more may be tried."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound that waits: at most as long as the model takes at once. ``key`` is the caller's."""

    key: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What no batch is above. ``padding_share``: how much of a batch may be padding.

    ``window`` pieces, the oldest, are looked at for such of like length. ``take_ms`` is how long a batch
    should take; ``memory_share`` how much of the free memory it may.
    """

    most_ms: int = 900_000
    most_pieces: int = 64
    padding_share: float = 0.15
    window: int = 256
    take_ms: float = 2_000.0
    memory_share: float = 0.8


class BatchPlan:
    """Chooses batches and learns from what became of them."""

    def __init__(self, limits: BatchLimits | None = None) -> None:
        self._limits = limits or BatchLimits()
        self._peaks: dict[int, tuple[int, int]] = {}
        self._ms_per_ms: deque[float] = deque(maxlen=8)
        self._proved_ms = _FIRST_MS / _GROWTH
        self._ceiling_ms: float | None = None

    @property
    def ceiling_ms(self) -> int | None:
        """What batches are held under since memory ran out; ``None`` when it never did, or is forgotten."""
        return None if self._ceiling_ms is None else int(self._ceiling_ms)

    def capacity_ms(self, room_bytes: int | None) -> int:
        """Padded sound that the next batch may have. ``room_bytes`` ``None``: nobody knows the memory."""
        bounds = [float(self._limits.most_ms), self._proved_ms * _GROWTH]
        if self._ceiling_ms is not None:
            bounds.append(self._ceiling_ms)
        if self._ms_per_ms:
            bounds.append(self._limits.take_ms / max(1e-6, median(self._ms_per_ms)))
        if room_bytes is not None:
            bounds.append(self._fitting_ms(room_bytes * self._limits.memory_share))
        return max(_LEAST_MS, int(min(bounds)))

    def choose(self, waiting: Sequence[Piece], room_bytes: int | None) -> tuple[Piece, ...]:
        """The next batch out of ``waiting`` (oldest first), by length; it always has the oldest piece.

        So no piece waits for ever, and the others are those of nearest length.
        """
        if not waiting:
            return ()
        window = waiting[: self._limits.window]
        oldest = window[0]
        order = {piece.key: index for index, piece in enumerate(window)}
        near = sorted(window[1:], key=lambda each: (abs(each.length_ms - oldest.length_ms), order[each.key]))
        chosen = [oldest]
        capacity_ms = self.capacity_ms(room_bytes)
        for piece in near:
            if len(chosen) >= self._limits.most_pieces:
                break
            if self._fits([*chosen, piece], capacity_ms):
                chosen.append(piece)
        return tuple(sorted(chosen, key=lambda each: (each.length_ms, order[each.key])))

    def succeeded(self, padded_ms: int, took_ms: float, peak_bytes: int | None) -> None:
        """A batch went well. ``peak_bytes``: memory it held at its height, above what is always held."""
        self._ms_per_ms.append(took_ms / max(1, padded_ms))
        self._proved_ms = max(self._proved_ms, float(padded_ms))
        if peak_bytes is not None:
            size = int(_SIZES_IN_A_DOUBLING * math.log2(max(1, padded_ms)))
            seen_ms, seen_bytes = self._peaks.get(size, (padded_ms, 0))
            self._peaks[size] = (min(seen_ms, padded_ms), max(seen_bytes, peak_bytes))
        if self._ceiling_ms is not None and padded_ms >= self._ceiling_ms * _IS_FULL:
            self._ceiling_ms *= _GROWTH_AFTER_A_FULL_DEVICE
            if self._ceiling_ms >= self._limits.most_ms:
                self._ceiling_ms = None

    def ran_out_of_memory(self, padded_ms: int) -> None:
        """A batch did not fit: half of it is what the next one may have."""
        self._ceiling_ms = max(float(_LEAST_MS), padded_ms / 2.0)
        self._proved_ms = min(self._proved_ms, self._ceiling_ms)

    def _fits(self, pieces: Sequence[Piece], capacity_ms: int) -> bool:
        padded_ms = padded_ms_of(pieces)
        sound_ms = sum(each.length_ms for each in pieces)
        return padded_ms <= capacity_ms and padded_ms - sound_ms <= self._limits.padding_share * padded_ms

    def _fitting_ms(self, bytes_allowed: float) -> float:
        """By the line through what was seen, raised until nothing seen lies above it."""
        if not self._peaks:
            return float(_FIRST_MS)
        fixed_bytes, bytes_per_ms = _line_above(list(self._peaks.values()))
        if bytes_per_ms <= 0.0:
            return float(self._limits.most_ms) if bytes_allowed > fixed_bytes else 0.0
        return (bytes_allowed - fixed_bytes) / bytes_per_ms


def padded_ms_of(pieces: Sequence[Piece]) -> int:
    """Milliseconds that are computed for a batch."""
    return len(pieces) * max((each.length_ms for each in pieces), default=0)


def _line_above(points: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Least squares, not below the origin, lifted over the highest point; from one point through nought."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0.0:
        return 0.0, mean_y / max(1.0, mean_x)
    slope = max(0.0, sum((x - mean_x) * (y - mean_y) for x, y in points) / spread)
    fixed = mean_y - slope * mean_x
    lift = max(y - (fixed + slope * x) for x, y in points)
    return max(0.0, fixed + lift), slope
