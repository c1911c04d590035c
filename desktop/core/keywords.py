"""Words the user wants to be told of when somebody says them. Pure; time is an argument.

Both sides are cut into units: a word of a script that puts spaces between words (``anna``, ``c++``), or one
character of a script that does not (``会``). So a Latin keyword matches whole words only, a Chinese one
anywhere, and a phrase its units in a row, whatever commas stand between them, but never across the end of a
sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

REST_MS: Final = 30_000.0
"""A word that was told of is not told of again for this long."""
MOST_UTTERANCES: Final = 64
"""Utterances remembered; more never grow at a time."""
END: Final = "."
"""Stands between sentences in a row of units."""

_SPACELESS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u3400-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNIT = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+[+#]*|[.!?;](?=\s|$)|。")
_APOSTROPHES = str.maketrans(dict.fromkeys("'’ʼ‘`", None))
_ACCENTS = re.compile("[\u0300-\u036f]")
_SHORTEST_INFLECTED: Final = 3


@dataclass(frozen=True, slots=True)
class KeywordHeard:
    """Somebody said ``keyword``, spelled as the user wrote it."""

    keyword: str
    utterance_id: int


class KeywordAlert:
    """Looks for the user's words in utterances that grow.

    An occurrence is told once, however often its utterance is read again; a word not twice within
    ``rest_ms``.
    """

    def __init__(self, words: Iterable[str] = (), *, rest_ms: float = REST_MS) -> None:
        self._rest_ms = rest_ms
        self._keywords: dict[str, list[frozenset[str]]] = {}
        self._counted: dict[int, dict[str, int]] = {}
        self._told_ms: dict[str, float] = {}
        self.configure(words)

    def configure(self, words: Iterable[str]) -> None:
        """Look for these from now on; what was told of them stays told."""
        read = {word.strip(): [_forms(unit) for unit in units(word) if unit != END] for word in words}
        self._keywords = {word: forms for word, forms in read.items() if forms}

    def read(self, utterance_id: int, text: str, now_ms: float, *, is_final: bool) -> list[KeywordHeard]:
        """The words to tell of, in the user's order, after an utterance reads ``text`` now.

        The last word of a text that still grows is not judged: it may be half of another.
        """
        row = units(text)
        if not is_final and row and row[-1] != END and not _is_spaceless(row[-1]):
            row.pop()
        counted = self._remembered(utterance_id)
        found = []
        for keyword, forms in self._keywords.items():
            count = occurrences(forms, row)
            if count > counted.get(keyword, 0):
                counted[keyword] = count
                if self._may_tell(keyword, now_ms):
                    found.append(KeywordHeard(keyword, utterance_id))
        return found

    def _remembered(self, utterance_id: int) -> dict[str, int]:
        while len(self._counted) >= MOST_UTTERANCES and utterance_id not in self._counted:
            del self._counted[next(iter(self._counted))]
        return self._counted.setdefault(utterance_id, {})

    def _may_tell(self, keyword: str, now_ms: float) -> bool:
        if now_ms - self._told_ms.get(keyword, -self._rest_ms) < self._rest_ms:
            return False
        self._told_ms[keyword] = now_ms
        return True


def units(text: str) -> list[str]:
    """``text`` in units, without case, accents, width and punctuation; ``END`` ends a sentence."""
    found = _UNIT.findall(_plain(text))
    return [END if unit in ".!?;。" else unit for unit in found]


def occurrences(forms: list[frozenset[str]], row: list[str]) -> int:
    """How often a keyword stands in a row of units, overlaps not counted."""
    count = at = 0
    while at + len(forms) <= len(row):
        is_here = all(unit in allowed for unit, allowed in zip(row[at:], forms, strict=False))
        count += is_here
        at += len(forms) if is_here else 1
    return count


def _plain(text: str) -> str:
    """Apostrophes go (Anna's is Annas), and accents of letters, but not the voicing marks of kana."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFC", bare)


def _is_spaceless(unit: str) -> bool:
    return re.fullmatch(rf"[{_SPACELESS}]", unit) is not None


def _forms(unit: str) -> frozenset[str]:
    """A unit and the simple English endings it may carry."""
    if not (unit.isascii() and unit.isalpha()):
        return frozenset({unit})
    if len(unit) < _SHORTEST_INFLECTED:
        return frozenset({unit, f"{unit}s"})
    forms = {unit, *(unit + ending for ending in ("s", "es", "ed", "ing"))}
    if unit.endswith("e"):
        forms |= {f"{unit}d", f"{unit[:-1]}ing"}
    elif unit.endswith("y"):
        forms |= {f"{unit[:-1]}ies", f"{unit[:-1]}ied"}
    elif unit[-1] not in "aiouwx":
        forms |= {f"{unit}{unit[-1]}ed", f"{unit}{unit[-1]}ing"}
    return frozenset(forms)
