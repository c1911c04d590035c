"""Voices made of numbers: who is told apart, who is not."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recognizer.worker.speaker_turns import LEAST_SPEECH_S, SpeakerTurns, speech_s_of

WIDTH = 192


def voice(person: int, take: int = 0, spread: float = 0.5) -> np.ndarray:
    """An utterance of ``person``: its own direction with something by chance; cosines of about 0.8 within."""
    own = np.random.default_rng(1_000 + person).standard_normal(WIDTH)
    chance = np.random.default_rng((person, take)).standard_normal(WIDTH)
    return own + spread * chance


def loud(seconds: float) -> bytes:
    tone = np.sin(np.arange(round(16_000 * seconds)) / 5.0) * 8_000
    return tone.astype("<i2").tobytes()


Meeting = list[tuple[int, float]]
MEETINGS = st.lists(st.tuples(st.integers(0, 5), st.floats(0.1, 30.0)), max_size=40)


def turns_of(meeting: Meeting, **rules: float) -> list[int | None]:
    turns = SpeakerTurns(**rules)  # type: ignore[arg-type]
    return [turns.turn(voice(person, take), speech_s) for take, (person, speech_s) in enumerate(meeting)]


@given(MEETINGS)
def test_each_person_gets_one_number_in_order_of_appearance(meeting: Meeting) -> None:
    told = turns_of(meeting)
    founders = [person for person, speech_s in meeting if speech_s >= LEAST_SPEECH_S]
    order = list(dict.fromkeys(founders))
    for (person, speech_s), number in zip(meeting, told, strict=True):
        if speech_s >= LEAST_SPEECH_S:
            assert number == order.index(person)


@given(MEETINGS)
def test_short_speech_founds_nobody(meeting: Meeting) -> None:
    short = [(person, min(speech_s, 0.99)) for person, speech_s in meeting]
    assert turns_of(short) == [None] * len(short)
    turns = SpeakerTurns()
    turns.turn(voice(9), 3.0)
    assert [turns.turn(voice(person), speech_s) for person, speech_s in short] == [0] * len(short)
    assert turns.speakers == 1


@given(MEETINGS)
def test_the_same_sounds_give_the_same_numbers(meeting: Meeting) -> None:
    assert turns_of(meeting) == turns_of(meeting)


@given(MEETINGS, st.integers(1, 3))
def test_no_more_speakers_are_kept_than_allowed(meeting: Meeting, most: int) -> None:
    turns = SpeakerTurns(most=most)
    for take, (person, speech_s) in enumerate(meeting):
        turns.turn(voice(person, take), speech_s)
        assert turns.speakers <= most


@given(st.floats(1e-3, 1e3))
def test_loudness_of_an_embedding_means_nothing(scale: float) -> None:
    turns = SpeakerTurns()
    assert (turns.turn(voice(1), 2.0), turns.turn(voice(1, 1) * scale, 2.0)) == (0, 0)


def test_a_forgotten_speaker_is_a_new_one_and_the_latest_stay() -> None:
    turns = SpeakerTurns(most=2)
    heard = [turns.turn(voice(person, take), 2.0) for take, person in enumerate([1, 2, 1, 3, 1, 2])]
    assert heard == [0, 1, 0, 2, 0, 3]


def test_a_voice_that_changes_slowly_stays_one_speaker() -> None:
    """From one direction to another at right angles, a little each time; at once they would be two."""
    start, end = np.eye(WIDTH)[0], np.eye(WIDTH)[1]
    angles = np.linspace(0.0, np.pi / 2, 30)
    turns = SpeakerTurns()
    assert {turns.turn(np.cos(a) * start + np.sin(a) * end, 5.0) for a in angles} == {0}
    fresh = SpeakerTurns()
    assert [fresh.turn(start, 5.0), fresh.turn(end, 5.0)] == [0, 1]


def test_what_is_no_voice_has_no_speaker() -> None:
    turns = SpeakerTurns()
    for bad in (np.zeros(WIDTH), np.full(WIDTH, np.nan), np.full(WIDTH, np.inf)):
        assert turns.turn(bad, 5.0) is None
    assert turns.speakers == 0


def test_speech_is_counted_without_its_silence() -> None:
    assert speech_s_of(b"") == 0.0
    assert speech_s_of(bytes(64_000)) == 0.0
    assert speech_s_of(loud(0.5) + bytes(32_000) + loud(0.5)) == 1.0
    assert speech_s_of(loud(2.0) + b"\0") == 2.0
