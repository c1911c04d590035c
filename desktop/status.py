"""What ``plosive status --json`` answers: the same figures that icon and tooltip show."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from audio.events import Problem
from desktop.controller import Controller
from desktop.core.commands import DictationRecord, Phase
from desktop.core.keep_alive import State
from desktop.model_lifecycle import ModelLifecycle
from recognizer.events import ModelSpec
from recognizer.gpu_reading import GpuReading


def status(
    controller: Controller, lifecycle: ModelLifecycle, model: ModelSpec, problem: Problem | None, hotkey: str
) -> dict[str, Any]:
    """State of the running program. ``last_dictation`` carries the user's own words: to them only."""
    snapshot = lifecycle.snapshot
    return {
        "pid": os.getpid(),
        "state": state_word(controller.session.phase, lifecycle.keep_alive.state),
        "hotkey": hotkey,
        "model": _model(lifecycle, model),
        "leases": list(lifecycle.keep_alive.holders),
        "standby": _standby(lifecycle),
        "gives_way_to": lifecycle.keep_alive.gives_way_to or None,
        "stays_unloaded": lifecycle.keep_alive.stays_unloaded,
        "gpu": [_card(reading) for reading in snapshot.readings] if snapshot else [],
        "last_unload": _unload(lifecycle),
        "last_dictation": _dictation(controller.last_record),
        "problem": asdict(problem) if problem else None,
    }


def state_word(phase: Phase | None, model: State) -> str:
    """One word for what goes on: the dictation if there is one, else the model."""
    return phase.value if phase else model.value


def _model(lifecycle: ModelLifecycle, model: ModelSpec) -> dict[str, Any]:
    ready = lifecycle.ready
    memory = lifecycle.memory
    return {
        "name": ready.model.name if ready else model.name,
        "engine": ready.model.engine if ready else model.engine,
        "state": lifecycle.keep_alive.state.value,
        "device": ready.device if ready else None,
        "precision": ready.model.precision if ready else None,
        "pid": ready.pid if ready else None,
        "load_ms": round(ready.load_ms, 1) if ready else None,
        "allocated_bytes": memory.allocated_bytes if memory else None,
        "reserved_bytes": memory.reserved_bytes if memory else None,
    }


def _standby(lifecycle: ModelLifecycle) -> dict[str, Any] | None:
    """The prepared process beside the model: no memory of a card, some of the host."""
    life = lifecycle.keep_alive.standby
    if life is None:
        return None
    return {
        "is_ready": life.pid is not None,
        "pid": life.pid,
        "host_bytes": life.host_rss_bytes,
        "limit_bytes": lifecycle.keep_alive.settings.standby_limit_bytes,
    }


def _card(reading: GpuReading) -> dict[str, Any]:
    return {
        "index": reading.index,
        "name": reading.name,
        "total_bytes": reading.total_bytes,
        "used_bytes": reading.used_bytes,
        "ours_bytes": reading.ours_bytes,
        "others_bytes": reading.others_bytes,
        "used_percent": round(100 * reading.used_fraction),
        "is_asleep": reading.is_asleep,
    }


def _unload(lifecycle: ModelLifecycle) -> dict[str, Any] | None:
    told = lifecycle.last_unload
    if told is None:
        return None
    return {"sentence": told.sentence, "freed_bytes": told.freed_bytes, "left_bytes": told.left_bytes}


def _dictation(record: DictationRecord | None) -> dict[str, Any] | None:
    if record is None:
        return None
    latencies = asdict(record.latencies)
    return {
        "id": record.dictation_id,
        "text": record.text,
        "landed": record.landed,
        "method": record.method,
        "heard_ms": record.heard_ms,
        "speech_ms": record.speech_ms,
        "latencies": {name: None if ms is None else round(ms, 1) for name, ms in latencies.items()},
        "problem": asdict(record.problem) if record.problem else None,
    }
