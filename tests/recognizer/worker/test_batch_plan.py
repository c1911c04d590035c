"""Batches by memory: bounded, little padding, nothing left behind, and found again after a full device."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.worker.batch_plan import BatchLimits, BatchPlan, Piece, padded_ms_of

MIB = 1 << 20
lengths = st.lists(st.integers(100, 30_000), min_size=1, max_size=120)


def pieces(lengths_ms: list[int]) -> list[Piece]:
    return [Piece(key, length) for key, length in enumerate(lengths_ms)]


def seasoned(limits: BatchLimits | None = None, bytes_per_ms: int = 10_000) -> BatchPlan:
    """One that has seen what batches take, up to 400 s."""
    plan = BatchPlan(limits or BatchLimits())
    for padded_ms in (20_000, 50_000, 100_000, 200_000, 400_000):
        plan.succeeded(padded_ms, padded_ms / 1000.0, 5 * MIB + padded_ms * bytes_per_ms)
    return plan


@given(lengths, st.integers(0, 4096))
def test_batches_take_everything_once_and_keep_their_bounds(lengths_ms: list[int], room_mib: int) -> None:
    limits = BatchLimits()
    plan = seasoned(limits)
    waiting = pieces(lengths_ms)
    taken: list[Piece] = []
    while waiting:
        batch = plan.choose(waiting, room_mib * MIB)
        assert waiting[0] in batch, "the oldest never waits for another turn"
        assert len(batch) <= limits.most_pieces
        if len(batch) > 1:
            assert padded_ms_of(batch) <= plan.capacity_ms(room_mib * MIB)
            padding_ms = padded_ms_of(batch) - sum(each.length_ms for each in batch)
            assert padding_ms <= limits.padding_share * padded_ms_of(batch)
        taken += batch
        waiting = [each for each in waiting if each not in batch]
    assert sorted(each.key for each in taken) == list(range(len(lengths_ms)))


@given(lengths)
def test_the_same_history_gives_the_same_batches(lengths_ms: list[int]) -> None:
    assert seasoned().choose(pieces(lengths_ms), 900 * MIB) == seasoned().choose(
        pieces(lengths_ms), 900 * MIB
    )


@given(st.lists(st.tuples(st.integers(1_000, 400_000), st.integers(0, 8_000 * MIB)), min_size=1, max_size=30))
def test_nothing_larger_than_fits_by_what_was_seen(seen: list[tuple[int, int]]) -> None:
    plan = BatchPlan(BatchLimits(take_ms=1e12, memory_share=1.0))
    for padded_ms, peak_bytes in seen:
        plan.succeeded(padded_ms, 1.0, peak_bytes)
    for padded_ms, peak_bytes in seen:
        room = peak_bytes - 1
        larger = [other for other, peak in seen if peak > room and other <= padded_ms]
        if peak_bytes and padded_ms in larger and plan.capacity_ms(room) > 1_000:
            assert plan.capacity_ms(room) <= padded_ms, "it was seen to take more than there is"


def test_without_experience_it_begins_small_and_doubles() -> None:
    plan = BatchPlan(BatchLimits(take_ms=1e12))
    seen = []
    for _ in range(8):
        seen.append(plan.capacity_ms(None))
        plan.succeeded(seen[-1], 1.0, None)
    assert seen[:4] == [30_000, 60_000, 120_000, 240_000]
    assert seen[-1] == BatchLimits().most_ms


def test_a_batch_takes_no_longer_than_a_dictation_may_wait() -> None:
    plan = BatchPlan(BatchLimits(take_ms=2_000.0))
    for _ in range(20):
        padded_ms = plan.capacity_ms(None)
        plan.succeeded(padded_ms, padded_ms * 0.05, None)
    assert plan.capacity_ms(None) == 40_000


def test_half_after_a_full_device_and_back_slowly() -> None:
    plan = seasoned(BatchLimits(take_ms=1e12))
    before_ms = plan.capacity_ms(8_000 * MIB)
    plan.ran_out_of_memory(before_ms)
    halved_ms = plan.capacity_ms(8_000 * MIB)
    assert halved_ms == before_ms // 2
    batches = 0
    while plan.ceiling_ms is not None:
        padded_ms = plan.capacity_ms(8_000 * MIB)
        assert padded_ms <= plan.ceiling_ms
        plan.succeeded(padded_ms, 1.0, 1)
        batches += 1
    assert 10 < batches < 40
    assert plan.capacity_ms(8_000 * MIB) >= before_ms


def test_small_batches_prove_nothing_about_large_ones() -> None:
    plan = seasoned()
    plan.ran_out_of_memory(100_000)
    for _ in range(100):
        plan.succeeded(5_000, 1.0, 1)
    assert plan.ceiling_ms == 50_000


def test_again_and_again_out_of_memory_still_leaves_a_least() -> None:
    plan = BatchPlan()
    for _ in range(40):
        plan.ran_out_of_memory(plan.capacity_ms(None))
    assert plan.capacity_ms(None) == 1_000


def test_little_room_means_small_batches() -> None:
    plan = seasoned(bytes_per_ms=10_000)
    small, large = plan.capacity_ms(500 * MIB), plan.capacity_ms(2_000 * MIB)
    assert 20_000 < small < 45_000 and 150_000 < large < 180_000
    assert plan.capacity_ms(0) == 1_000
