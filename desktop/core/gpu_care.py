"""Everything that is decided about the card besides the model's life: one object for the shell. Pure.

Puts together giving way, cache care, the warning, the choice of a card and what is known to fit on it,
and says what belongs into the operation log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from desktop.core.commands import TellProblem
from desktop.core.events import Origin, TimePassed
from desktop.core.giving_way import GivingWay, GivingWaySettings
from desktop.core.gpu_policy import (
    CacheCare,
    CacheCareSettings,
    CardMemory,
    CleanCache,
    Fit,
    MemoryWarning,
    ReportMemory,
    card_of,
    choose_device,
)
from desktop.core.keep_alive_commands import (
    GiveWayEnded,
    GiveWayStarted,
    LeaseAcquired,
    ModelRequested,
    RememberFit,
    ScheduleWake,
    TellUnloaded,
)
from desktop.core.second_pass_care import ReleaseSecondPass, SecondPassCare
from recognizer import events as rec
from recognizer.events import ModelSpec
from recognizer.gpu_reading import GpuSnapshot


@dataclass(frozen=True, slots=True)
class CleanRequested:
    """Somebody asked for "Clean GPU cache"."""

    origin: Origin
    now_ms: float


@dataclass(frozen=True, slots=True)
class SaveFits:
    """Keep this for the next start of the program (``desktop.card_file``)."""

    fits: tuple[Fit, ...]


@dataclass(frozen=True, slots=True)
class LogOperation:
    """A line for the operation log. ``what``: load, unload, clean, fall-back, give-way, come-back.

    ``by``: user, timer, threshold or system. Bytes are used memory of the cards, for a cleaning what the
    worker's allocator had reserved; ``None`` where unknown.
    """

    what: str
    by: str
    before_bytes: int | None = None
    after_bytes: int | None = None
    sentence: str = ""


CareCommand = (
    GiveWayStarted  # a fact for KeepAlive
    | GiveWayEnded  # a fact for KeepAlive
    | CleanCache
    | ReportMemory
    | ReleaseSecondPass
    | TellProblem
    | SaveFits
    | LogOperation
    | ScheduleWake
)

_BY: Final = {Origin.TIMER: "timer", Origin.THRESHOLD: "threshold", Origin.SYSTEM: "system"}


@dataclass(frozen=True, slots=True)
class GpuCareSettings:
    """``threshold``: warn when a card is fuller (0–1; 0: never).

    ``second_pass_keep_s``: the second pass is released after so long without speech; 0: never.
    """

    giving_way: GivingWaySettings = field(default_factory=GivingWaySettings)
    cache: CacheCareSettings = field(default_factory=CacheCareSettings)
    threshold: float = 0.9
    second_pass_keep_s: float = 0.0


class GpuCare:
    """Takes every event that ``KeepAlive`` takes, and its ``RememberFit`` and ``TellUnloaded`` as well.

    ``is_restricted``: the user hides cards from CUDA, so none can be chosen by number. Its wake-up is
    separate from ``KeepAlive``'s.
    """

    def __init__(
        self, settings: GpuCareSettings, fits: tuple[Fit, ...] = (), *, is_restricted: bool = False
    ) -> None:
        self._way = GivingWay(settings.giving_way)
        self._cache = CacheCare(settings.cache)
        self._warning = MemoryWarning(settings.threshold)
        self._second_pass = SecondPassCare(settings.second_pass_keep_s)
        self._memory = CardMemory(fits)
        self._is_restricted = is_restricted
        self._snapshot: GpuSnapshot | None = None
        self._loading_origin = Origin.HOTKEY
        self._clean_origin = Origin.SYSTEM
        self._scheduled_ms: float | None = None

    @property
    def wants_gpu_watch(self) -> bool:
        """Whether only the driver can tell when we may come back."""
        return self._way.wants_gpu_watch

    def is_over_threshold(self, uuid: str) -> bool:
        """Whether this card's gauge is amber."""
        return self._warning.is_over(uuid)

    def configure(self, settings: GpuCareSettings) -> None:
        """Other limits from the next event on; ``SettingsChanged`` should follow at once."""
        self._way.settings, self._cache.settings = settings.giving_way, settings.cache
        self._warning.threshold = settings.threshold
        self._second_pass.keep_s = settings.second_pass_keep_s

    def fit(self, model: ModelSpec) -> ModelSpec:
        """What to load for ``model`` now; ``KeepAlive`` asks this at each load."""
        return self._memory.fit(model, self._snapshot, is_restricted=self._is_restricted)

    def handle(self, event: object, now_ms: float) -> list[CareCommand]:
        """What follows from ``event``; unknown ones mean nothing here."""
        commands: list[CareCommand] = []
        if isinstance(event, GpuSnapshot):
            self._snapshot = event
            commands += self._warning.handle(event)
        for fact in self._way.handle(event, now_ms):
            commands += [fact, _given_way(fact)]
        commands += [self._noted(each) for each in self._cache.handle(event, now_ms)]
        commands += self._second_pass.handle(event, now_ms)
        commands += self._on(event)
        return commands + self._schedule(event, now_ms)

    def _on(self, event: object) -> list[CareCommand]:
        match event:
            case CleanRequested(origin):
                return [self._noted(CleanCache(origin))]
            case rec.CacheCleaned(before=before, after=after):
                by = _by(self._clean_origin)
                return [LogOperation("clean", by, before.reserved_bytes, after.reserved_bytes)]
            case rec.Ready(model=model, device=device, load_ms=load_ms):
                sentence = f"{model.name} on {device} in {load_ms / 1000.0:.1f} s"
                return [LogOperation("load", _by(self._loading_origin), sentence=sentence)]
            case TellUnloaded():
                by = _by(event.origin)
                return [LogOperation("unload", by, event.before_bytes, event.after_bytes, event.sentence)]
            case ModelRequested():
                return self._requested(event)
            case LeaseAcquired():
                self._loading_origin = Origin.HOTKEY
            case RememberFit():
                return self._remember(event)
        return []

    def _noted(self, command: CleanCache | ReportMemory) -> CleanCache | ReportMemory:
        if isinstance(command, CleanCache):
            self._clean_origin = command.origin
        return command

    def _requested(self, event: ModelRequested) -> list[CareCommand]:
        """A person who asks for a model wants all of it: the way back from what was remembered."""
        self._loading_origin = event.origin
        known = self._memory.fits
        if event.origin in (Origin.TRAY, Origin.COMMAND_LINE):
            self._memory.forget(event.model)
        return [SaveFits(self._memory.fits)] if self._memory.fits != known else []

    def _remember(self, told: RememberFit) -> list[CareCommand]:
        known = self._memory.fits
        chosen = choose_device(told.asked, self._snapshot, is_restricted=self._is_restricted)
        self._memory.remember(told, card_of(chosen, self._snapshot))
        sentence = f"{told.asked.name} runs in {told.fitted.precision} on {told.fitted.device}"
        logged: list[CareCommand] = [LogOperation("fall-back", "system", sentence=sentence)]
        return logged + ([SaveFits(self._memory.fits)] if self._memory.fits != known else [])

    def _schedule(self, event: object, now_ms: float) -> list[CareCommand]:
        if isinstance(event, TimePassed):
            self._scheduled_ms = None  # the timer may have fired, perhaps too early: ask again
        wishes = (self._way.wake_at_ms, self._cache.wake_at_ms, self._second_pass.wake_at_ms)
        at_ms = min((each for each in wishes if each is not None), default=None)
        if at_ms == self._scheduled_ms:
            return []
        self._scheduled_ms = at_ms
        return [ScheduleWake(at_ms)]


def _given_way(fact: GiveWayStarted | GiveWayEnded) -> LogOperation:
    if isinstance(fact, GiveWayStarted):
        return LogOperation("give-way", "system", sentence=fact.reason)
    return LogOperation("come-back", "system")


def _by(origin: Origin) -> str:
    return _BY.get(origin, "user")
