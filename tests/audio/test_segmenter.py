"""Timelines: one character is 20 ms, S voiced and . not; brackets are where an utterance begins and ends."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.events import AudioFrame, EndReason, SpeechAudio, SpeechEnded, SpeechEvent, SpeechStarted
from audio.pcm import FRAME_BYTES, FRAME_MS
from audio.segmenter import SegmenterConfig, VadSegmenter, count_from
from desktop.captions_sound import captions_listener_settings
from desktop.settings.schema import AudioSettings
from tests.fakes.voice import silence, voice

SHORT = SegmenterConfig(
    onset_frames=2, onset_window_frames=3, pre_roll_ms=40, hangover_ms=60, longest_ms=1_000
)


def hear(timeline: str, config: SegmenterConfig = SHORT, flush: bool = True) -> list[SpeechEvent]:
    segmenter = VadSegmenter(config, count_from(1))
    events: list[SpeechEvent] = []
    for index, mark in enumerate(timeline):
        frame = AudioFrame(index.to_bytes(FRAME_BYTES, "big"), index * FRAME_MS)
        events += segmenter.feed(frame, mark == "S")
    return events + (segmenter.flush() if flush else [])


def draw(timeline: str, config: SegmenterConfig = SHORT) -> str:
    begins: dict[int, str] = {}
    ends: dict[int, str] = {}
    for event in hear(timeline, config):
        if isinstance(event, SpeechStarted):
            begins[event.at_ms // FRAME_MS] = "["
        elif isinstance(event, SpeechEnded):
            ends[event.at_ms // FRAME_MS] = "]"
    marks = enumerate(timeline + " ")
    return "".join(ends.get(at, "") + begins.get(at, "") + mark for at, mark in marks).rstrip()


@pytest.mark.parametrize(
    ("timeline", "drawn"),
    [
        ("......", "......"),
        ("..SS.SS...", "[..SS.SS...]"),
        (".....SS........", "...[..SS...]....."),
        ("S.....S.....S...", "S.....S.....S..."),  # single clicks are no speech
        ("SS", "[SS]"),
        ("..S.S......", "[..S.S...]..."),  # two of three
        ("..S..S.....", "..S..S....."),
        ("....SS....SS....", "..[..SS...][.SS...]."),  # the pre-roll stops at the utterance before
        ("....SS.......SS....", "..[..SS...]..[..SS...]."),
        (".....SSS", "...[..SSS]"),  # ended by the flush
        ("....S.SS", "..[..S.SS]"),
        ("......SS...", "....[..SS...]"),
    ],
)
def test_timelines(timeline: str, drawn: str) -> None:
    assert draw(timeline) == drawn


def test_a_short_last_word_is_not_lost_with_the_flush() -> None:
    config = SegmenterConfig(onset_frames=3, onset_window_frames=5, pre_roll_ms=40)
    assert draw("......SS", config) == "....[..SS]"
    assert draw("......S", config) == "......S"


def test_a_long_utterance_is_split_without_a_gap() -> None:
    config = SegmenterConfig(1, 1, pre_roll_ms=0, hangover_ms=100, longest_ms=100)
    events = hear("SSSSSSSSSSSS", config)
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    assert [event.reason for event in ended] == [EndReason.LONGEST, EndReason.LONGEST, EndReason.STOPPED]
    assert [event.at_ms for event in ended] == [100, 200, 240]
    assert [event.at_ms for event in events if isinstance(event, SpeechStarted)] == [0, 100, 200]


def test_reasons() -> None:
    reasons = [event.reason for event in hear("SS....SS") if isinstance(event, SpeechEnded)]
    assert reasons == [EndReason.SILENCE, EndReason.STOPPED]


def test_abandoning_ends_but_begins_nothing() -> None:
    segmenter = VadSegmenter(SHORT, count_from(7))
    segmenter.feed(AudioFrame(bytes(FRAME_BYTES), 0), True)
    assert segmenter.abandon() == []
    for index in (1, 2):
        segmenter.feed(AudioFrame(bytes(FRAME_BYTES), index * FRAME_MS), True)
    assert segmenter.is_speaking
    assert segmenter.abandon() == [SpeechEnded(7, 60, EndReason.STOPPED)]
    assert not segmenter.is_speaking


def test_the_counter_is_shared() -> None:
    numbers = count_from(5)
    assert [numbers(), numbers(), numbers()] == [5, 6, 7]


configs = st.builds(
    lambda window, onset, pre_roll, hangover, longest: SegmenterConfig(
        min(onset, window), window, pre_roll * FRAME_MS, hangover * FRAME_MS, longest * FRAME_MS
    ),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 12),
    st.integers(1, 12),
    st.integers(20, 60),
)


@given(st.text("S.", max_size=200), configs)
def test_nothing_is_lost_doubled_or_out_of_order(timeline: str, config: SegmenterConfig) -> None:
    utterance_id, next_at_ms, ids, heard = None, 0, [], 0
    for event in hear(timeline, config):
        if isinstance(event, SpeechStarted):
            assert utterance_id is None
            assert event.at_ms >= next_at_ms, "the pre-roll reaches into the utterance before"
            utterance_id, next_at_ms = event.utterance_id, event.at_ms
            ids.append(utterance_id)
        elif isinstance(event, SpeechAudio):
            assert (event.utterance_id, event.at_ms) == (utterance_id, next_at_ms)
            assert int.from_bytes(event.pcm, "big") == event.at_ms // FRAME_MS
            next_at_ms += FRAME_MS
            heard += 1
        else:
            assert (event.utterance_id, event.at_ms) == (utterance_id, next_at_ms)
            utterance_id = None
    assert utterance_id is None, "an utterance was left open"
    assert ids == list(range(1, len(ids) + 1))
    assert heard <= len(timeline)


@given(st.text("S.", max_size=200), configs)
def test_every_onset_is_in_an_utterance_and_none_is_longer_than_allowed(
    timeline: str, config: SegmenterConfig
) -> None:
    events = hear(timeline, config)
    kept = {event.at_ms // FRAME_MS for event in events if isinstance(event, SpeechAudio)}
    for run_at in range(len(timeline)):
        if timeline[run_at : run_at + config.onset_frames] == "S" * config.onset_frames:
            assert set(range(run_at, run_at + config.onset_frames)) <= kept
    started = {event.utterance_id: event.at_ms for event in events if isinstance(event, SpeechStarted)}
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    longest_ms = max(config.longest_ms, config.pre_roll_ms + config.onset_window_frames * FRAME_MS)
    assert all(event.at_ms - started[event.utterance_id] <= longest_ms for event in ended)


ENDLESS = SegmenterConfig(onset_frames=2, onset_window_frames=3, longest_ms=6_000, quiet_cut_ms=3_000)


def cut(samples: np.ndarray, config: SegmenterConfig = ENDLESS) -> list[SpeechEvent]:
    """Events of sound in which every frame is voiced, as in a speech without a breath."""
    pcm = samples.tobytes()
    segmenter = VadSegmenter(config, count_from(1))
    events: list[SpeechEvent] = []
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        events += segmenter.feed(AudioFrame(pcm[at : at + FRAME_BYTES], at // FRAME_BYTES * FRAME_MS), True)
    return events + segmenter.flush()


def test_endless_speech_is_cut_between_two_words() -> None:
    words = [np.concatenate([voice(900, seed), silence(100)]) for seed in range(1, 25)]
    events = cut(np.concatenate(words))
    cuts_ms = [e.at_ms for e in events if isinstance(e, SpeechEnded) and e.reason is EndReason.LONGEST]
    assert len(cuts_ms) >= 3
    for at_ms in cuts_ms:
        assert 900 <= at_ms % 1_000 <= 1_000, "within a word"
    begins_ms = [e.at_ms for e in events if isinstance(e, SpeechStarted)]
    assert begins_ms == [0, *cuts_ms], "the next follows at once"
    assert all(b - a <= ENDLESS.longest_ms for a, b in itertools.pairwise(begins_ms))


def test_nothing_is_lost_or_heard_twice_at_a_cut() -> None:
    sound = np.concatenate([voice(2_200, 3), silence(80), voice(9_700, 4)])
    pieces = [event.pcm for event in cut(sound) if isinstance(event, SpeechAudio)]
    assert b"".join(pieces) == sound.tobytes()[: len(sound) * 2 // FRAME_BYTES * FRAME_BYTES]


def test_speech_without_any_quiet_place_is_cut_at_the_longest() -> None:
    noise = np.random.default_rng(1).integers(-9_000, 9_000, 16 * 14_000).astype("<i2")
    ends = [event for event in cut(noise) if isinstance(event, SpeechEnded)]
    assert [end.at_ms for end in ends] == [6_000, 12_000, 14_000]


def test_a_pause_before_the_last_seconds_is_no_reason_to_cut() -> None:
    sound = np.concatenate([voice(1_500, 3), silence(200), voice(800, 4)])
    assert [type(e) for e in cut(sound) if not isinstance(e, SpeechAudio)] == [SpeechStarted, SpeechEnded]


@pytest.mark.parametrize("longest_s", [2, 8])
def test_captions_of_short_utterances_are_no_fragments(longest_s: int) -> None:
    """The setting of dictations holds for captions, whose search for a quiet place must shrink with it."""
    config = captions_listener_settings(AudioSettings(longest_utterance_s=longest_s), None).segmenter
    words = [np.concatenate([voice(400, seed), silence(100)]) for seed in range(1, 45)]
    events = cut(np.concatenate(words), config)
    begins_ms = [event.at_ms for event in events if isinstance(event, SpeechStarted)]
    assert len(begins_ms) > 1
    lengths_ms = [b - a for a, b in itertools.pairwise(begins_ms)]
    assert min(lengths_ms) >= config.longest_ms // 2
    assert max(lengths_ms) <= config.longest_ms
