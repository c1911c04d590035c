"""What a batch took of the memory it computes in, and how much of it is free."""

from __future__ import annotations

import sys
from typing import Any, Final

from recognizer.worker.host_memory import available_bytes, peak_rss_bytes, restart_peak_rss, rss_bytes

_HOST_SHARE: Final = 0.5
"""Of the host's free memory; other programs want some as well."""


class BatchMemory:
    """Of the card for ``cuda:N``, else of the host. ``fraction`` is the ceiling of our share of the card."""

    def __init__(self, device: str, fraction: float | None) -> None:
        self._cuda: Any = None
        if device.startswith("cuda"):
            self._cuda = sys.modules["torch"].cuda
        self._device = device
        self._fraction = fraction
        self._before_bytes = 0
        self.highest_reserved_bytes = 0

    def room_bytes(self) -> int:
        """What may still be taken."""
        if self._cuda is None:
            return int(available_bytes() * _HOST_SHARE)
        free, total = self._cuda.mem_get_info(self._device)
        allocated = self._cuda.memory_allocated(self._device)
        room = free + self._cuda.memory_reserved(self._device) - allocated
        if self._fraction is not None:
            room = min(room, int(total * self._fraction) - allocated)
        return max(0, int(room))

    def begin(self) -> None:
        """A batch is about to be computed."""
        if self._cuda is None:
            restart_peak_rss()
            self._before_bytes = rss_bytes()
            return
        self._note_highest()
        self._cuda.reset_peak_memory_stats(self._device)
        self._before_bytes = self._cuda.memory_allocated(self._device)

    def peak_bytes(self) -> int | None:
        """What it took at its height, above what was held before; ``None`` where nobody can tell."""
        if self._cuda is None:
            peak = peak_rss_bytes()
            return None if peak is None else max(0, peak - self._before_bytes)
        self._note_highest()
        return max(0, int(self._cuda.max_memory_allocated(self._device)) - self._before_bytes)

    def forget_highest(self) -> None:
        """Count the highest figure from now on."""
        self.highest_reserved_bytes = 0

    def _note_highest(self) -> None:
        reserved = int(self._cuda.max_memory_reserved(self._device))
        self.highest_reserved_bytes = max(self.highest_reserved_bytes, reserved)
