"""Numbers, dates and amounts as people write them (inverse text normalisation), for zh and en.

The general rules are the finite-state transducers of ``wetext`` (Apache-2.0; loaded on first use,
about 0.3 s and 40 MB); what they get wrong is kept from them, see ``protection``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from recognizer.text import english_numbers, protection
from recognizer.text.protection import Piece

_CJK: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff〇]")
_RUN: Final = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff〇，。！？、；：]+|[^\u3400-\u4dbf\u4e00-\u9fff〇，。！？、；：]+"
)
Rules = Callable[[str], str]


def _load(language: str) -> Rules:
    from wetext import Normalizer

    normalizer: Any = Normalizer(lang=language, operator="itn")
    return lambda text: str(normalizer.normalize(text))


class InverseNormaliser:
    """Written form of spoken text; one for each thread."""

    def __init__(self, load: Callable[[str], Rules] = _load) -> None:
        self._load = load
        self._rules: dict[str, Rules] = {}

    def write(self, text: str) -> str:
        """``text`` with its numbers written; each run of a script by the rules of its language."""
        return "".join(self._run(match[0]) for match in _RUN.finditer(text))

    def _run(self, run: str) -> str:
        if _CJK.search(run):
            return self._apply("zh", protection.split(run))
        written = self._apply("en", english_numbers.split(run))
        return english_numbers.tidy(written)

    def _apply(self, language: str, pieces: Iterable[Piece]) -> str:
        return "".join(each.text if each.is_done else self._general(language, each.text) for each in pieces)

    def _general(self, language: str, text: str) -> str:
        """The transducers drop spaces at the ends; those belong to the sentence."""
        inner = text.strip()
        if not inner:
            return text
        if language not in self._rules:
            self._rules[language] = self._load(language)
        left = text[: len(text) - len(text.lstrip())]
        right = text[len(text.rstrip()) :]
        return left + self._rules[language](inner) + right
