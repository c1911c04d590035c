"""Spaces, case, fillers and the user's own replacements. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_BETWEEN: Final = re.compile(f"(?<=[{_CJK}])(?=[A-Za-z])|(?<=[A-Za-z])(?=[{_CJK}])")
_INSIDE: Final = re.compile(f"(?<=[{_CJK}]) +(?=[{_CJK}])")
_FILLERS: Final = (
    re.compile(r"\b(?:um+|uh+|erm|hmm+|mhm)\b[,，]? *", re.IGNORECASE),
    re.compile("(?:嗯+|呃+|唔)[，、]?"),
)
_SENTENCE_START: Final = re.compile(r"(^|[.!?]\s+)([a-z])")
_I: Final = re.compile(r"\bi\b(?=$|[ ',.!?;:])")


def space_scripts(text: str) -> str:
    """A space between Chinese characters and Latin words, none between Chinese characters.

    >>> space_scripts("我用Python写程 序")
    '我用 Python 写程序'
    """
    return _BETWEEN.sub(" ", _INSIDE.sub("", text))


def sentence_case(text: str) -> str:
    """Capitals where English wants them, for models that know only small letters.

    >>> sentence_case("i think i'm late. are you?")
    "I think I'm late. Are you?"
    """
    if any(char.isupper() for char in text):
        return text
    text = _I.sub("I", text)
    return _SENTENCE_START.sub(lambda found: found[1] + found[2].upper(), text)


def without_fillers(text: str) -> str:
    """Without um, uh, 嗯 and their like.

    >>> without_fillers("um so uh we begin"), without_fillers("嗯，我们开始")
    ('so we begin', '我们开始')
    """
    for filler in _FILLERS:
        text = filler.sub("", text)
    return text.strip()


def replaced(text: str, replacements: Mapping[str, str]) -> str:
    """The user's own spellings, longest first; Latin words only as whole words, any case."""
    for wrong in sorted(replacements, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(wrong)}(?!\w)" if wrong.isascii() else re.escape(wrong)
        literally = replacements[wrong].replace("\\", r"\\")
        text = re.sub(pattern, literally, text, flags=re.IGNORECASE)
    return text
