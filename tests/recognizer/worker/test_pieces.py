"""Tokens become words; pieces of a word join wherever the chunks were cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.events import Word
from recognizer.worker.pieces import Piece, join_words, words_of


def text(*tokens: str) -> tuple[str, str]:
    words, head = words_of([Piece(token, 60 * (i + 1)) for i, token in enumerate(tokens)])
    return join_words(words), head.text if head is not None else ""


def test_chinese_is_not_spaced() -> None:
    assert text("今", "天", "好") == ("今天好", "")


def test_english_is_spaced_and_pieces_join() -> None:
    assert text("hel@@", "lo", "wor@@", "ld") == ("hello world", "")


def test_both_together_have_no_space_between() -> None:
    assert text("用", "py@@", "th@@", "on", "写") == ("用python写", "")


def test_an_unfinished_word_waits() -> None:
    assert text("ok", "hel@@") == ("ok", "hel")


def test_marks_are_not_text() -> None:
    assert text("<s>", "好", "<unk>", "</s>") == ("好", "")


def test_a_word_has_the_time_of_all_its_pieces() -> None:
    words, _ = words_of([Piece("好", 300), Piece("hel@@", 420), Piece("lo", 600)])
    assert words == [Word("好", 0, 300), Word("hello", 300, 600)]


@given(st.lists(st.sampled_from(["hel@@", "lo", "好", "ok", "<unk>"]), max_size=20), st.integers(0, 20))
def test_committed_text_is_a_prefix_of_what_follows(tokens: list[str], count: int) -> None:
    assert text(*tokens)[0].startswith(text(*tokens[:count])[0])
