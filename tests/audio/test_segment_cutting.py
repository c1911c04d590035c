"""Where recordings are cut: drawings of speech and silence, and properties that hold for all of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.segment_cutting import Cut, SegmentCutter, SegmentRules, rules_for

SMALL = SegmentRules(
    longest_ms=4_000, shortest_ms=1_000, best_pause_ms=400, least_pause_ms=60, skipped_silence_ms=1_000,
    pre_roll_ms=100, hangover_ms=100, overlap_ms=300, least_speech_ms=20,
)  # fmt: skip


def speech(*lengths_ms: int) -> list[bool]:
    """Speech, silence, speech, … of these lengths."""
    return [at % 2 == 0 for at, length_ms in enumerate(lengths_ms) for _ in range(length_ms // 20)]


def cuts_of(flags: list[bool], rules: SegmentRules, block: int = 7) -> list[Cut]:
    cutter, cuts = SegmentCutter(rules), []
    for at in range(0, len(flags), block):
        cuts += cutter.feed(flags[at : at + block])
    return cuts + cutter.flush()


def times(flags: list[bool], rules: SegmentRules | None = None) -> list[tuple[int, int, int]]:
    """(start, end, overlap) in ms."""
    cuts = cuts_of(flags, rules or SegmentRules())
    return [(cut.start * 20, cut.end * 20, cut.overlap * 20) for cut in cuts]


def test_short_recordings_are_one_segment() -> None:
    assert times([]) == []
    assert times([False] * 500) == []
    assert times(speech(200)) == [(0, 200, 0)]
    assert times(speech(80, 9_000, 80, 9_000, 100)) == [(17_660, 18_260, 0)]  # clicks, and a short word
    assert times([False] * 50 + speech(3_000, 1_000)) == [(500, 4_700, 0)]
    assert times(speech(5_000, 2_000, 5_000)) == [(0, 12_000, 0)]  # neither half would be long enough


def test_a_long_pause_is_the_first_choice() -> None:
    assert times(speech(9_000, 1_200, 9_000)) == [(0, 9_700, 0), (9_700, 19_200, 0)]
    assert times(speech(9_000, 1_180, 9_000)) == [(0, 19_180, 0)]  # not long enough, and the whole fits


def test_long_silence_is_skipped_and_times_stay_right() -> None:
    assert times(speech(3_000, 60_000, 3_000)) == [(0, 3_700, 0), (62_500, 66_000, 0)]
    hour = speech(3_000, 3_600_000, 3_000)
    assert times(hour)[1] == (3_602_500, 3_606_000, 0)


def test_a_segment_that_grows_takes_a_shorter_pause() -> None:
    flags = speech(20_000, 300, 18_000, 300, 20_000)  # the later of two alike, for the segment has grown
    assert times(flags) == [(0, 38_440, 0), (38_440, 58_600, 0)]
    flags = speech(20_000, 900, 18_000, 120, 20_000)
    assert times(flags)[0][1] == 20_440  # a real pause is worth more than a long segment


def test_without_any_pause_windows_overlap() -> None:
    found = times(speech(100_000))
    assert [overlap for _, _, overlap in found] == [0, 2_000, 2_000]
    assert found[0] == (0, 43_800, 0)
    assert found[1][0] == found[0][1] - 2_000
    assert found[-1][1] == 100_000
    assert all(end - start >= 8_000 for start, end, _ in found)


def test_the_end_of_endless_speech_is_not_a_splinter() -> None:
    for length_ms in range(45_000, 60_000, 740):
        found = times(speech(length_ms))
        assert all(end - start >= 8_000 for start, end, _ in found), length_ms
        assert found[-1][1] == length_ms // 20 * 20


def test_lengths_go_by_the_length_of_the_recording() -> None:
    minute_ms = 60_000
    lengths = [
        rules_for(ms).longest_ms // 1000 for ms in (None, 0, 30 * minute_ms, 31 * minute_ms, 90 * minute_ms)
    ]
    assert lengths == [45, 45, 45, 60, 60]
    assert rules_for(127 * minute_ms).longest_ms == 90_000
    assert rules_for(127 * minute_ms, longer_s=120).longest_ms == 120_000
    assert rules_for(None, up_to_30_min_s=1).longest_ms == 12_000


@pytest.mark.parametrize(
    "wrong",
    [{"longest_ms": 9_000}, {"shortest_ms": 1_000}, {"skipped_silence_ms": 500}, {"best_pause_ms": 9_000}],
)
def test_rules_that_leave_no_room_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="ms"):
        SegmentRules(**wrong)


recordings = st.lists(st.integers(1, 400), max_size=40).flatmap(
    lambda lengths: st.just([at % 2 == 0 for at, length in enumerate(lengths) for _ in range(length)])
)
talk = st.lists(st.tuples(st.integers(1, 120), st.integers(1, 70)), max_size=60).map(
    lambda pairs: [flag for speech_, pause in pairs for flag in [True] * speech_ + [False] * pause]
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(recordings, talk), st.integers(1, 300))
def test_no_speech_is_lost_and_every_bound_holds(flags: list[bool], block: int) -> None:
    cuts = cuts_of(flags, SMALL, block)
    covered = [False] * len(flags)
    for cut in cuts:
        assert 0 <= cut.start < cut.end <= len(flags)
        assert (cut.end - cut.start) * 20 <= SMALL.longest_ms
        covered[cut.start : cut.end] = [True] * (cut.end - cut.start)
    assert [at for at, flag in enumerate(flags) if flag and not covered[at]] == []
    for before, after in pairwise(cuts):
        assert before.start < after.start and before.end < after.end, "out of order"
        assert after.overlap == max(0, before.end - after.start)
        assert after.overlap * 20 <= SMALL.overlap_ms
        if after.overlap:  # only where there was nothing to cut at that leaves both sides long enough
            shortest = SMALL.shortest_ms // 20
            middle = flags[before.start + SMALL.pre_roll_ms // 20 + shortest : after.end - shortest - 5]
            most = (SMALL.longest_ms - SMALL.pre_roll_ms - SMALL.hangover_ms) // 20
            assert longest_pause(middle[: most - shortest]) * 20 < SMALL.least_pause_ms
    silent = [at for at in range(len(flags)) if covered[at]]
    assert not silent or longest_pause([flags[at] for at in silent]) * 20 < SMALL.skipped_silence_ms + 200


@settings(deadline=None, max_examples=200)
@given(st.one_of(recordings, talk))
def test_blocks_of_any_size_cut_alike_and_little_is_kept(flags: list[bool]) -> None:
    cutter, cuts, needed = SegmentCutter(SMALL), list[Cut](), 0
    most = (SMALL.longest_ms + SMALL.shortest_ms + 2 * SMALL.skipped_silence_ms + SMALL.pre_roll_ms) // 20
    for at, flag in enumerate(flags):
        found = cutter.feed((flag,))
        assert not found or found[0].start >= needed
        cuts += found
        needed = cutter.needed_from
        assert at - needed <= most
    assert cuts + cutter.flush() == cuts_of(flags, SMALL, 1_000)


@settings(deadline=None, max_examples=200)
@given(talk)
def test_no_segment_is_short_beside_a_neighbour(flags: list[bool]) -> None:
    """Within one stretch of speech none is too short: there is always a better cut, or a window."""
    cuts = cuts_of(flags, SMALL)
    for before, after in pairwise(cuts):
        is_one_stretch = (
            not after.overlap and after.start - before.end < (SMALL.skipped_silence_ms - 200) // 20
        )
        if is_one_stretch or after.overlap:
            shorter = min(speech_length(flags, before), speech_length(flags, after))
            assert shorter * 20 >= SMALL.shortest_ms


def speech_length(flags: list[bool], cut: Cut) -> int:
    """From the first to the last speech in it."""
    inside = [at for at in range(cut.start, cut.end) if flags[at]]
    return inside[-1] - inside[0] + 1


def longest_pause(flags: list[bool]) -> int:
    """Frames of the longest silence between speech."""
    longest = now = 0
    seen = False
    for flag in flags:
        longest = max(longest, now) if flag and seen else longest
        now = 0 if flag else now + 1
        seen = seen or flag
    return longest
