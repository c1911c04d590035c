"""Cleaning, warning, choosing and remembering: each decision with its limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audio.events import Problem
from desktop.core.events import Origin, TimePassed
from desktop.core.gpu_policy import (
    CacheCare,
    CacheCareSettings,
    CardMemory,
    CleanCache,
    Fit,
    MemoryWarning,
    ReportMemory,
    choose_device,
)
from desktop.core.keep_alive_commands import RememberFit
from recognizer import events as rec
from recognizer.gpu_reading import GpuProcess, GpuReading, GpuSnapshot
from recognizer.problems import OUT_OF_MEMORY_CODE

GIB, MIB = 1 << 30, 1 << 20
MODEL = rec.ModelSpec("paraformer-streaming", "paraformer-zh-streaming", "/models/zh")
EMBEDDED = rec.ModelSpec("pocketsphinx", "en-us")
NO_ROOM = Problem(OUT_OF_MEMORY_CODE, "No room.", "Close something.")


def card(
    used_bytes: int, *, index: int = 0, ours_bytes: int | None = GIB, total_bytes: int = 10 * GIB
) -> GpuReading:
    game = GpuProcess(9, "game", used_bytes - (ours_bytes or 0), False)
    others_bytes = used_bytes - (ours_bytes or 0)
    return GpuReading(
        index, f"GPU-{index}", "RTX", total_bytes, used_bytes, ours_bytes, others_bytes, 0, 5, (game,)
    )


def shot(*cards: GpuReading) -> GpuSnapshot:
    return GpuSnapshot(cards, None, 0.0)


def memory(allocated_mib: int, reserved_mib: int) -> rec.MemoryReported:
    return rec.MemoryReported(1, allocated_mib * MIB, reserved_mib * MIB, reserved_mib * MIB, GIB)


def ready(device: str = "cuda:0") -> rec.Ready:
    return rec.Ready(1, MODEL, device, 900.0, 77)


FINAL = rec.Final(1, "", 100, 1.0)


def after_utterance(care: CacheCare, reported: rec.MemoryReported, now_ms: float) -> list[object]:
    care.handle(FINAL, now_ms)
    return [*care.handle(reported, now_ms)]


# --- cache care -------------------------------------------------------------------------------------


@pytest.fixture
def care() -> CacheCare:
    loaded = CacheCare(CacheCareSettings(slack_limit_bytes=512 * MIB, at_fraction=0.9, rest_s=20.0))
    loaded.handle(ready(), 0.0)
    return loaded


def test_after_each_utterance_the_worker_is_asked_and_slack_is_cleaned(care: CacheCare) -> None:
    assert care.handle(FINAL, 10.0) == [ReportMemory()]
    assert care.handle(memory(1000, 1512), 11.0) == []
    assert after_utterance(care, memory(1000, 1513), 12.0) == [CleanCache(Origin.THRESHOLD)]


def test_while_speaking_nothing_is_cleaned_for_slack(care: CacheCare) -> None:
    """The gauge asks for these figures too."""
    assert care.handle(memory(1000, 9000), 11.0) == []


def test_two_cleanings_keep_a_distance(care: CacheCare) -> None:
    assert after_utterance(care, memory(1000, 2000), 0.0)
    assert after_utterance(care, memory(1000, 2000), 19_999.0) == []
    assert after_utterance(care, memory(1000, 2000), 20_000.0)


def test_a_cleaning_that_helped_nothing_is_not_repeated_soon(care: CacheCare) -> None:
    after_utterance(care, memory(1000, 2000), 0.0)
    care.handle(rec.CacheCleaned(1, memory(1000, 2000), memory(1000, 2000), 3.0), 5.0)
    assert after_utterance(care, memory(1000, 2000), 60_000.0) == []
    assert after_utterance(care, memory(1000, 2000), 200_005.0)


def test_a_full_card_is_cleaned_if_we_are_on_it(care: CacheCare) -> None:
    assert care.handle(shot(card(8 * GIB)), 0.0) == []
    assert care.handle(shot(card(9 * GIB, ours_bytes=0)), 0.0) == []
    assert care.handle(shot(card(9 * GIB, ours_bytes=None)), 0.0) == [CleanCache(Origin.THRESHOLD)]


def test_by_the_clock_if_set() -> None:
    care = CacheCare(CacheCareSettings(every_s=600.0))
    assert care.wake_at_ms is None
    care.handle(ready(), 1_000.0)
    assert care.wake_at_ms == 601_000.0
    assert care.handle(TimePassed(600_999.0), 600_999.0) == []
    assert care.handle(TimePassed(601_000.0), 601_000.0) == [CleanCache(Origin.TIMER)]
    assert care.wake_at_ms == 1_201_000.0


def test_the_clock_waits_as_long_as_a_useless_cleaning_is_not_repeated() -> None:
    """A wake-up that may do nothing would be asked for again at once, without end."""
    care = CacheCare(CacheCareSettings(every_s=60.0, rest_s=20.0))
    care.handle(ready(), 0.0)
    assert care.handle(TimePassed(60_000.0), 60_000.0) == [CleanCache(Origin.TIMER)]
    care.handle(rec.CacheCleaned(1, memory(1, 900), memory(1, 899), 3.0), 60_100.0)
    assert care.wake_at_ms == 260_100.0
    assert care.handle(TimePassed(260_100.0), 260_100.0) == [CleanCache(Origin.TIMER)]


@pytest.mark.parametrize("event", [FINAL, memory(1, 9000), shot(card(10 * GIB)), TimePassed(1e9)])
def test_nothing_on_the_cpu_or_without_a_worker(event: object) -> None:
    care = CacheCare(CacheCareSettings(every_s=60.0))
    assert care.handle(event, 1e9) == []
    care.handle(ready("cpu"), 0.0)
    assert care.handle(event, 1e9) == []
    care.handle(ready(), 0.0)
    care.handle(rec.WorkerExited(1, 77, 0, True, False, 1.0), 1.0)
    assert care.handle(event, 1e9) == []


def test_every_limit_can_be_off() -> None:
    care = CacheCare(CacheCareSettings(slack_limit_bytes=0, at_fraction=0.0))
    care.handle(ready(), 0.0)
    assert after_utterance(care, memory(1, 9000), 1.0) == []
    assert care.handle(shot(card(10 * GIB)), 1.0) == []
    assert care.wake_at_ms is None


# --- warning ------------------------------------------------------------------------------------------


def test_the_threshold_warns_once_and_again_only_after_relief() -> None:
    warning = MemoryWarning(0.9)
    assert warning.handle(shot(card(8 * GIB))) == []
    (told,) = warning.handle(shot(card(9 * GIB)))
    assert told.problem.sentence == "RTX: 9.0 GiB of 10.0 GiB are used; game uses 8.0 GiB."
    assert warning.is_over("GPU-0")
    assert warning.handle(shot(card(int(8.6 * GIB)))) == []
    assert warning.handle(shot(card(9 * GIB))) == []
    assert warning.handle(shot(card(int(8.4 * GIB)))) == []
    assert not warning.is_over("GPU-0")
    assert len(warning.handle(shot(card(9 * GIB)))) == 1


def test_each_card_warns_for_itself_and_never_if_off() -> None:
    cards = shot(card(9 * GIB), card(GIB, index=1))
    assert len(MemoryWarning(0.9).handle(cards)) == 1
    assert MemoryWarning(0.0).handle(cards) == []


# --- device choice --------------------------------------------------------------------------------------


def test_auto_takes_the_card_with_most_free_memory() -> None:
    cards = shot(card(9 * GIB), card(2 * GIB, index=1), card(2 * GIB, index=2))
    assert choose_device(MODEL, cards).device == "cuda:1"


@pytest.mark.parametrize("device", ["cpu", "mps", "cuda:0"])
def test_a_chosen_device_stays(device: str) -> None:
    chosen = replace(MODEL, device=device)
    assert choose_device(chosen, shot(card(9 * GIB), card(GIB, index=1))) == chosen


def test_without_a_choice_nothing_is_chosen() -> None:
    two = shot(card(9 * GIB), card(GIB, index=1))
    assert choose_device(MODEL, None) == MODEL
    assert choose_device(MODEL, shot(card(GIB))) == MODEL
    assert choose_device(EMBEDDED, two) == EMBEDDED
    assert choose_device(MODEL, two, is_restricted=True) == MODEL


# --- what fits --------------------------------------------------------------------------------------


def test_what_fits_is_remembered_for_this_card_until_there_is_more_room() -> None:
    smaller = replace(MODEL, precision="bf16")
    memory = CardMemory()
    memory.remember(RememberFit(MODEL, smaller, NO_ROOM), card(9 * GIB))
    assert memory.start_with(MODEL, card(9 * GIB)) == smaller
    assert memory.start_with(MODEL, card(9 * GIB, index=1)) == MODEL, "another card"
    assert memory.start_with(MODEL, None) == MODEL
    assert memory.start_with(MODEL, card(8 * GIB)) == MODEL, "1 GiB more is free"
    assert CardMemory(memory.fits).start_with(MODEL, card(9 * GIB)) == smaller, "also after a restart"


def test_the_user_can_ask_for_all_of_it_again() -> None:
    memory = CardMemory((Fit("GPU-0", MODEL, replace(MODEL, device="cpu"), GIB),))
    memory.forget(MODEL)
    assert memory.start_with(MODEL, card(9 * GIB)) == MODEL
    assert memory.fits == ()


def test_only_want_of_room_is_remembered() -> None:
    memory = CardMemory()
    on_cpu = replace(MODEL, device="cpu")
    memory.remember(RememberFit(MODEL, on_cpu, Problem("cuda-absent", "No card.", "Buy one.")), card(GIB))
    memory.remember(RememberFit(MODEL, on_cpu, NO_ROOM), None)
    memory.remember(RememberFit(MODEL, MODEL, NO_ROOM), card(GIB))
    assert memory.fits == ()


def test_choice_and_memory_together() -> None:
    smaller = replace(MODEL, precision="bf16", device="cuda:1")
    cards = shot(card(9 * GIB), card(8 * GIB, index=1))
    memory = CardMemory()
    assert memory.fit(MODEL, cards).device == "cuda:1"
    memory.remember(RememberFit(MODEL, smaller, NO_ROOM), cards.readings[1])
    assert memory.fit(MODEL, cards) == smaller
    assert memory.fit(EMBEDDED, cards) == EMBEDDED
