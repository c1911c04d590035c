"""When the second pass gives its memory back while the first stays ready. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.core.events import TimePassed
from recognizer import events as rec

_EARLY_MS: Final = 50.0
_MORE: Final = frozenset({"punctuation", "speakers_model"})
"""Options that bring models of their own, released together with the second pass."""


@dataclass(frozen=True, slots=True)
class ReleaseSecondPass:
    """``recognizer.release_second_pass()``; the next utterance that ends loads it again."""


class SecondPassCare:
    """The larger model is needed only when an utterance ends: after a while without one it goes.

    ``keep_s``: that while; 0: it stays as long as the worker.
    """

    def __init__(self, keep_s: float) -> None:
        self.keep_s = keep_s
        self._has_one = False
        self._used_ms: float | None = None

    @property
    def wake_at_ms(self) -> float | None:
        """When time alone will ask for its release."""
        if self._used_ms is None or self.keep_s <= 0:
            return None
        return self._used_ms + self.keep_s * 1000.0

    def handle(self, event: object, now_ms: float) -> list[ReleaseSecondPass]:
        """Wishes that follow from an event of the recognizer or ``TimePassed``."""
        match event:
            case rec.Ready(model=model):
                self._has_one = model.second_pass is not None or not _MORE.isdisjoint(dict(model.options))
                self._used_ms = None
            case rec.WorkerExited() | rec.WorkerStarting():
                self._has_one, self._used_ms = False, None
            case rec.Partial() | rec.Final() | rec.UtteranceFailed() if self._has_one:
                self._used_ms = now_ms
            case TimePassed() if self.wake_at_ms is not None and now_ms >= self.wake_at_ms - _EARLY_MS:
                self._used_ms = None
                return [ReleaseSecondPass()]
        return []
