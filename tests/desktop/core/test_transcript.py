"""Text of a dictation, and how its pieces meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.core.text_rules import for_insertion, join
from desktop.core.transcript import Transcript
from recognizer.events import Final, Partial


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (("hello", "world"), "hello world"),
        (("你好", "世界"), "你好世界"),
        (("我用", "Python", "写"), "我用Python写"),
        (("wait", ", what"), "wait, what"),
        (("say (", "yes", ")"), "say (yes)"),
        (("", "one", "", "two"), "one two"),
        (("안녕", "세계"), "안녕 세계"),
        (("好。", "下一句"), "好。下一句"),
    ],
)
def test_join(pieces: tuple[str, ...], text: str) -> None:
    assert join(*pieces) == text


@given(st.lists(st.text(alphabet="ab 你，.", max_size=6), max_size=6))
def test_join_loses_nothing(pieces: list[str]) -> None:
    assert join(*pieces).replace(" ", "") == "".join(pieces).replace(" ", "")


def test_a_space_waits_for_the_next_dictation_but_not_after_chinese() -> None:
    assert for_insertion(" hello ", append_space=True) == "hello "
    assert for_insertion("你好", append_space=True) == "你好"
    assert for_insertion("hello", append_space=False) == "hello"
    assert for_insertion("  ", append_space=True) == ""


def test_text_after_an_unsettled_utterance_is_tentative() -> None:
    transcript = Transcript()
    transcript.open(1)
    transcript.open(2)
    transcript.take(Partial(1, "the quick", "brow", 600))
    transcript.take(Final(2, "and more", 500, 3.0))
    assert transcript.shown == ("the quick", " brow and more")
    transcript.take(Final(1, "the quick brown fox", 900, 3.0))
    assert transcript.shown == ("the quick brown fox and more", "")


def test_a_final_is_not_changed_by_what_comes_later() -> None:
    transcript = Transcript()
    transcript.open(1)
    assert transcript.take(Final(1, "done", 900, 3.0))
    assert not transcript.take(Partial(1, "", "late", 900))
    assert transcript.final_text == "done"
