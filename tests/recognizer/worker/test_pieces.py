"""Tokens become words; pieces of a word join wherever the chunks were cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.events import Word
from recognizer.worker.pieces import GrowingText, Piece


def text(*tokens: str) -> tuple[str, str]:
    growing = GrowingText()
    for number, token in enumerate(tokens, 1):
        growing.add(Piece(token, 60 * number))
    return growing.committed, growing.head


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
    growing = GrowingText()
    for piece in (Piece("好", 300), Piece("hel@@", 420), Piece("lo", 600)):
        growing.add(piece)
    assert growing.words == [Word("好", 0, 300), Word("hello", 300, 600)]


def test_an_unfinished_word_counts_when_nothing_follows() -> None:
    growing = GrowingText()
    growing.add(Piece("hel@@", 420))
    growing.finish()
    growing.finish()
    assert (growing.committed, growing.words) == ("hel", [Word("hel", 0, 420)])


@given(st.lists(st.sampled_from(["hel@@", "lo", "好", "ok", "<unk>"]), max_size=20), st.integers(0, 20))
def test_committed_text_is_a_prefix_of_what_follows(tokens: list[str], count: int) -> None:
    assert text(*tokens)[0].startswith(text(*tokens[:count])[0])
