"""Facts told to ``KeepAlive`` and its wishes. Immutable; times are monotonic wall time in ms.

Besides these it takes ``desktop.core.events.TimePassed``, ``recognizer.gpu_reading.GpuSnapshot`` and
``WorkerStarting Loading Ready LoadFailed StandbyReady WorkerExited`` of ``recognizer.events``.

Over 250 lines because every fact and wish stands here with its meaning, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import Problem
from desktop.core.commands import TellProblem
from desktop.core.events import Origin
from recognizer.events import ModelSpec
from recognizer.gpu_reading import Moment

# --- facts ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaseAcquired:
    """``holder`` (``dictation``, ``captions``, ``file …``) needs the model from now on."""

    holder: str
    now_ms: float


@dataclass(frozen=True, slots=True)
class LeaseReleased:
    """``holder`` needs it no longer."""

    holder: str
    now_ms: float


@dataclass(frozen=True, slots=True)
class ModelChosen:
    """The settings name another model (``None``: none is installed); leases load this one."""

    model: ModelSpec | None
    now_ms: float


@dataclass(frozen=True, slots=True)
class ModelRequested:
    """Somebody asked for this model to be loaded now; ends "stay unloaded"."""

    model: ModelSpec
    origin: Origin
    now_ms: float


@dataclass(frozen=True, slots=True)
class UnloadRequested:
    """Somebody asked for the memory back.

    While leases are held: ``wait`` unloads when the last one ends, otherwise the request is refused.
    ``stay``: afterwards nothing loads by itself until asked ("unload before gaming").
    """

    origin: Origin
    now_ms: float
    wait: bool = False
    stay: bool = False


@dataclass(frozen=True, slots=True)
class UnloadCancelled:
    """The user no longer wants the unload that waits for a lease."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """New ``KeepAliveSettings`` hold from now on."""

    settings: KeepAliveSettings
    now_ms: float


@dataclass(frozen=True, slots=True)
class GiveWayStarted:
    """Something else needs the card: ``reason`` names it in the user's words."""

    reason: str
    now_ms: float


@dataclass(frozen=True, slots=True)
class GiveWayEnded:
    """It is gone."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class Suspending:
    """The computer is about to sleep; ``SleepAllowed`` is awaited, for a few seconds only."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """It woke up."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class SessionLocked:
    """The screen was locked."""

    now_ms: float


@dataclass(frozen=True, slots=True)
class Quitting:
    """The program ends: everything is given back, nothing is loaded any more."""

    now_ms: float


# --- settings -----------------------------------------------------------------------------------


class GiveWayTo(StrEnum):
    """What a lease gets while the card belongs to someone else.

    ``CPU``: the model runs on the processor, slower but at once. ``NOTHING``: nothing is loaded and
    the user is told; what was said is kept and can be recognised afterwards.
    """

    CPU = "cpu"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class KeepAliveSettings:
    """``idle_unload_s`` 0: never by itself. ``give_way_to`` also decides what the dictation key gets
    after "unload before gaming": the CPU, or a sentence that says why not. ``standby_limit_bytes``:
    a standby worker that keeps more on the host is dropped. ``retry_s``: pauses between a few quick tries;
    ``patience_s``: between those that follow while somebody waits for a server.
    """

    idle_unload_s: float = 300.0
    give_way_to: GiveWayTo = GiveWayTo.CPU
    comes_back: bool = True
    standby: bool = False
    standby_limit_bytes: int = 3 << 30
    unload_on_lock: bool = False
    start_limit_s: float = 240.0
    retry_s: tuple[float, ...] = (1.0, 3.0, 8.0)
    patience_s: float = 30.0


# --- wishes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadModel:
    """``recognizer.load(model)``; no worker with the card exists at that moment."""

    model: ModelSpec


@dataclass(frozen=True, slots=True)
class UnloadModel:
    """``recognizer.unload()``; ``WorkerExited`` is awaited. ``is_urgent``: suspend or quit, do not linger."""

    origin: Origin
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class UseRecognizer:
    """``model`` belongs to another recognizer (a server, or this computer): exchange it.

    Nobody holds a lease at that moment, and the former one was told to unload and keeps no standby.
    """

    model: ModelSpec | None


@dataclass(frozen=True, slots=True)
class PrepareStandby:
    """``recognizer.standby(model)``."""

    model: ModelSpec


@dataclass(frozen=True, slots=True)
class DropStandby:
    """``recognizer.standby(None)``."""


@dataclass(frozen=True, slots=True)
class RefuseUnload:
    """Tell who keeps the model; ``is_waiting``: it will be unloaded when they are done."""

    holders: tuple[str, ...]
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class ReadGpu:
    """Read the driver now, counting ``our_pids`` as ours; answered by ``GpuSnapshot`` with ``moment``."""

    moment: Moment
    our_pids: frozenset[int]


@dataclass(frozen=True, slots=True)
class TellUnloaded:
    """What came back, from the driver. ``None`` where it cannot be known or nothing was on a card.

    ``left_names`` are processes of ours that still hold memory. ``sentence`` says all of it.
    """

    freed_bytes: int | None
    left_bytes: int | None
    left_names: tuple[str, ...]
    origin: Origin
    before_bytes: int | None
    after_bytes: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class TellUnavailable:
    """Nobody will recognise what ``holders`` hear: hand ``ModelUnavailable(problem)`` to the session."""

    holders: tuple[str, ...]
    problem: Problem


@dataclass(frozen=True, slots=True)
class RememberFit:
    """The card had no room for ``asked``; ``fitted`` runs. Kept for this card, with a way back."""

    asked: ModelSpec
    fitted: ModelSpec
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class AllowSleep:
    """Nothing of ours is on the card any more: release the sleep inhibitor."""


@dataclass(frozen=True, slots=True)
class ScheduleWake:
    """Post ``TimePassed`` at ``at_ms``; replaces the one asked for before; ``None``: none is needed."""

    at_ms: float | None


KeepAliveCommand = (
    LoadModel
    | UnloadModel
    | UseRecognizer
    | PrepareStandby
    | DropStandby
    | RefuseUnload
    | ReadGpu
    | TellUnloaded
    | TellUnavailable
    | TellProblem
    | RememberFit
    | AllowSleep
    | ScheduleWake
)
