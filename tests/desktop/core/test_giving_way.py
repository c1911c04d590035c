"""Who gets the card: reasons come and go, and the core tells it once each way."""

from __future__ import annotations

from desktop.core import giving_way as gw
from desktop.core.events import TimePassed
from desktop.core.keep_alive_commands import GiveWayEnded, GiveWayStarted
from recognizer.gpu_reading import GpuProcess, GpuReading, GpuSnapshot

GIB, MIB = 1 << 30, 1 << 20
SETTINGS = gw.GivingWaySettings(floor_bytes=GIB, settle_s=2.0, calm_s=5.0)


def shot(others_bytes: int, ours_bytes: int = 0, total_bytes: int = 8 * GIB) -> GpuSnapshot:
    game = GpuProcess(9, "game", others_bytes, False)
    used_bytes = others_bytes + ours_bytes
    card = GpuReading(0, "GPU-0", "RTX", total_bytes, used_bytes, ours_bytes, others_bytes, 0, 5, (game,))
    return GpuSnapshot((card,), None, 0.0)


def tick(way: gw.GivingWay, now_ms: float) -> list[gw.Way]:
    return way.handle(TimePassed(now_ms), now_ms)


def test_a_full_screen_must_last() -> None:
    way = gw.GivingWay(SETTINGS)
    assert way.handle(gw.FullScreenStarted("mpv"), 0.0) == []
    assert way.wake_at_ms == 2_000.0
    assert way.handle(gw.FullScreenEnded(), 1_000.0) == []
    assert way.wake_at_ms is None
    way.handle(gw.FullScreenStarted("mpv"), 3_000.0)
    assert tick(way, 5_000.0) == [GiveWayStarted("full screen: mpv", 5_000.0)]
    assert tick(way, 6_000.0) == []


def test_it_comes_back_after_a_calm_time() -> None:
    way = gw.GivingWay(SETTINGS)
    assert way.handle(gw.GameModeStarted(), 0.0) == [GiveWayStarted("GameMode", 0.0)]
    assert way.handle(gw.GameModeEnded(), 10_000.0) == []
    assert way.wake_at_ms == 15_000.0
    assert way.handle(gw.GameModeStarted(), 12_000.0) == []
    assert way.wake_at_ms is None
    way.handle(gw.GameModeEnded(), 20_000.0)
    assert tick(way, 25_000.0) == [GiveWayEnded(25_000.0)]
    assert tick(way, 26_000.0) == []


def test_the_last_reason_counts() -> None:
    way = gw.GivingWay(SETTINGS)
    way.handle(gw.ListedProgramsChanged(("blender", "steam")), 0.0)
    way.handle(gw.GameModeStarted(), 1.0)
    way.handle(gw.ListedProgramsChanged(()), 2.0)
    assert tick(way, 60_000.0) == []
    way.handle(gw.GameModeEnded(), 60_000.0)
    assert tick(way, 65_000.0) == [GiveWayEnded(65_000.0)]


def test_listed_programs_are_named() -> None:
    way = gw.GivingWay(SETTINGS)
    (started,) = way.handle(gw.ListedProgramsChanged(("blender", "steam")), 0.0)
    assert started == GiveWayStarted("blender, steam", 0.0)


def test_pressure_by_others_is_named_and_lasts_until_there_is_room_for_us_too() -> None:
    way = gw.GivingWay(SETTINGS)
    assert way.handle(shot(2 * GIB, ours_bytes=2 * GIB), 0.0) == []
    assert way.handle(shot(int(5.5 * GIB), ours_bytes=2 * GIB), 1_000.0) == []
    (started,) = way.handle(shot(int(5.5 * GIB), ours_bytes=2 * GIB), 3_000.0)
    assert started == GiveWayStarted("only 512 MiB free, game uses 5.5 GiB", 3_000.0)
    assert way.wants_gpu_watch
    assert way.handle(shot(int(5.5 * GIB)), 4_000.0) == []
    assert tick(way, 60_000.0) == [], "2.5 GiB are free, but we would need 2 of them"
    way.handle(shot(4 * GIB), 61_000.0)
    assert tick(way, 66_000.0) == [GiveWayEnded(66_000.0)]
    assert not way.wants_gpu_watch


def test_what_we_fill_ourselves_is_no_pressure() -> None:
    way = gw.GivingWay(SETTINGS)
    way.handle(shot(GIB), 0.0)
    way.handle(shot(GIB, ours_bytes=int(6.8 * GIB)), 1_000.0)
    assert tick(way, 60_000.0) == []


def test_every_reason_can_be_off() -> None:
    off = gw.GivingWaySettings(full_screen=False, game_mode=False, listed=False, floor_bytes=0)
    way = gw.GivingWay(off)
    for event in (
        gw.FullScreenStarted("mpv"), gw.GameModeStarted(), gw.ListedProgramsChanged(("steam",)),
        shot(GIB), shot(8 * GIB),
    ):  # fmt: skip
        assert way.handle(event, 0.0) == []
    assert tick(way, 60_000.0) == []
    assert way.wake_at_ms is None


def test_a_driver_that_fails_for_a_moment_does_not_end_a_game() -> None:
    way = gw.GivingWay(SETTINGS)
    way.handle(shot(GIB), 0.0)
    way.handle(gw.GameModeStarted(), 1.0)
    way.handle(GpuSnapshot((), None, 0.0), 2.0)
    assert tick(way, 60_000.0) == []


def test_without_a_card_there_is_nothing_to_give() -> None:
    way = gw.GivingWay(SETTINGS)
    way.handle(GpuSnapshot((), None, 0.0), 0.0)
    assert way.handle(gw.GameModeStarted(), 1.0) == []
    assert tick(way, 60_000.0) == []
