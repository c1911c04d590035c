"""Where text may be broken, and how many columns it takes. East Asian wide characters take two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from desktop.core.text_rules import is_cjk

ZERO_WIDTH_JOINER: Final = "\u200d"
_NEVER_FIRST: Final = frozenset(
    "!%),.:;?]}¢°·’”†‡›»…‰、。〃々〉》」』】〕〗〞ー・！％），．：；？］｝～"
    "ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NEVER_LAST: Final = frozenset("([{‘“‹«〈《「『【〔〖〝（［｛$£¥")
_BEFORE_IS_KEPT: Final = ("Mn", "Mc", "Me")


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of text that is not broken; ``has_space`` when white space followed it."""

    text: str
    columns: int
    has_space: bool


def columns(text: str) -> int:
    """How many columns ``text`` takes in a font of equal widths.

    >>> columns("abc"), columns("你好"), columns("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() and text.isprintable() else sum(map(_columns, text))


@lru_cache(maxsize=8192)
def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def plain(text: str) -> str:
    """One line of what can be written: no line ends, no control characters, no half characters."""
    if not text.isprintable():
        whole = text.encode("utf-8", "replace").decode("utf-8")
        text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in whole)
    return " ".join(text.split())


def atoms(text: str, longest_columns: int) -> Iterator[Atom]:
    """The pieces between which a line may end; none takes more than ``longest_columns``.

    Latin words stay whole, Chinese and Japanese may be broken between characters but not before a
    closing mark or after an opening one; emoji and accents stay with what they belong to.
    """
    for chunk in plain(text).split():
        pieces = [part for whole in _unbroken(chunk) for part in _cut(whole, longest_columns)]
        for number, piece in enumerate(pieces, start=1):
            yield Atom(piece, columns(piece), number == len(pieces))


def _unbroken(chunk: str) -> Iterator[str]:
    """``chunk`` cut where a line may end."""
    if chunk.isascii():
        yield chunk
        return
    gathered = ""
    for cluster in clusters(chunk):
        if gathered and _may_break(gathered[-1], cluster[0]):
            yield gathered
            gathered = ""
        gathered += cluster
    if gathered:
        yield gathered


def _may_break(left: str, right: str) -> bool:
    if left in _NEVER_LAST or right in _NEVER_FIRST:
        return False
    return is_cjk(left) or is_cjk(right)


def _cut(whole: str, longest_columns: int) -> Iterator[str]:
    """A word that fits no line, cut between characters; an endless cluster even within it."""
    if columns(whole) <= longest_columns:
        yield whole
        return
    gathered, used = "", 0
    for cluster in clusters(whole):
        parts = [cluster] if columns(cluster) <= longest_columns else list(cluster)
        for part in parts:
            if gathered and used + columns(part) > longest_columns:
                yield gathered
                gathered, used = "", 0
            gathered, used = gathered + part, used + columns(part)
    yield gathered


def clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character: a letter with its accents, a joined emoji, a flag."""
    gathered = ""
    for char in text:
        if gathered and not _belongs(gathered, char):
            yield gathered
            gathered = ""
        gathered += char
    if gathered:
        yield gathered


def _belongs(gathered: str, char: str) -> bool:
    if _is_tail(char) or gathered[-1] == ZERO_WIDTH_JOINER:
        return True
    return len(gathered) == 1 and _is_flag_half(gathered) and _is_flag_half(char)


@lru_cache(maxsize=8192)
def _is_tail(char: str) -> bool:
    """Whether ``char`` belongs to what stands before it, whatever that is."""
    if char == ZERO_WIDTH_JOINER or unicodedata.category(char) in _BEFORE_IS_KEPT:
        return True
    return _is_emoji_tail(char) or _is_jamo_tail(char)


def _is_emoji_tail(char: str) -> bool:
    """Skin tones, and the tags that make flags of regions."""
    return "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_jamo_tail(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff"
