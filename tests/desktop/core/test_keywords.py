"""Words the user wants to be told of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.core.keywords import MOST_UTTERANCES, REST_MS, KeywordAlert


def told(keyword: str, text: str) -> bool:
    """Whether a finished utterance with ``text`` is told of."""
    heard = KeywordAlert([keyword]).read(1, text, 0.0, is_final=True)
    assert all(each.keyword == keyword for each in heard)
    return bool(heard)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("Anna", "has anyone asked anna about it"),
        ("Anna", "That is Anna's, I think."),
        ("Anna", "Anna’s desk"),
        ("ANNA", "Hello, Anna!"),
        ("release", "we released it, the releasing took long"),
        ("deploy", "two deploys a day"),
        ("query", "both queries are slow"),
        ("plan", "as planned"),
        ("José", "ask jose"),
        ("Jose", "ask José"),
        ("New York", "the New  York office"),
        ("New York", "in new-york, that is"),
        ("C++", "written in C++ and Rust"),
        ("Node.js", "with node.js."),
        ("U.S.", "in the U.S. market"),
        ("O'Brien", "Mr O’Brien is here"),
        ("Ｐｌｏｓｉｖｅ", "plosive is ready"),
        ("张伟", "请张伟说一下"),
        ("项目", "这个项目，很好"),
        ("语音识别", "语音，识别"),
        ("Plosive 项目", "我们的plosive项目"),
        ("ガ", "カ\u3099"),  # one character, written as two
        ("안나", "안나가 왔어요"),
        ("Привет", "привет всем"),
    ],
)
def test_what_is_said_is_found(keyword: str, text: str) -> None:
    assert told(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("Ann", "Anna and Anne and Hannah"),
        ("art", "start the party"),
        ("C", "written in C++"),
        ("C++", "the sea"),
        ("New York", "it is new. York is old"),
        ("New York", "York is new"),
        ("项目", "各项。目前没有"),
        ("カ", "ガ"),
        ("AI", "said aied"),
        ("Anna", ""),
        ("…!?", "what…!? no"),
        ("", "anything"),
    ],
)
def test_what_is_not_said_is_not_found(keyword: str, text: str) -> None:
    assert not told(keyword, text)


def test_an_occurrence_is_told_once_while_its_utterance_grows_and_changes() -> None:
    alert = KeywordAlert(["Anna"], rest_ms=0.0)
    texts = ["ask", "ask anna", "ask anna to", "ask hannah to", "ask anna to come", "Ask Anna to come."]
    told_at = [
        bool(alert.read(7, text, 0.0, is_final=text.endswith("."))) for text in [*texts, "Ask Anna to come."]
    ]
    assert told_at == [False, False, True, False, False, False, False]


def test_a_second_occurrence_is_told_again_after_the_rest() -> None:
    alert = KeywordAlert(["Anna"])
    assert alert.read(1, "anna is", 0.0, is_final=False)
    assert not alert.read(1, "anna is anna is", REST_MS - 1, is_final=False)
    assert not alert.read(1, "anna is anna is here", REST_MS + 1, is_final=True), "it was there before"
    assert alert.read(2, "anna", REST_MS + 2, is_final=True)


def test_the_rest_counts_for_each_word_alone() -> None:
    alert = KeywordAlert(["Anna", "Bo"])
    assert [each.keyword for each in alert.read(1, "anna", 0.0, is_final=True)] == ["Anna"]
    assert [each.keyword for each in alert.read(2, "bo and anna", 1.0, is_final=True)] == ["Bo"]


def test_the_last_word_of_a_growing_text_may_be_half_of_another() -> None:
    alert = KeywordAlert(["Ann"])
    assert not alert.read(1, "ask ann", 0.0, is_final=False)
    assert not alert.read(1, "ask anna", 0.0, is_final=False)
    assert not alert.read(1, "ask anna to", 0.0, is_final=True)
    assert alert.read(2, "ask ann", 0.0, is_final=True)
    assert KeywordAlert(["张伟"]).read(3, "请张伟", 0.0, is_final=False), "a character is whole"


def test_other_words_count_from_the_next_text_on() -> None:
    alert = KeywordAlert(["Anna"])
    alert.configure(["Bo"])
    assert [each.keyword for each in alert.read(1, "anna and bo", 0.0, is_final=True)] == ["Bo"]


def test_a_long_meeting_is_forgotten_as_it_goes() -> None:
    alert = KeywordAlert(["Anna"], rest_ms=0.0)
    for utterance_id in range(MOST_UTTERANCES * 3):
        assert alert.read(utterance_id, "anna", float(utterance_id), is_final=True)
    assert len(alert._counted) <= MOST_UTTERANCES


@given(st.lists(st.text(max_size=12), max_size=4), st.text(max_size=80), st.booleans())
def test_any_words_and_any_text_are_read(words: list[str], text: str, is_final: bool) -> None:
    alert = KeywordAlert(words, rest_ms=0.0)
    heard = alert.read(1, text, 0.0, is_final=is_final)
    assert {each.keyword for each in heard} <= {word.strip() for word in words}
    assert not alert.read(1, text, 0.0, is_final=is_final), "nothing is told twice"
