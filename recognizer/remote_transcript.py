"""What a server can say about one utterance, whatever the protocol, and the text it adds up to. Pure.

A server is not trusted: its text is cleaned of control characters and bounded before anybody sees it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 20_000
"""Of one utterance. Fast speech is about 20 characters a second."""
_TAGS: Final = re.compile(r"<\|[^|<>]{0,40}\|>")  # SenseVoice's language, emotion and event marks


@dataclass(frozen=True, slots=True)
class Delta:
    """More text of the running sentence, to be replaced by a ``Sentence``.

    ``is_last``: the server calls it the last one; ``is_end``: nothing can follow.
    """

    text: str
    is_last: bool = False
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence; takes the place of all deltas since the one before."""

    text: str
    is_last: bool = False
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole text as it stands: sentences that will stay, and the running one."""

    sentences: tuple[str, ...]
    partial: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The server has said all; ``has_failed``: it reports an error of its own."""

    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A realtime server is ready for sound."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Well-formed and without meaning here: an answer to a setting, a note of a newer server."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """Not in the protocol at all."""


@dataclass(frozen=True, slots=True)
class WrongUtterance:
    """Text that belongs to another recording."""


Reply = Delta | Sentence | Snapshot | Ended | Started | Noted | Garbled | WrongUtterance


class Transcript:
    """The text of one utterance. ``committed`` will not change, ``tentative`` may."""

    def __init__(self) -> None:
        self.committed = ""
        self.tentative = ""

    @property
    def text(self) -> str:
        """All of it; what no sentence replaced counts as said."""
        return joined(self.committed, self.tentative)

    @property
    def is_too_long(self) -> bool:
        """Nobody speaks that much: the server lies."""
        return len(self.committed) + len(self.tentative) > MOST_CHARACTERS

    def take(self, reply: Reply) -> bool:
        """Whether ``reply`` changed the text."""
        before = (self.committed, self.tentative)
        match reply:
            case Delta(text):
                self.tentative = joined(self.tentative, cleaned(text))
            case Sentence(text):
                self.committed, self.tentative = joined(self.committed, cleaned(text)), ""
            case Snapshot(sentences, partial):
                self.committed = ""
                for sentence in sentences:
                    self.committed = joined(self.committed, cleaned(sentence))
                self.tentative = cleaned(partial)
        return (self.committed, self.tentative) != before


def joined(left: str, right: str) -> str:
    """Two pieces of text; with a space unless one side of the seam is Chinese or a space already."""
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return left + right
    return left + (" " if _wants_space_after(left[-1]) and _is_latin(right[0]) else "") + right


def cleaned(text: str) -> str:
    """``text`` as one line without control characters, half surrogates and recognition marks."""
    text = _TAGS.sub("", text[: MOST_CHARACTERS + 1])
    return "".join(_harmless(letter) for letter in text)


def _harmless(letter: str) -> str:
    if letter in "\n\r\t\v\f\u2028\u2029":
        return " "
    category = unicodedata.category(letter)
    is_joiner = letter in "\u200c\u200d"  # parts of words in some scripts; the other format marks are not
    return "" if category in {"Cc", "Cs", "Co", "Cn"} or (category == "Cf" and not is_joiner) else letter


def _is_latin(letter: str) -> bool:
    return letter.isalnum() and not _is_wide(letter)


def _wants_space_after(letter: str) -> bool:
    return _is_latin(letter) or letter in ".,;:!?)%\"'"


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"}
