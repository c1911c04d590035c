"""What is shown of a hypothesis that changes: each line is 20 ms later than the one before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.worker.steady_words import DOUBT_MS, HOLD_MS, SteadyWords

STEP_MS = 20


def show(hypotheses: list[str]) -> list[str]:
    steady = SteadyWords()
    return [" ".join(steady.take(one.split(), at * STEP_MS)) for at, one in enumerate(hypotheses)]


def held(text: str, length_ms: int) -> list[str]:
    return [text] * (length_ms // STEP_MS + 1)


def test_a_word_is_shown_when_it_has_stood_for_a_while() -> None:
    shown = show(held("it", HOLD_MS))
    assert shown[:-1] == [""] * (len(shown) - 1)
    assert shown[-1] == "it"


def test_words_that_flicker_are_not_shown() -> None:
    shown = show(["see it", "sea", "see hit"] * 40)
    assert set(shown) == {""}


def test_a_later_word_does_not_make_an_older_one_wait() -> None:
    shown = show([*held("in", HOLD_MS - STEP_MS), "in a", "in the", "in their", "in there"])
    assert shown[-1] == "in"
    assert shown[-4:] == ["in"] * 4


def test_a_doubt_takes_nothing_back() -> None:
    shown = show([*held("we will meet", 600), *held("we well met", DOUBT_MS - 2 * STEP_MS), "we will meet"])
    assert set(shown[20:]) == {"we will meet"}


def test_words_that_stay_different_replace_what_was_shown() -> None:
    shown = show([*held("we will meet", 600), *held("we well met", DOUBT_MS + STEP_MS)])
    assert shown[-1] == "we well met"
    changes = [one for one, before in zip(shown[1:], shown, strict=False) if one != before]
    assert changes == ["we will meet", "we well met"]


def test_a_hypothesis_that_becomes_shorter_takes_nothing_back() -> None:
    shown = show([*held("we will meet", 600), *held("we", 2_000)])
    assert shown[-1] == "we will meet"


def test_nothing_heard_shows_nothing() -> None:
    assert show([""] * 50) == [""] * 50


WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=5).map(" ".join)


@given(st.lists(st.tuples(WORDS, st.integers(1, 30)), max_size=20))
def test_whatever_is_shown_was_said_for_long_enough(runs: list[tuple[str, int]]) -> None:
    hypotheses = [text for text, count in runs for _ in range(count)]
    hold = HOLD_MS // STEP_MS
    before = ""
    for at, shown in enumerate(show(hypotheses)):
        if shown != before:
            stood = hypotheses[max(0, at - hold) : at + 1]
            assert len(stood) == hold + 1
            assert all(one.split()[: len(shown.split())] == shown.split() for one in stood)
        before = shown
