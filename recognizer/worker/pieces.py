"""Tokens of a Paraformer to words and text, over the whole utterance. Pure.

A token is a Chinese character, a whole Latin word, or a piece of one: ``hel@@`` goes on in the next
token, even if that comes with the next chunk (FunASR's wrapper joins within a chunk only and loses
such heads). Latin words are separated by a space, Chinese characters by nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recognizer.events import Word

_NOT_TEXT: Final = frozenset({"<s>", "</s>", "<unk>", "<OOV>", "<blank>"})
_GOES_ON: Final = "@@"


@dataclass(frozen=True, slots=True)
class Piece:
    """A token with the time at which it was complete."""

    token: str
    end_ms: int


def words_of(pieces: Sequence[Piece]) -> tuple[list[Word], Word | None]:
    """Complete words, and the head of a word that is not complete yet.

    A word starts where the one before it ended: the network only tells when a token is complete.
    """
    words: list[Word] = []
    head, start_ms = "", 0
    for piece in pieces:
        if piece.token in _NOT_TEXT:
            continue
        head += piece.token.removesuffix(_GOES_ON)
        if not piece.token.endswith(_GOES_ON):
            words.append(Word(head, start_ms, max(start_ms, piece.end_ms)))
            head, start_ms = "", words[-1].end_ms
    unfinished = Word(head, start_ms, max(start_ms, pieces[-1].end_ms)) if head else None
    return words, unfinished


def join_words(words: Sequence[Word]) -> str:
    """The text of ``words``."""
    text = ""
    for word in words:
        needs_space = bool(text) and _is_latin(text[-1]) and _is_latin(word.text[:1])
        text += " " + word.text if needs_space else word.text
    return text


def _is_latin(character: str) -> bool:
    return character == "'" or (character.isalpha() and ord(character) < 0x2E80)
