"""Where a line of captions may be broken: spaces, between Chinese characters, never inside one sign. No Qt.

A small part of Unicode's line breaking (UAX 14) with the rules of Chinese and Japanese typesetting: closing
punctuation does not begin a line, opening punctuation does not end one, a number keeps its unit, and what
people see as one sign (an emoji with its skin colour, a letter with its accent) is never cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

Measure = Callable[[str], float]
"""The width of a text on one line, in device-independent pixels."""

NOT_AT_START: Final = frozenset(
    "、。，．・：；！？,.:;!?…‥—～〜ーゝゞヽヾ々〻％%‰℃°′″)]}）］｝〕〉》」』】〙〗〟’”»›"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ·"
)
NOT_AT_END: Final = frozenset("([{（［｛〔〈《「『【〘〖〝‘“«‹$£¥￥€#＃№")
TOGETHER: Final = frozenset("…‥—")
"""Of these two in a row stay together."""
AFTER: Final = frozenset("-‐–/\\")
"""Inside a word a line may end after these."""
GLUE: Final = frozenset("\u00a0\u202f\u2007\u2011\u2060\ufeff")
ZERO_WIDTH_SPACE: Final = "\u200b"
JOINER: Final = "\u200d"
FIRST_COMBINING: Final = "\u0300"
KEPT_SIGNS: Final = 4096
_WIDE: Final = (
    (0x2E80, 0x303F), (0x3040, 0x30FF), (0x3100, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF),
    (0x3200, 0xA4CF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF01, 0xFF60), (0xFFE0, 0xFFE6),
    (0x20000, 0x3FFFD),
)  # fmt: skip
_EMOJI: Final = ((0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x2B00, 0x2BFF))
_SKINS: Final = (0x1F3FB, 0x1F3FF)
_FLAGS: Final = (0x1F1E6, 0x1F1FF)
_TAGS: Final = (0xE0020, 0xE007F)
_VARIANTS: Final = (0xFE00, 0xFE0F)


def signs(text: str, start: int = 0) -> Iterator[int]:
    """The offset after each sign that people see as one, from ``start`` on."""
    end = start
    while end < len(text):
        end += 1
        has_flag = _within(text[end - 1], _FLAGS)
        while end < len(text) and _clings(text, end, has_flag):
            has_flag = False
            end += 1
        yield end


def breaks(text: str, start: int = 0) -> Iterator[int]:
    """The offsets after ``start`` where a new line may begin, in order; the end of the text is the last."""
    for offset in signs(text, start):
        if offset < len(text) and may_break(text, offset):
            yield offset
    if len(text) > start:
        yield len(text)


def may_break(text: str, offset: int) -> bool:
    """Whether a line may begin at ``offset``, the boundary of two signs inside the text."""
    before, after = text[offset - 1], text[offset]
    if after.isspace() or before in GLUE or after in GLUE:
        return before == ZERO_WIDTH_SPACE
    if before.isspace() or before == ZERO_WIDTH_SPACE:
        return not _starts_badly(text, offset)
    if after in NOT_AT_START or before in NOT_AT_END or (before in TOGETHER and after in TOGETHER):
        return False
    if before in AFTER:
        return after.isalpha() and offset >= 2 and text[offset - 2].isalnum()
    return is_wide(before) or is_wide(after) or _is_emoji(before) or _is_emoji(after)


def fitting(text: str, start: int, width_px: float, measure: Measure) -> int:
    """The offset where the next line begins, if the line that begins at ``start`` is ``width_px`` wide.

    Where not even the first word fits, it is cut between two signs; one sign is always taken.
    """
    if measure(text[start:].rstrip()) <= width_px:
        return len(text)
    best = start
    for offset in breaks(text, start):
        if measure(text[start:offset].rstrip()) > width_px:
            break
        best = offset
    return best if best > start else _cut(text, start, width_px, measure)


@lru_cache(KEPT_SIGNS)
def is_wide(sign: str) -> bool:
    """Whether it is a character of Chinese or Japanese, between which lines may be broken."""
    return any(_within(sign, part) for part in _WIDE)


def is_right_to_left(text: str) -> bool:
    """The direction of a paragraph: that of its first letter."""
    for sign in text:
        match unicodedata.bidirectional(sign):
            case "L":
                return False
            case "R" | "AL":
                return True
    return False


def joint(before: str, after: str) -> str:
    """What stands between two sentences in one paragraph: nothing next to Chinese, else a space."""
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return ""
    return "" if is_wide(before[-1]) or is_wide(after[0]) else " "


def _cut(text: str, start: int, width_px: float, measure: Measure) -> int:
    best = start
    for offset in signs(text, start):
        if best > start and measure(text[start:offset]) > width_px:
            break
        best = offset
    return best


def _starts_badly(text: str, offset: int) -> bool:
    """A dash or a mark with a space before it, as in French, stays with what it ends."""
    return text[offset] in ":;!?»%" and (offset + 1 == len(text) or text[offset + 1].isspace())


def _clings(text: str, offset: int, has_flag: bool) -> bool:
    """Whether the character at ``offset`` is one sign with the one before it."""
    sign, before = text[offset], text[offset - 1]
    if sign < FIRST_COMBINING and before != JOINER:
        return False
    if before == JOINER:
        return _is_emoji(sign) or unicodedata.category(sign).startswith("L")
    if sign == JOINER or _within(sign, _VARIANTS) or _within(sign, _SKINS) or _within(sign, _TAGS):
        return True
    return unicodedata.category(sign) in {"Mn", "Me", "Mc"} or (has_flag and _within(sign, _FLAGS))


@lru_cache(KEPT_SIGNS)
def _is_emoji(sign: str) -> bool:
    return any(_within(sign, part) for part in _EMOJI) or sign in {"\ufe0f", JOINER}


def _within(sign: str, part: tuple[int, int]) -> bool:
    return part[0] <= ord(sign) <= part[1]
