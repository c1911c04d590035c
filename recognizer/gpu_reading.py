"""What the driver says about the graphics cards at one moment. Values only; ``recognizer.gpu`` reads them.

Pure like ``recognizer.events``, so that the deciding core may use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import Problem


class Moment(StrEnum):
    """Why a reading was taken: by the clock, or around an unload whose effect is to be proven."""

    PERIODIC = "periodic"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process with memory on a card. ``used_bytes`` is ``None`` where the driver does not tell."""

    pid: int
    name: str
    used_bytes: int | None
    is_ours: bool


@dataclass(frozen=True, slots=True)
class GpuReading:
    """Memory of one card, in bytes.

    ``used_bytes`` leaves out what the driver keeps for itself (``reserved_bytes``; 0 where an old
    driver does not tell it apart, then it is inside ``used_bytes``). ``ours_bytes`` is ``None`` when
    a process of ours is on the card and the driver does not say with how much. ``others_bytes`` is
    everything used that is not known to be ours. A card that sleeps is not asked: its figures are
    the last known ones, or 0.
    """

    index: int
    uuid: str
    name: str
    total_bytes: int
    used_bytes: int
    ours_bytes: int | None
    others_bytes: int
    reserved_bytes: int
    utilisation_percent: int | None
    processes: tuple[GpuProcess, ...] = ()
    is_asleep: bool = False

    @property
    def free_bytes(self) -> int:
        """What could still be allocated."""
        return max(0, self.total_bytes - self.reserved_bytes - self.used_bytes)

    @property
    def used_fraction(self) -> float:
        """0–1 of the whole card, as icon, tooltip and status show it."""
        return self.used_bytes / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True, slots=True)
class GpuSnapshot:
    """All cards at ``at_ms`` (monotonic wall time). No ``readings``: no gauge is shown.

    ``problem`` is what the user should read about it; it is set once for each new trouble, not in
    every snapshot.
    """

    readings: tuple[GpuReading, ...]
    problem: Problem | None
    at_ms: float
    moment: Moment = Moment.PERIODIC

    @property
    def ours_bytes(self) -> int | None:
        """Our share of all cards; ``None`` where a driver does not tell."""
        shares = [reading.ours_bytes for reading in self.readings]
        known = [share for share in shares if share is not None]
        return sum(known) if len(known) == len(shares) else None

    @property
    def used_bytes(self) -> int:
        """Used memory of all cards."""
        return sum(reading.used_bytes for reading in self.readings)

    def reading(self, uuid: str) -> GpuReading | None:
        """The card with this uuid."""
        return next((each for each in self.readings if each.uuid == uuid), None)
