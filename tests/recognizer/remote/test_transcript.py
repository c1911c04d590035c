"""Replies of a server as text: what replaces what, how pieces are joined, what is never let through."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.remote_transcript import (
    MOST_CHARACTERS,
    Delta,
    Ended,
    Noted,
    Sentence,
    Snapshot,
    Transcript,
    cleaned,
    joined,
)


def test_a_sentence_takes_the_place_of_its_deltas() -> None:
    transcript = Transcript()
    assert transcript.take(Delta("今天"))
    assert transcript.take(Delta("天汽"))
    assert (transcript.committed, transcript.tentative) == ("", "今天天汽")
    assert transcript.take(Sentence("今天天气很好。"))
    assert transcript.take(Delta("明天"))
    assert (transcript.committed, transcript.tentative) == ("今天天气很好。", "明天")
    assert transcript.text == "今天天气很好。明天"


def test_several_sentences_are_joined() -> None:
    transcript = Transcript()
    for text in ("Good morning.", "How are you?", "很好。", "Thanks"):
        transcript.take(Sentence(text))
    assert transcript.committed == "Good morning. How are you?很好。Thanks"


def test_a_snapshot_replaces_everything() -> None:
    transcript = Transcript()
    transcript.take(Snapshot(("你好。",), "今天"))
    transcript.take(Snapshot(("你好。", "今天下雨。"), ""))
    assert (transcript.committed, transcript.tentative) == ("你好。今天下雨。", "")


def test_what_changes_nothing_says_so() -> None:
    transcript = Transcript()
    assert not transcript.take(Delta(""))
    assert not transcript.take(Ended())
    assert not transcript.take(Noted())
    assert not transcript.take(Sentence(""))


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ("hello", "world", "hello world"),
        ("hello ", "world", "hello world"),
        ("今天", "天气", "今天天气"),
        ("今天", "iPhone", "今天iPhone"),
        ("iPhone", "很好", "iPhone很好"),
        ("well.", "Then", "well. Then"),
        ("hello", ", world", "hello, world"),
        ("", "x", "x"),
        ("x", "", "x"),
    ],
)
def test_seams(left: str, right: str, whole: str) -> None:
    assert joined(left, right) == whole


def test_recognition_marks_and_control_characters_go() -> None:
    assert cleaned("<|zh|><|NEUTRAL|><|Speech|><|withitn|>你好") == "你好"
    assert cleaned("rm -rf\n\x1b[2J\u202e\ud800!") == "rm -rf [2J!"


@given(st.text(alphabet=st.characters(), max_size=300))
def test_nothing_dangerous_gets_through(text: str) -> None:
    clean = cleaned(text)
    clean.encode("utf-8")
    assert not [letter for letter in clean if unicodedata.category(letter) in ("Cc", "Cs")]
    assert len(clean) <= len(text)


def test_an_endless_text_is_noticed() -> None:
    transcript = Transcript()
    transcript.take(Sentence("x" * 10 * MOST_CHARACTERS))
    assert transcript.is_too_long
    assert len(transcript.text) <= MOST_CHARACTERS + 1
