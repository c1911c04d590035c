"""Reads the memory of NVIDIA cards through NVML. The only module that imports ``pynvml``.

Every figure may fail on its own (old driver, no permission, MIG, Windows WDDM, a card that fell off
the bus): then that figure is missing and the rest is told. Trouble is told once, not once a second.
A sleeping laptop card is not woken, and one that could sleep is not kept awake: while nothing of ours
is on it, it is asked every ``GENTLE_S`` only and NVML is closed in between.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from recognizer import gpu_problems
from recognizer.gpu_card import GpuCard, cards_of
from recognizer.gpu_reading import GpuReading, GpuSnapshot, Moment
from recognizer.gpu_sleep import DRIVER_ROOT, PCI_ROOT, PciCard, nvidia_cards

GENTLE_S: Final = 30.0
RETRY_S: Final = 30.0


class GpuProbe:
    """Not thread-safe: belongs to one thread. ``read`` costs well under a millisecond once NVML is open.

    ``read`` never raises; ``close`` lets the cards sleep, the next ``read`` opens NVML again.
    """

    def __init__(
        self,
        *,
        pci_root: Path = PCI_ROOT,
        driver_root: Path = DRIVER_ROOT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pci: tuple[PciCard, ...] = nvidia_cards(pci_root, driver_root)
        self._clock = clock
        self._nvml: Any = None
        self._cards: tuple[GpuCard, ...] = ()
        self._asleep: frozenset[str] = frozenset()
        self._last: tuple[GpuReading, ...] = ()
        self._read_at_s = float("-inf")
        self._retry_at_s = float("-inf")
        self._trouble: Problem | None = None
        self._told: str = ""

    @property
    def trouble(self) -> Problem | None:
        """What is wrong now, for ``doctor``; ``None`` when all is well or there is no NVIDIA driver."""
        return self._trouble

    @property
    def is_open(self) -> bool:
        """Whether NVML is held, which keeps some laptop cards awake."""
        return self._nvml is not None

    def read(self, our_pids: Collection[int] = (), moment: Moment = Moment.PERIODIC) -> GpuSnapshot:
        """The cards now. ``our_pids`` are the workers; trouble is in ``problem`` the first time only."""
        now_s = self._clock()
        self._notice_sleep()
        if self._pci and len(self._asleep) == len(self._pci):
            self.close()
            readings = self._asleep_readings()
        elif moment is Moment.PERIODIC and self._must_be_gentle(our_pids, now_s):
            self.close()
            readings = self._last
        else:
            readings = self._with_sleepers(self._ask(our_pids, now_s))
        self._last = readings
        return GpuSnapshot(readings, self._news(), now_s * 1000.0, moment)

    def close(self) -> None:
        """Let go of the driver."""
        if self._nvml is not None:
            with contextlib.suppress(Exception):
                self._nvml.nvmlShutdown()
        self._nvml, self._cards = None, ()

    # --- sleep ----------------------------------------------------------------------------------

    def _notice_sleep(self) -> None:
        asleep = frozenset(card.address for card in self._pci if card.is_asleep())
        if asleep != self._asleep:
            self.close()  # handles are for the cards that were awake
            self._retry_at_s = float("-inf")
        self._asleep = asleep

    def _must_be_gentle(self, our_pids: Collection[int], now_s: float) -> bool:
        can_sleep = any(card.can_sleep for card in self._pci)
        return can_sleep and not our_pids and bool(self._last) and now_s < self._read_at_s + GENTLE_S

    def _with_sleepers(self, awake: tuple[GpuReading, ...]) -> tuple[GpuReading, ...]:
        """The cards that answered, and those that must not be asked, in the order of both."""
        if not self._asleep or not awake:
            return awake
        answered = {each.index for each in awake}
        sleepers = (each for each in self._asleep_readings() if each.index not in answered)
        return tuple(sorted((*awake, *sleepers), key=lambda each: each.index))

    def _asleep_readings(self) -> tuple[GpuReading, ...]:
        """Every card as it was when it was last asked; PCI order is NVML's order."""
        known = {each.index for each in self._last}
        remembered = tuple(replace(each, is_asleep=True, utilisation_percent=None) for each in self._last)
        return remembered + tuple(
            GpuReading(index, card.address, card.name, 0, 0, 0, 0, 0, None, is_asleep=True)
            for index, card in enumerate(self._pci)
            if index not in known
        )

    # --- asking ---------------------------------------------------------------------------------

    def _ask(self, our_pids: Collection[int], now_s: float) -> tuple[GpuReading, ...]:
        self._read_at_s = now_s
        if not self._cards and now_s < self._retry_at_s:
            return ()
        self._trouble = None
        if not self._cards:
            self._open(now_s)
        readings = tuple(filter(None, [self._read_card(card, our_pids) for card in self._cards]))
        if self._cards and not readings:
            self._retry_at_s = now_s + RETRY_S
            self.close()
        return readings

    def _read_card(self, card: GpuCard, our_pids: Collection[int]) -> GpuReading | None:
        try:
            return card.read(our_pids)
        except Exception as error:  # noqa: BLE001 - NVMLError, and whatever a broken library does
            self._trouble = gpu_problems.for_reading(getattr(error, "value", None))
            return None

    def _news(self) -> Problem | None:
        """The trouble, if it was not told yet. Going away and coming back makes it news again."""
        code = self._trouble.code if self._trouble else ""
        is_news = code not in ("", self._told)
        self._told = code
        return self._trouble if is_news else None

    def _open(self, now_s: float) -> None:
        try:
            import pynvml

            pynvml.nvmlInit()
            self._nvml = pynvml
            self._cards = tuple(self._find_cards())
        except Exception as error:  # noqa: BLE001 - see _read_card
            self._trouble = gpu_problems.for_opening(getattr(error, "value", None))
        if not self._cards:
            self._retry_at_s = now_s + RETRY_S
            self.close()

    def _find_cards(self) -> Iterator[GpuCard]:
        for ask, key in self._addresses():
            try:
                handle = ask(key)
                yield from cards_of(self._nvml, handle, int(self._nvml.nvmlDeviceGetIndex(handle)))
            except self._nvml.NVMLError as error:
                self._trouble = gpu_problems.for_reading(error.value)

    def _addresses(self) -> Iterator[tuple[Callable[[Any], Any], object]]:
        """How to reach each card that may be touched: by index, or by PCI address if some sleep."""
        if self._asleep:
            awake = (card.address for card in self._pci if card.address not in self._asleep)
            yield from ((self._nvml.nvmlDeviceGetHandleByPciBusId, address) for address in awake)
        else:
            count = int(self._nvml.nvmlDeviceGetCount())
            yield from ((self._nvml.nvmlDeviceGetHandleByIndex, index) for index in range(count))
