"""Sound against the clock: what is late is late, what is lost is silence in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.delivery import DeliveryClock

BLOCK_S = 0.01
BLOCK = b"\x01\x01" * 160


def deliver(arrivals_s: list[float]) -> tuple[DeliveryClock, bytes]:
    clock = DeliveryClock(bytes_per_s=32_000, sample_bytes=2)
    pieces = [piece for at_s in arrivals_s for piece in clock.feed(BLOCK, at_s)]
    return clock, b"".join(pieces + clock.release())


def steadily(blocks: int, begin_s: float = 0.0) -> list[float]:
    return [begin_s + BLOCK_S * (index + 1) for index in range(blocks)]


def test_a_steady_stream_passes_untouched() -> None:
    clock, heard = deliver(steadily(500))
    assert heard == BLOCK * 500
    assert clock.lost_s == 0


@pytest.mark.parametrize("gap_s", [0.2, 0.5, 1.3, 3.0])
def test_a_hole_is_filled_in_its_place(gap_s: float) -> None:
    clock, heard = deliver(steadily(200) + steadily(200, 2.0 + gap_s))
    assert clock.lost_s == pytest.approx(gap_s, abs=0.001)
    samples = np.frombuffer(heard, "<i2")
    hole = np.flatnonzero(samples == 0)
    assert hole.size == pytest.approx(gap_s * 16_000, abs=16)
    assert hole[0] == 200 * 160
    assert np.count_nonzero(samples) == 400 * 160


@pytest.mark.parametrize("late_s", [0.2, 0.6, 2.0])
def test_what_is_only_late_is_not_lost(late_s: float) -> None:
    waiting = round(late_s / BLOCK_S)
    burst = [1.0 + late_s + 0.0001 * index for index in range(waiting + 1)]
    clock, heard = deliver(steadily(100) + burst + steadily(300, 1.0 + late_s + BLOCK_S))
    assert clock.lost_s == 0
    assert heard == BLOCK * (100 + waiting + 1 + 300)


def test_a_slow_loss_is_counted_though_its_place_is_unknown() -> None:
    arrivals = [at_s for index, at_s in enumerate(steadily(1_000)) if index % 10]
    clock, heard = deliver(arrivals)
    assert 0.7 < clock.lost_s <= 1.0  # the first second sets the measure, the last is not over
    assert heard == BLOCK * len(arrivals)


@pytest.mark.parametrize("drift", [-0.0003, 0.0003])
def test_a_sound_card_with_its_own_clock_loses_nothing(drift: float) -> None:
    clock, _ = deliver([at_s * (1 + drift) for at_s in steadily(60_000)])
    assert clock.lost_s == 0


@given(st.lists(st.floats(0, 0.1), min_size=50, max_size=400))
def test_jitter_loses_nothing(delays_s: list[float]) -> None:
    arrivals = np.maximum.accumulate(np.array(steadily(len(delays_s))) + np.array(delays_s))
    arrivals[::10] = np.array(steadily(len(delays_s)))[::10]  # a device is late at times, not for ever
    clock, heard = deliver(np.maximum.accumulate(arrivals).tolist())
    assert clock.lost_s < 0.12
    assert len(heard) >= len(BLOCK) * len(delays_s)
