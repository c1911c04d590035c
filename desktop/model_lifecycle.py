"""The shell of ``KeepAlive`` and ``GpuCare``: when the model is on the card, and how the card is cared for.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from audio.events import Problem
from desktop.core import gpu_care
from desktop.core import keep_alive_commands as ka
from desktop.core.commands import TellProblem
from desktop.core.events import HolderUnserved, ModelUnavailable, Origin
from desktop.core.gpu_policy import CleanCache, Fit, ReportMemory
from desktop.core.keep_alive import KeepAlive
from desktop.core.second_pass_care import ReleaseSecondPass
from desktop.core.session import LEASE
from recognizer import events as rec
from recognizer.gpu_reading import GpuSnapshot, Moment


class CardRecognizer(Protocol):
    """What the life cycle asks of ``recognizer.driver.RecognizerDriver``."""

    def load(self, model: rec.ModelSpec) -> None: ...
    def unload(self) -> None: ...
    def standby(self, model: rec.ModelSpec | None) -> None: ...
    def clean_cache(self) -> None: ...
    def report_memory(self) -> None: ...
    def release_second_pass(self) -> None: ...


class CardWatch(Protocol):
    """What the life cycle asks of ``recognizer.gpu_watch.GpuWatch``."""

    def watch(self, is_watched: bool) -> None: ...
    def ask(self, moment: Moment, our_pids: frozenset[int] | None = None) -> None: ...
    def count_as_ours(self, pids: frozenset[int]) -> None: ...


@dataclass(frozen=True, slots=True)
class LifecycleParts:
    """``post`` goes to the bridge; ``schedule`` and ``schedule_care`` ask for one ``TimePassed`` each
    (``None``: none); ``use_recognizer`` exchanges the recognizer for the one that the settings name."""

    recognizer: CardRecognizer
    watch: CardWatch
    post: Callable[[object], None]
    schedule: Callable[[float | None], None]
    schedule_care: Callable[[float | None], None]
    tell: Callable[[Problem], None]
    say: Callable[[str], None]
    allow_sleep: Callable[[], None]
    use_recognizer: Callable[[], None]
    save_fits: Callable[[tuple[Fit, ...]], None]
    log_operation: Callable[[gpu_care.LogOperation], None]


class ModelLifecycle:
    """Facts to ``KeepAlive`` and ``GpuCare``, their wishes to the recognizer and the driver of the card."""

    def __init__(self, keep_alive: KeepAlive, care: gpu_care.GpuCare, parts: LifecycleParts) -> None:
        self.keep_alive = keep_alive
        self.care = care
        self._parts = parts
        self._is_watched = False
        self._is_looked_at = False
        self._our_pids: frozenset[int] = frozenset()
        self.ready: rec.Ready | None = None
        self.loading_since_ms: float | None = None
        self.snapshot: GpuSnapshot | None = None
        self.memory: rec.MemoryReported | None = None
        self.last_unload: ka.TellUnloaded | None = None

    # --- what the session and the user ask -------------------------------------------------------

    def acquire(self, holder: str, now_ms: float) -> None:
        """``holder`` needs the model."""
        self.handle(ka.LeaseAcquired(holder, now_ms), now_ms)

    def release(self, holder: str, now_ms: float) -> None:
        """``holder`` needs it no longer."""
        self.handle(ka.LeaseReleased(holder, now_ms), now_ms)

    def request_load(self, model: rec.ModelSpec, origin: Origin, now_ms: float) -> None:
        """Load now."""
        self.handle(ka.ModelRequested(model, origin, now_ms), now_ms)

    def request_unload(self, origin: Origin, now_ms: float, *, stay: bool, wait: bool = True) -> None:
        """Give the memory back; with ``stay`` until somebody asks for the model again."""
        self.handle(ka.UnloadRequested(origin, now_ms, wait=wait, stay=stay), now_ms)

    def clean_cache(self, origin: Origin, now_ms: float) -> None:
        """Give cached memory back without unloading; the worker does it between two inferences."""
        self.handle(gpu_care.CleanRequested(origin, now_ms), now_ms)

    def look(self, is_looked_at: bool) -> None:
        """Somebody looks at the gauge: read the cards although no model is loaded."""
        self._is_looked_at = is_looked_at
        self._watch()

    def configure(
        self, settings: ka.KeepAliveSettings, care: gpu_care.GpuCareSettings, now_ms: float
    ) -> None:
        """Other settings count from now on, also for what only waits for its time."""
        self.care.configure(care)
        self.handle(ka.SettingsChanged(settings, now_ms), now_ms)

    # --- facts -----------------------------------------------------------------------------------

    def handle(self, event: object, now_ms: float) -> None:
        """Take one fact; unknown ones mean nothing here."""
        self._note(event, now_ms)
        if isinstance(event, ka.ModelRequested):  # what was remembered is forgotten before the load asks
            self._care(event, now_ms)
            self._carry_out(self.keep_alive.handle(event, now_ms), now_ms)
        else:
            self._carry_out(self.keep_alive.handle(event, now_ms), now_ms)
            self._care(event, now_ms)
        self._watch()

    def _note(self, event: object, now_ms: float) -> None:
        """What tray and status show of the model."""
        match event:
            case rec.WorkerStarting() | rec.Loading():
                self.ready = None
                if self.loading_since_ms is None:
                    self.loading_since_ms = now_ms
            case rec.Ready():
                self.ready, self.loading_since_ms = event, None
            case rec.LoadFailed() | rec.WorkerExited():
                self.ready, self.loading_since_ms, self.memory = None, None, None
            case rec.MemoryReported():
                self.memory = event
            case rec.CacheCleaned():
                self.memory = event.after
            case GpuSnapshot():
                self._take_snapshot(event)

    def _take_snapshot(self, snapshot: GpuSnapshot) -> None:
        self.snapshot = snapshot
        if snapshot.problem:
            self._parts.tell(snapshot.problem)
        if self.ready and snapshot.readings and self.ready.device != "cpu":
            self._parts.recognizer.report_memory()

    def _watch(self) -> None:
        wanted = self._is_looked_at or self.keep_alive.wants_gpu_watch or self.care.wants_gpu_watch
        if wanted is not self._is_watched:
            self._is_watched = wanted
            self._parts.watch.watch(wanted)
        if self.keep_alive.our_pids != self._our_pids:
            self._our_pids = self.keep_alive.our_pids
            self._parts.watch.count_as_ours(self._our_pids)

    # --- wishes ----------------------------------------------------------------------------------

    def _carry_out(self, commands: Iterable[ka.KeepAliveCommand], now_ms: float) -> None:
        for command in commands:
            self._move(command)
            self._tell(command)
            if isinstance(command, ka.RememberFit | ka.TellUnloaded):
                self._care(command, now_ms)

    def _care(self, event: object, now_ms: float) -> None:
        parts = self._parts
        for command in self.care.handle(event, now_ms):
            match command:
                case ka.GiveWayStarted() | ka.GiveWayEnded():
                    self._carry_out(self.keep_alive.handle(command, now_ms), now_ms)
                case CleanCache():
                    parts.recognizer.clean_cache()
                case ReportMemory():
                    parts.recognizer.report_memory()
                case ReleaseSecondPass():
                    parts.recognizer.release_second_pass()
                case TellProblem():
                    parts.tell(command.problem)
                case gpu_care.SaveFits():
                    parts.save_fits(command.fits)
                case gpu_care.LogOperation():
                    parts.log_operation(command)
                case ka.ScheduleWake():
                    parts.schedule_care(command.at_ms)

    def _move(self, command: ka.KeepAliveCommand) -> None:
        parts = self._parts
        match command:
            case ka.LoadModel():
                parts.recognizer.load(command.model)
            case ka.UnloadModel():
                parts.recognizer.unload()
            case ka.UseRecognizer():
                parts.use_recognizer()
            case ka.PrepareStandby():
                parts.recognizer.standby(command.model)
            case ka.DropStandby():
                parts.recognizer.standby(None)
            case ka.ReadGpu():
                parts.watch.ask(command.moment, command.our_pids)
            case ka.AllowSleep():
                parts.allow_sleep()
            case ka.ScheduleWake():
                parts.schedule(command.at_ms)

    def _tell(self, command: ka.KeepAliveCommand) -> None:
        parts = self._parts
        match command:
            case TellProblem():
                parts.tell(command.problem)
            case ka.RefuseUnload():
                parts.say(_refusal(command))
            case ka.TellUnloaded():
                self.last_unload = command
                parts.say(command.sentence)
            case ka.TellUnavailable():
                if LEASE in command.holders:
                    parts.post(ModelUnavailable(command.problem))
                parts.post(HolderUnserved(command.holders, command.problem))


def _refusal(command: ka.RefuseUnload) -> str:
    known = [each for each in ("dictation", "captions") if each in command.holders]
    holders = " and ".join(
        dict.fromkeys([*known, *command.holders])
    )  # files last: their names end a sentence
    if command.is_waiting:
        return f"The model is in use by {holders}; it will be unloaded when that ends."
    return f"The model is in use by {holders}. End that first, then unload."
