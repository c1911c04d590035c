"""The words of the interface in the user's language. One table: ``resources.translations.words``.

The language is chosen once at start; windows made afterwards speak it. No Qt.
"""

from __future__ import annotations

import locale
import os
import re
from functools import cache
from typing import Final

from resources.translations.words import WORDS

GIB: Final = float(1 << 30)
MIB: Final = float(1 << 20)
LANGUAGES: Final = ("en", "zh")
_spoken = [0]


def choose_language(language: str = "auto") -> str:
    """Speak ``en``, ``zh`` or (``auto``) the system's language from now on; returns which it is."""
    name = system_language() if language == "auto" else language
    _spoken[0] = LANGUAGES.index(name) if name in LANGUAGES else 0
    return LANGUAGES[_spoken[0]]


def system_language() -> str:
    """``zh`` where the system speaks any Chinese, else ``en``."""
    names = [os.environ.get(each, "") for each in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((name for name in names if name), "") or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def spoken() -> int:
    """Which of ``LANGUAGES`` is spoken: the place of its word in the tables."""
    return _spoken[0]


def say(key: str, **values: object) -> str:
    """The words for ``key`` with ``values`` put in. Raises ``KeyError`` for an unknown key."""
    return WORDS[key][_spoken[0]].format(**values)


def translated(sentence: str) -> str:
    """A sentence of the program in the user's language; one that nobody translated stays English."""
    if not spoken() or not sentence:
        return sentence
    from resources.translations.sentences import SENTENCES

    found = SENTENCES.get(sentence)
    return found if found is not None else _filled(sentence)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with something that differs, most particular first."""
    from resources.translations.sentences import SENTENCES

    open_ones = sorted((each for each in SENTENCES if "{}" in each), key=len, reverse=True)
    return tuple(
        (re.compile("(.+?)".join(re.escape(part) for part in each.split("{}"))), SENTENCES[each])
        for each in open_ones
    )


def _filled(sentence: str) -> str:
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(sentence):
            return chinese.format(*map(translated, match.groups()))
    first, gap, rest = sentence.partition(". ")
    both = (f"{first}.", rest) if gap else ()
    told = [translated(each) for each in both]
    return "".join(told) if told != list(both) else sentence


def memory(count_bytes: float) -> str:
    """``1.9 GiB`` from a gibibyte on, ``340 MiB`` below."""
    if count_bytes >= GIB:
        return f"{count_bytes / GIB:.1f} GiB"
    return f"{count_bytes / MIB:.0f} MiB"
