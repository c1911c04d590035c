"""How much of one text is in another, although an engine misheard both. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

ALIKE: Final = 0.6
"""Two words are the same misheard from this similarity of their letters on."""
KEPT_PAIRS: Final = 16_384
"""An utterance is judged with every word that comes; most of its pairs were compared before."""
_PIECES: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Words in lower case without marks; a Chinese, Japanese or Korean character is a word."""
    return _PIECES.findall(text.lower())


def shared_words(text: str, other: str) -> float:
    """The part 0 … 1 of the words of ``text`` that ``other`` has too, in the same order."""
    words, others = words_of(text), words_of(other)
    if not words or not others:
        return 0.0
    best = [0] * (len(others) + 1)  # longest common row of words, one line of the table at a time
    for word in words:
        diagonal = 0
        for at, candidate in enumerate(others, 1):
            above = best[at]
            best[at] = diagonal + 1 if _is_alike(word, candidate) else max(above, best[at - 1])
            diagonal = above
    return best[-1] / len(words)


@lru_cache(KEPT_PAIRS)
def _is_alike(word: str, other: str) -> bool:
    if word == other:
        return True
    if min(len(word), len(other)) < 3:
        return False
    matcher = SequenceMatcher(None, word, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
