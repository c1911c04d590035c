"""Audio time in step with the clock, over hours of arrivals that are late now and then."""

from __future__ import annotations

import numpy as np
import pytest

from audio.pcm import FRAME_MS
from audio.timekeeping import ALLOWED_MS, Timekeeper

HOUR_MS = 3_600_000


def drift_ms(rate: float, length_ms: int, quiet_every_ms: int = 3_000, late_ms: float = 60.0) -> list[float]:
    """How far the sound is behind the clock, frame by frame, with ``rate`` of the sound that should come."""
    keeper, chance = Timekeeper(), np.random.default_rng(1)
    heard_ms, passed_ms, behind = 0, 0.0, []
    for late in chance.exponential(late_ms / 4, int(length_ms / FRAME_MS)):
        passed_ms += FRAME_MS / rate
        is_quiet = passed_ms % quiet_every_ms > quiet_every_ms - 400
        correction_ms = keeper.correction_ms(heard_ms + FRAME_MS, passed_ms + late, is_quiet)
        if correction_ms >= 0:
            heard_ms += FRAME_MS + correction_ms
        behind.append(passed_ms - heard_ms)
    return behind


def test_a_true_source_is_left_alone() -> None:
    assert max(map(abs, drift_ms(1.0, HOUR_MS // 4))) < FRAME_MS


@pytest.mark.parametrize("rate", [0.9995, 1.0005, 0.998, 1.002])
def test_a_slow_or_fast_source_is_kept_in_step_for_an_hour(rate: float) -> None:
    assert abs(1 - rate) * HOUR_MS > 10 * ALLOWED_MS, "or the test would prove nothing"
    assert max(map(abs, drift_ms(rate, HOUR_MS))) < 2 * ALLOWED_MS


def test_nothing_is_put_into_speech() -> None:
    keeper = Timekeeper()
    for at_ms in range(0, 60_000, FRAME_MS):
        assert keeper.correction_ms(at_ms, at_ms + 500.0, is_quiet=False) == 0
    assert keeper.correction_ms(60_000, 60_500.0, is_quiet=True) == 500


def test_one_late_moment_is_no_loss() -> None:
    keeper = Timekeeper()
    for at_ms in range(0, 20_000, FRAME_MS):
        late_ms = 900.0 if 7_000 < at_ms < 8_000 else 5.0
        assert keeper.correction_ms(at_ms, at_ms + late_ms, is_quiet=True) == 0
