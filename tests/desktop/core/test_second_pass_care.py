"""The second pass goes after a while without speech, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.core.events import TimePassed
from desktop.core.gpu_care import GpuCare, GpuCareSettings
from desktop.core.keep_alive_commands import ScheduleWake
from desktop.core.second_pass_care import ReleaseSecondPass, SecondPassCare
from recognizer.events import Final, ModelSpec, Partial, Ready

ONE = ModelSpec("scripted", "one")
TWO = replace(ONE, second_pass="sensevoice")


def test_released_once_after_the_time_without_speech() -> None:
    care = SecondPassCare(60.0)
    care.handle(Ready(1, TWO, "cpu", 1.0, 7), 0.0)
    assert care.wake_at_ms is None  # it is loaded with the first utterance only
    care.handle(Final(1, "a", 600, 1.0), 1_000.0)
    care.handle(Partial(2, "b", "", 600), 31_000.0)
    assert care.wake_at_ms == 91_000.0
    assert care.handle(TimePassed(61_000.0), 61_000.0) == []
    assert care.handle(TimePassed(91_000.0), 91_000.0) == [ReleaseSecondPass()]
    assert care.handle(TimePassed(999_000.0), 999_000.0) == []
    care.handle(Final(2, "b", 600, 1.0), 1_000_000.0)
    assert care.wake_at_ms == 1_060_000.0


@pytest.mark.parametrize("option", ["punctuation", "speakers_model"])
def test_nothing_to_release_without_one(option: str) -> None:
    care = SecondPassCare(60.0)
    care.handle(Ready(1, ONE, "cpu", 1.0, 7), 0.0)
    care.handle(Final(1, "a", 600, 1.0), 0.0)
    assert care.wake_at_ms is None
    punctuated = replace(ONE, options=((option, "folder"),))
    care.handle(Ready(1, punctuated, "cpu", 1.0, 7), 0.0)
    care.handle(Final(1, "a", 600, 1.0), 0.0)
    assert care.wake_at_ms == 60_000.0


def test_nought_keeps_it() -> None:
    care = SecondPassCare(0.0)
    care.handle(Ready(1, TWO, "cpu", 1.0, 7), 0.0)
    care.handle(Final(1, "a", 600, 1.0), 0.0)
    assert care.wake_at_ms is None


def test_the_card_care_asks_for_the_wake_up_and_releases() -> None:
    care = GpuCare(GpuCareSettings(second_pass_keep_s=5.0))
    care.handle(Ready(1, TWO, "cpu", 1.0, 7), 0.0)
    assert ScheduleWake(6_000.0) in care.handle(Final(1, "a", 600, 1.0), 1_000.0)
    assert ReleaseSecondPass() in care.handle(TimePassed(6_000.0), 6_000.0)
