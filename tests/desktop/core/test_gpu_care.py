"""The one object for the shell: nothing is lost between its parts, and the log tells who did what."""

from __future__ import annotations

from dataclasses import replace

from audio.events import Problem
from desktop.core.events import Origin, TimePassed
from desktop.core.giving_way import GameModeEnded, GameModeStarted, GivingWaySettings
from desktop.core.gpu_care import CleanRequested, GpuCare, GpuCareSettings, LogOperation, SaveFits
from desktop.core.gpu_policy import CacheCareSettings, CleanCache, Fit
from desktop.core.keep_alive_commands import (
    GiveWayEnded,
    GiveWayStarted,
    LeaseAcquired,
    ModelRequested,
    RememberFit,
    ScheduleWake,
    TellUnloaded,
)
from recognizer import events as rec
from recognizer.gpu_reading import GpuReading, GpuSnapshot

GIB, MIB = 1 << 30, 1 << 20
MODEL = rec.ModelSpec("paraformer-streaming", "zh", "/models/zh")
SMALLER = replace(MODEL, precision="bf16")
NO_ROOM = Problem("gpu-out-of-memory", "No room.", "Close something.")


def shot(used_bytes: int) -> GpuSnapshot:
    card = GpuReading(0, "GPU-0", "RTX", 10 * GIB, used_bytes, 0, used_bytes, 0, 5)
    return GpuSnapshot((card,), None, 0.0)


def memory(reserved_mib: int) -> rec.MemoryReported:
    return rec.MemoryReported(1, MIB, reserved_mib * MIB, reserved_mib * MIB, GIB)


def cleaned(before_mib: int, after_mib: int) -> rec.CacheCleaned:
    return rec.CacheCleaned(1, memory(before_mib), memory(after_mib), 3.0)


def care(**settings: object) -> GpuCare:
    made = GpuCare(GpuCareSettings(**settings))  # type: ignore[arg-type]
    made.handle(shot(GIB), 0.0)
    return made


def test_a_game_is_a_fact_a_log_line_and_later_a_wake_up() -> None:
    watched = care(giving_way=GivingWaySettings(calm_s=5.0))
    assert watched.handle(GameModeStarted(), 1.0) == [
        GiveWayStarted("GameMode", 1.0),
        LogOperation("give-way", "system", sentence="GameMode"),
    ]
    assert watched.handle(GameModeEnded(), 1000.0) == [ScheduleWake(6000.0)]
    assert watched.handle(TimePassed(6000.0), 6000.0) == [
        GiveWayEnded(6000.0),
        LogOperation("come-back", "system"),
    ]


def test_a_timer_that_rings_too_early_is_asked_for_again() -> None:
    watched = care(giving_way=GivingWaySettings(calm_s=5.0))
    watched.handle(GameModeStarted(), 1.0)
    watched.handle(GameModeEnded(), 1000.0)
    assert watched.handle(TimePassed(5_600.0), 5_600.0) == [ScheduleWake(6000.0)]
    assert GiveWayEnded(6000.0) in watched.handle(TimePassed(6000.0), 6000.0)


def test_the_log_tells_who_cleaned() -> None:
    watched = care(cache=CacheCareSettings(every_s=60.0))
    watched.handle(rec.Ready(1, MODEL, "cuda:0", 900.0, 77), 0.0)
    assert watched.handle(CleanRequested(Origin.TRAY, 1.0), 1.0) == [CleanCache(Origin.TRAY)]
    assert LogOperation("clean", "user", 900 * MIB, 100 * MIB) in watched.handle(cleaned(900, 100), 2.0)
    assert CleanCache(Origin.TIMER) in watched.handle(TimePassed(61_000.0), 61_000.0)
    assert LogOperation("clean", "timer", 800 * MIB, 100 * MIB) in watched.handle(cleaned(800, 100), 61_001.0)


def test_loads_and_unloads_are_logged() -> None:
    watched = care()
    watched.handle(ModelRequested(MODEL, Origin.COMMAND_LINE, 0.0), 0.0)
    (loaded,) = watched.handle(rec.Ready(1, MODEL, "cuda:0", 900.0, 77), 1.0)
    assert loaded == LogOperation("load", "user", sentence="zh on cuda:0 in 0.9 s")
    told = TellUnloaded(GIB, 0, (), Origin.TIMER, 2 * GIB, GIB, "Freed 1.0 GiB, 0 MiB of ours left.")
    (unloaded,) = watched.handle(told, 2.0)
    assert unloaded == LogOperation("unload", "timer", 2 * GIB, GIB, told.sentence)


def test_a_load_for_who_speaks_is_the_users_whoever_loaded_before() -> None:
    watched = care()
    watched.handle(ModelRequested(MODEL, Origin.SYSTEM, 0.0), 0.0)
    (loaded,) = watched.handle(rec.Ready(1, MODEL, "cpu", 900.0, 77), 1.0)
    assert isinstance(loaded, LogOperation) and loaded.by == "system"
    watched.handle(LeaseAcquired("dictation", 2.0), 2.0)
    (loaded,) = watched.handle(rec.Ready(2, MODEL, "cpu", 900.0, 78), 3.0)
    assert isinstance(loaded, LogOperation) and loaded.by == "user"


def test_what_fits_is_saved_and_forgotten_when_a_person_asks() -> None:
    watched = care()
    commands = watched.handle(RememberFit(MODEL, SMALLER, NO_ROOM), 1.0)
    fits = (Fit("GPU-0", MODEL, SMALLER, 9 * GIB),)
    assert commands == [
        LogOperation("fall-back", "system", sentence="zh runs in bf16 on auto"),
        SaveFits(fits),
    ]
    assert watched.fit(MODEL) == SMALLER
    assert watched.handle(ModelRequested(MODEL, Origin.SYSTEM, 2.0), 2.0) == []
    assert watched.handle(ModelRequested(MODEL, Origin.TRAY, 3.0), 3.0) == [SaveFits(())]
    assert watched.fit(MODEL) == MODEL


def test_settings_count_at_once() -> None:
    watched = care()
    assert watched.handle(shot(8 * GIB), 1.0) == []
    watched.configure(GpuCareSettings(threshold=0.5))
    assert len(watched.handle(shot(8 * GIB), 2.0)) == 1
    assert watched.is_over_threshold("GPU-0")
