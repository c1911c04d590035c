"""What is committed never changes; what is tentative is the rest of the newest hypothesis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.worker.engine import Text
from recognizer.worker.stable_text import StableText


def shown(*hypotheses: str, agreeing: int = 3) -> Text:
    stable = StableText(agreeing)
    text = Text("", "")
    for hypothesis in hypotheses:
        text = stable.update(hypothesis.split())
    return text


def test_words_are_committed_when_hypotheses_agree() -> None:
    assert shown("hold", "hold the", "hold the key") == Text("", "hold the key")
    assert shown("hold the", "hold the key", "hold the key and") == Text("hold", "the key and")


def test_the_last_word_is_never_committed() -> None:
    assert shown("hold", "hold", "hold", "hold") == Text("", "hold")


def test_a_changed_mind_about_a_committed_word_is_not_shown() -> None:
    text = shown("a b c d", "a b c d", "a b c d", "x b c d")
    assert text == Text("a b c", "d")


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=30))
def test_committed_text_only_grows(hypotheses: list[list[str]]) -> None:
    stable = StableText(3)
    before = ""
    for words in hypotheses:
        text = stable.update(words)
        assert text.committed.startswith(before)
        before = text.committed
