"""What to do about a card that fills up: clean its cache, warn, choose another, remember what fits. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from audio.events import Problem
from desktop.core.commands import TellProblem
from desktop.core.events import Origin, TimePassed
from desktop.core.keep_alive_commands import RememberFit
from desktop.core.unload_proof import memory_text, process_name
from desktop.core.worker_life import runs_on_card
from recognizer import events as rec
from recognizer.events import ModelSpec
from recognizer.gpu_reading import GpuReading, GpuSnapshot

_MIB: Final = 1 << 20

# --- cache care -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CleanCache:
    """``recognizer.clean_cache()``; the worker does it between two inferences."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class ReportMemory:
    """``recognizer.report_memory()``; answered by ``MemoryReported``."""


@dataclass(frozen=True, slots=True)
class CacheCareSettings:
    """``slack_limit_bytes``: reserved minus allocated memory that may lie idle; 0: any amount may.

    ``at_fraction``: clean when the whole card is fuller than this (0–1; 0: never). ``every_s``: clean
    by the clock (0: never). ``rest_s``: at least this long between two automatic cleanings.
    """

    slack_limit_bytes: int = 512 * _MIB
    at_fraction: float = 0.9
    every_s: float = 0.0
    rest_s: float = 20.0


class CacheCare:
    """Decides when a loaded worker gives cached memory back. A cleaning that helped nothing is not
    repeated for the same reason until ten times the rest has passed, so that it cannot turn in a loop.
    """

    def __init__(self, settings: CacheCareSettings) -> None:
        self.settings = settings
        self._is_loaded = False
        self._is_between = False  # an utterance has ended and its figures are awaited
        self._allowed_ms: dict[str, float] = {}
        self._asked_for = ""
        self._cleaned_ms = 0.0

    @property
    def wake_at_ms(self) -> float | None:
        """When the clock alone will ask for a cleaning."""
        if not self._is_loaded or self.settings.every_s <= 0:
            return None
        return max(self._cleaned_ms + self.settings.every_s * 1000.0, self._allowed_ms.get("clock", 0.0))

    def handle(self, event: object, now_ms: float) -> list[CleanCache | ReportMemory]:
        """Wishes that follow from an event of the recognizer, a ``GpuSnapshot`` or ``TimePassed``."""
        match event:
            case rec.Ready():
                self._is_loaded = event.device.startswith("cuda")
                self._allowed_ms, self._cleaned_ms = {}, now_ms
            case rec.WorkerExited() | rec.WorkerStarting():
                self._is_loaded = False
            case rec.Final() | rec.UtteranceFailed() if self._is_loaded:
                self._is_between = True
                return [ReportMemory()]
            case rec.MemoryReported() if self._is_loaded and self._is_between:
                self._is_between = False
                return self._reported(event, now_ms)
            case rec.CacheCleaned():
                self._cleaned(event, now_ms)
            case GpuSnapshot() if self._is_loaded:
                return self._full(event, now_ms)
            case TimePassed() if self.wake_at_ms is not None and now_ms >= self.wake_at_ms:
                return self._clean("clock", Origin.TIMER, now_ms)
        return []

    def _reported(self, event: rec.MemoryReported, now_ms: float) -> list[CleanCache | ReportMemory]:
        limit = self.settings.slack_limit_bytes
        is_slack = 0 < limit < event.reserved_bytes - event.allocated_bytes
        return self._clean("slack", Origin.THRESHOLD, now_ms) if is_slack else []

    def _full(self, snapshot: GpuSnapshot, now_ms: float) -> list[CleanCache | ReportMemory]:
        limit = self.settings.at_fraction
        is_full = any(card.used_fraction >= limit and card.ours_bytes != 0 for card in snapshot.readings)
        return self._clean("full", Origin.THRESHOLD, now_ms) if limit > 0 and is_full else []

    def _clean(self, why: str, origin: Origin, now_ms: float) -> list[CleanCache | ReportMemory]:
        if now_ms < self._allowed_ms.get(why, 0.0):
            return []
        self._asked_for, self._cleaned_ms = why, now_ms
        self._allowed_ms[why] = now_ms + self.settings.rest_s * 1000.0
        return [CleanCache(origin)]

    def _cleaned(self, event: rec.CacheCleaned, now_ms: float) -> None:
        self._cleaned_ms = now_ms
        gained_bytes = event.before.reserved_bytes - event.after.reserved_bytes
        if gained_bytes < 16 * _MIB and self._asked_for:
            self._allowed_ms[self._asked_for] = now_ms + 10.0 * self.settings.rest_s * 1000.0
        self._asked_for = ""


# --- warning ----------------------------------------------------------------------------------------


NEARLY_FULL: Final = "gpu-nearly-full"
"""Code of the warning."""


