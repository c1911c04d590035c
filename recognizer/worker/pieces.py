"""Tokens of a Paraformer to words and text, over the whole utterance. Pure.

A token is a Chinese character, a whole Latin word, or a piece of one: ``hel@@`` goes on in the next
token, even if that comes with the next chunk (FunASR's wrapper joins within a chunk only and loses
such heads). Latin words are separated by a space, Chinese characters by nothing.
"""

from __future__ import annotations

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


class GrowingText:
    """The words of one utterance. Adding a piece costs the same after an hour as at the start.

    A word starts where the one before it ended: the network only tells when a token is complete.
    """

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.committed = ""
        self.head = ""
        self._head_end_ms = 0

    def add(self, piece: Piece) -> None:
        """Take the next token."""
        if piece.token in _NOT_TEXT:
            return
        self.head += piece.token.removesuffix(_GOES_ON)
        self._head_end_ms = max(self._start_ms, piece.end_ms)
        if not piece.token.endswith(_GOES_ON):
            self.finish()

    def finish(self) -> None:
        """Take the head for a whole word: nothing follows."""
        if not self.head:
            return
        self.words.append(Word(self.head, self._start_ms, self._head_end_ms))
        needs_space = _is_latin(self.committed[-1:]) and _is_latin(self.head[0])
        self.committed += " " + self.head if needs_space else self.head
        self.head = ""

    @property
    def _start_ms(self) -> int:
        return self.words[-1].end_ms if self.words else 0


def _is_latin(character: str) -> bool:
    return character == "'" or (character.isalpha() and ord(character) < 0x2E80)
