"""Which text stands in a place of few lines that must not change too often. Pure; time is an argument.

Every final gets its time; a text that still grows is shown while no final waits. After a silence the place is
cleared.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from desktop.core.captions_facts import PublishCaption
from desktop.core.text_columns import atoms

MOST_WAITING: Final = 3
"""Finals waiting for their time; captions that are late by more are worth nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """``rest_ms``: a text stands at least this long. ``clear_ms``: and at most this long."""

    columns: int
    lines: int
    rest_ms: float
    clear_ms: float = 8000.0


STREAM: Final = Place(columns=32, lines=2, rest_ms=1000.0)
"""Captions of a stream: lines of CEA-608, sent two letters a frame."""
TEXT_SOURCE: Final = Place(columns=42, lines=2, rest_ms=200.0)


class CaptionPace:
    """The text of one place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._finals: deque[tuple[int, str]] = deque(maxlen=MOST_WAITING)
        self._growing: tuple[int, str] | None = None
        self._text = ""
        self._set_ms = float("-inf")
        self._rests_until_ms = float("-inf")

    def add(self, caption: PublishCaption) -> None:
        """Somebody says, or has said, this; empty text takes it back."""
        if self._growing is not None and self._growing[0] == caption.utterance_id:
            self._growing = None
        if not caption.line.text:
            return
        said = (caption.utterance_id, caption.line.text)
        if caption.is_final:
            self._finals.append(said)
        else:
            self._growing = said

    def take(self, now_ms: float) -> str | None:
        """The text to show from now on; ``None``: leave what stands there."""
        if now_ms < self._rests_until_ms:
            return None
        while self._finals or self._growing:
            said = self._finals.popleft() if self._finals else self._growing
            if said is self._growing:
                self._growing = None
            text = last_lines(said[1] if said else "", self._place)
            self._set_ms = now_ms
            if text != self._text:
                self._rests_until_ms = now_ms + self._place.rest_ms
                self._text = text
                return text
        if self._text and now_ms - self._set_ms >= self._place.clear_ms:
            self._text = ""
            return ""
        return None

    def wait_ms(self, now_ms: float) -> float | None:
        """When to ``take`` next, from now; ``None``: when something is said."""
        if self._finals or self._growing:
            return max(0.0, self._rests_until_ms - now_ms)
        return max(0.0, self._set_ms + self._place.clear_ms - now_ms) if self._text else None

    def forget(self) -> None:
        """What stands there is unknown: it is another place, or nobody took the last text."""
        self._text = ""

    def hold(self, until_ms: float) -> None:
        """Nothing can be shown before then; what waits for it would be late."""
        self._finals.clear()
        self._growing = None
        self._rests_until_ms = until_ms
        self.forget()


def last_lines(text: str, place: Place) -> str:
    """The end of ``text``, as many lines as there is place for."""
    lines: list[str] = []
    line, used, is_spaced = "", 0, False
    for atom in atoms(text, place.columns):
        if line and used + is_spaced + atom.columns > place.columns:
            lines.append(line)
            line, used, is_spaced = "", 0, False
        line += (" " if line and is_spaced else "") + atom.text
        used += atom.columns + (1 if used and is_spaced else 0)
        is_spaced = atom.has_space
    return "\n".join([*lines, line][-place.lines :])