class MemoryWarning:
    """Warns once when a card is fuller than ``threshold`` (0–1; 0: never).

    Again only after it was emptier by 5 %, so that a figure around the threshold does not nag.
    """

    HYSTERESIS: Final = 0.05

    def __init__(self, threshold: float = 0.9) -> None:
        self.threshold = threshold
        self._over: frozenset[str] = frozenset()

    def is_over(self, uuid: str) -> bool:
        """Whether this card's gauge is amber."""
        return uuid in self._over

    def handle(self, snapshot: GpuSnapshot) -> list[TellProblem]:
        """A problem for each card that has just passed the threshold."""
        if self.threshold <= 0:
            self._over = frozenset()
            return []
        over = frozenset(card.uuid for card in snapshot.readings if self._is_over_now(card))
        fresh = [card for card in snapshot.readings if card.uuid in over - self._over]
        self._over = over
        return [TellProblem(_nearly_full(card)) for card in fresh]

    def _is_over_now(self, card: GpuReading) -> bool:
        limit = self.threshold - (self.HYSTERESIS if card.uuid in self._over else 0.0)
        return card.used_fraction >= limit


def _nearly_full(card: GpuReading) -> Problem:
    others = [each for each in card.processes if not each.is_ours and each.used_bytes]
    biggest = max(others, key=lambda each: each.used_bytes or 0, default=None)
    used, total = memory_text(card.used_bytes), memory_text(card.total_bytes)
    sentence = f"{card.name}: {used} of {total} are used."
    if biggest:
        who, share = process_name(biggest), memory_text(biggest.used_bytes or 0)
        sentence = f"{card.name}: {used} of {total} are used; {who} uses {share}."
    return Problem(NEARLY_FULL, sentence, "Unload the model or close that program before the card is full.")


# --- device choice -------------------------------------------------------------------------------------


def choose_device(
    model: ModelSpec, snapshot: GpuSnapshot | None, *, is_restricted: bool = False
) -> ModelSpec:
    """``auto`` becomes the card with most free memory where there is a choice; all else stays.

    ``cuda:N`` counts as NVML does, in PCI order: the worker needs ``CUDA_DEVICE_ORDER=PCI_BUS_ID``.
    ``is_restricted``: the user hides cards (``CUDA_VISIBLE_DEVICES``), so that numbers mean nothing.
    """
    cards = snapshot.readings if snapshot else ()
    indexes = {card.index for card in cards}
    if model.device != "auto" or not runs_on_card(model) or is_restricted or len(indexes) < 2:
        return model
    best = max(cards, key=lambda card: (card.free_bytes, -card.index))
    return replace(model, device=f"cuda:{best.index}")


def card_of(model: ModelSpec, snapshot: GpuSnapshot | None) -> GpuReading | None:
    """The card that ``model`` (after ``choose_device``) will run on, as far as can be told."""
    cards = snapshot.readings if snapshot else ()
    if not cards or not runs_on_card(model):
        return None
    index = int(model.device.partition(":")[2] or 0) if model.device.startswith("cuda") else cards[0].index
    return next((card for card in cards if card.index == index), None)


# --- what fits --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fit:
    """On card ``uuid``, ``asked`` found no room with ``free_bytes`` free; ``fitted`` ran instead."""

    uuid: str
    asked: ModelSpec
    fitted: ModelSpec
    free_bytes: int


class CardMemory:
    """Remembers what a card had no room for, so that the next load starts with what fits.

    The ways back: the user asks for the model again (``forget``), or ``MARGIN_BYTES`` more are free than at
    the failure. ``fits`` is what the shell saves and hands to the next start of the program.
    """

    MARGIN_BYTES: Final = 1024 * _MIB

    def __init__(self, fits: tuple[Fit, ...] = ()) -> None:
        self._fits = {(fit.uuid, fit.asked): fit for fit in fits}

    @property
    def fits(self) -> tuple[Fit, ...]:
        """All that is remembered."""
        return tuple(self._fits.values())

    def remember(self, told: RememberFit, card: GpuReading | None) -> None:
        """Keep the choice for ``card`` (where it was asked for), if it was for want of room there."""
        is_smaller = told.fitted != told.asked and told.problem is not None
        if card is not None and is_smaller and told.problem and told.problem.code == "gpu-out-of-memory":
            self._fits[card.uuid, told.asked] = Fit(card.uuid, told.asked, told.fitted, card.free_bytes)

    def forget(self, asked: ModelSpec) -> None:
        """The user wants ``asked`` to be tried again, on every card."""
        self._fits = {key: fit for key, fit in self._fits.items() if fit.asked != asked}

    def start_with(self, model: ModelSpec, card: GpuReading | None) -> ModelSpec:
        """What to load for ``model`` on ``card``; ``model`` itself when nothing is known."""
        fit = self._fits.get((card.uuid, model)) if card is not None else None
        if fit is None or card is None or card.free_bytes >= fit.free_bytes + self.MARGIN_BYTES:
            return model
        return fit.fitted

    def fit(
        self, model: ModelSpec, snapshot: GpuSnapshot | None, *, is_restricted: bool = False
    ) -> ModelSpec:
        """``KeepAlive``'s question before each load: the best card, and what is known to fit on it."""
        chosen = choose_device(model, snapshot, is_restricted=is_restricted)
        fitted = self.start_with(model, card_of(chosen, snapshot))
        return chosen if fitted == model else fitted
