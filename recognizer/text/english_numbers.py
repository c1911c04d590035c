"""English words that look like numbers and are better left as words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recognizer.text.protection import Piece

_MONTH: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_ORDINAL: Final = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
_HOURS: Final = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)
)
_DIGITS: Final = {
    word: str(value) for value, word in enumerate("zero one two three four five six seven eight nine".split())
} | {"oh": "0"}
_DIGIT: Final = f"(?:{'|'.join(_DIGITS)})"
_DIGIT_RUN: Final = re.compile(
    rf"\b{_DIGIT}(?: {_DIGIT}){{2,}}(?P<counting>(?: (?:ten|eleven|twelve))*)\b", re.IGNORECASE
)
_OCLOCK: Final = re.compile(rf"\b({'|'.join(_HOURS)}) o'?clock\b", re.IGNORECASE)
_ORDINAL_ALONE: Final = re.compile(rf"(?<!\w)(?:{_ORDINAL})\b", re.IGNORECASE)
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
_AFTER_NUMBER: Final = re.compile(rf"\b(?:{_MONTH}|{_TENS})[ -](?:the |and )?$", re.IGNORECASE)
_IDIOM: Final = re.compile(
    r"\b(?:one by one|one on one|one or two|two or three|twenty-four seven|a hundred|a thousand|a million|"
    r"a quarter (?:to|past) \w+|one another|no one|any one|every one|each one|which one|this one|"
    r"that one|the one|one day|oh)\b",
    re.IGNORECASE,
)


def split(text: str) -> Iterator[Piece]:
    """``text`` in pieces; the open ones go to the general rules."""
    start = 0
    for found in sorted(_protected(text), key=lambda each: each[0]):
        begin, end, written = found
        if begin < start:
            continue
        if begin > start:
            yield Piece(text[start:begin], is_done=False)
        yield Piece(written, is_done=True)
        start = end
    if start < len(text):
        yield Piece(text[start:], is_done=False)


def _protected(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _OCLOCK.finditer(text):
        yield match.start(), match.end(), f"{_HOURS[match[1].lower()]} o'clock"
    for match in _DIGIT_RUN.finditer(text):
        if not _AFTER_NUMBER.search(text, 0, match.start()):
            yield match.start(), match.end(), _digits(match)
    for match in _IDIOM.finditer(text):
        yield match.start(), match.end(), match[0]
    for match in _ORDINAL_ALONE.finditer(text):
        if not _AFTER_NUMBER.search(text, 0, match.start()):
            yield match.start(), match.end(), match[0]


def _digits(match: re.Match[str]) -> str:
    """Digits read one by one, as in a telephone number; who counts up to ten is left alone."""
    if match["counting"]:
        return match[0]
    return "".join(_DIGITS[word.lower()] for word in match[0].split())


def tidy(text: str) -> str:
    """Times and percents as people write them: 03:30 → 3:30, 25 % → 25%."""
    text = re.sub(r"\b0(\d:\d\d)\b", r"\1", text)
    return re.sub(r"(\d) %", r"\1%", text)
