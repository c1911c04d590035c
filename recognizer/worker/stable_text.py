"""Which words of a growing hypothesis may be shown as settled. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from recognizer.worker.engine import Text

_AGREEING_HYPOTHESES: Final = 4


class StableText:
    """Commits the words on which the last hypotheses agree; what is committed never changes.

    A decoder that searches whole sentences may still change its mind about a word it kept for
    long; then the committed words stay as they were and only what follows them is replaced. The
    last word of a hypothesis is never committed: it is the one being spoken.
    """

    def __init__(self, agreeing: int = _AGREEING_HYPOTHESES) -> None:
        self._recent: deque[tuple[str, ...]] = deque(maxlen=agreeing)
        self._committed: list[str] = []

    def update(self, words: Sequence[str]) -> Text:
        """Take the newest hypothesis; the text to show."""
        self._recent.append(tuple(words[:-1]))
        if len(self._recent) == self._recent.maxlen:
            self._committed += self._agreed()[len(self._committed) :]
        return Text(" ".join(self._committed), " ".join(words[len(self._committed) :]))

    def _agreed(self) -> list[str]:
        agreed: list[str] = []
        for column in zip(*self._recent, strict=False):
            if any(word != column[0] for word in column):
                break
            agreed.append(column[0])
        return agreed
