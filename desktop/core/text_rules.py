"""How pieces of recognised text stand next to each other."""

from __future__ import annotations

import unicodedata
from typing import Final

_NO_SPACE_BEFORE: Final = frozenset(",.;:!?%)]}’”»、。，．：；？！）】》」』…")
_NO_SPACE_AFTER: Final = frozenset("([{‘“«（【《「『")


def is_cjk(char: str) -> bool:
    """Whether ``char`` belongs to a script written without spaces (Han, kana, full-width marks)."""
    return unicodedata.east_asian_width(char) in "WF" and not _is_hangul(char)


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def needs_space(left: str, right: str) -> bool:
    """Whether a space stands between two neighbouring pieces of text."""
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return False
    if right[0] in _NO_SPACE_BEFORE or left[-1] in _NO_SPACE_AFTER:
        return False
    return not (is_cjk(left[-1]) or is_cjk(right[0]))


def join(*pieces: str) -> str:
    """Join pieces in reading order: words get a space between them, Chinese does not.

    >>> join("hello", "world"), join("你好", "世界"), join("wait", ", what")
    ('hello world', '你好世界', 'wait, what')
    """
    text = ""
    for piece in pieces:
        text += (" " if needs_space(text, piece) else "") + piece
    return text


def for_insertion(text: str, *, append_space: bool) -> str:
    """Text as it is put into a window: trimmed, and ready for the next dictation to follow."""
    text = text.strip()
    if text and append_space and not is_cjk(text[-1]):
        return text + " "
    return text
