"""From what the program knows to what the tray shows."""

from __future__ import annotations

from typing import Final

from audio.events import Problem
from desktop.controller import Controller, monotonic_ms
from desktop.core import keep_alive_problems
from desktop.core.gpu_policy import NEARLY_FULL, MemoryWarning
from desktop.core.keep_alive import State
from desktop.model_lifecycle import ModelLifecycle
from desktop.ui.tray_state import ModelPhase, TrayFacts
from recognizer import gpu_problems
from recognizer.events import ModelSpec, Ready
from recognizer.gpu_reading import GpuReading, GpuSnapshot
from recognizer.problems import OUT_OF_MEMORY_CODE

_MODEL_PHASES = {
    State.UNLOADED: ModelPhase.UNLOADED,
    State.STARTING: ModelPhase.LOADING,
    State.LOADING: ModelPhase.LOADING,
    State.READY: ModelPhase.READY,
    State.BUSY: ModelPhase.READY,
    State.IDLE: ModelPhase.READY,
    State.UNLOADING: ModelPhase.UNLOADING,
}

_DRIVER_TROUBLE: Final = {each.code for each in gpu_problems.ALL}
_NO_MODEL: Final = ("recognizer-", "server-", "model-", OUT_OF_MEMORY_CODE)
"""How the codes begin of what kept a model or a server from being ready."""
_SMALLER: Final = {
    keep_alive_problems.runs_smaller("", "", "").code,
    keep_alive_problems.runs_on_cpu("").code,
}
"""Said of a model that is ready, and true as long as it is."""


def tray_facts(
    controller: Controller,
    lifecycle: ModelLifecycle,
    model: ModelSpec,
    problem: Problem | None,
    threshold_percent: int,
    note: str,
) -> TrayFacts:
    """What the tray shows now."""
    since_ms = lifecycle.loading_since_ms
    return TrayFacts(
        model=_MODEL_PHASES[lifecycle.keep_alive.state],
        model_name=lifecycle.ready.model.name if lifecycle.ready else model.name,
        device=lifecycle.ready.device if lifecycle.ready else "",
        loading_s=None if since_ms is None else (monotonic_ms() - since_ms) / 1000.0,
        session=controller.session.phase,
        gpu=card_to_show(lifecycle),
        warn_fraction=threshold_percent / 100.0,
        problem=problem,
        note=note,
        stays_unloaded=lifecycle.keep_alive.stays_unloaded,
        gives_way_to=lifecycle.keep_alive.gives_way_to,
        standby_bytes=standby_bytes(lifecycle),
    )


def card_to_show(lifecycle: ModelLifecycle) -> GpuReading | None:
    """The card our model is on, else the first one; none where the driver does not answer."""
    readings = lifecycle.snapshot.readings if lifecycle.snapshot else ()
    device = lifecycle.ready.device if lifecycle.ready else ""
    kind, _, index = device.partition(":")
    if kind == "cuda":
        return next((each for each in readings if each.index == int(index or 0)), None)
    return max(readings, key=lambda each: each.ours_bytes or 0, default=None)


def is_over(problem: Problem, event: object, threshold_percent: int) -> bool:
    """Whether ``event`` shows that what ``problem`` tells is no longer so."""
    match event:
        case GpuSnapshot(problem=None) if event.readings:
            fullest = max(card.used_fraction for card in event.readings)
            has_room = fullest < threshold_percent / 100.0 - MemoryWarning.HYSTERESIS
            return problem.code in _DRIVER_TROUBLE or (problem.code == NEARLY_FULL and has_room)
        case Ready(notice=None):
            return problem.code.startswith(_NO_MODEL) and problem.code not in _SMALLER
    return False


def standby_bytes(lifecycle: ModelLifecycle) -> int:
    """What the prepared process keeps on the host; 0 while there is none."""
    life = lifecycle.keep_alive.standby
    return life.host_rss_bytes if life else 0
