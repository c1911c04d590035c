"""One time for two sources, whatever their cards and the machine do to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.core.captions_clock import WINDOW_MS, SampleClock

LATE = st.lists(st.floats(0.0, 400.0), min_size=50, max_size=200)


@given(LATE)
def test_a_busy_machine_moves_no_time_by_more_than_its_best_moment(late_ms: list[float]) -> None:
    """Sound arrives late, now more, now less; at least once in a window it is hardly late."""
    clock = SampleClock()
    for number, late in enumerate(late_ms):
        until_ms = (number + 1) * 40
        lateness = 1.0 if number % 20 == 0 else late
        clock.arrived(until_ms, 5_000.0 + until_ms + lateness)
        assert 5_000.0 + until_ms <= clock.wall_ms(until_ms) <= 5_000.0 + until_ms + 1.0


def test_a_card_that_runs_slow_or_fast_is_followed() -> None:
    for rate in (0.9999, 1.0001):  # 0.36 s in an hour
        clock = SampleClock()
        for until_ms in range(40, 3_600_000, 40):
            clock.arrived(until_ms, until_ms * rate + 2.0)
        assert abs(clock.wall_ms(3_600_000) - 3_600_000 * rate) < 2.0 + 2 * WINDOW_MS * 0.0001 + 0.1


def test_before_anything_has_arrived_audio_time_is_all_there_is() -> None:
    assert SampleClock().wall_ms(120) == 120.0
