"""Hands raw texts to the worker to be finished, in parts that fit its messages, and puts them together again.

A request is answered exactly once, whatever becomes of the worker: what it did not finish comes back as
it was, with the problem. So no word is ever lost here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from audio.events import Problem
from recognizer import events, messages
from recognizer.base import EmitRecognizerEvent

MOST_CHARACTERS: Final = 60_000
"""In one message to the worker: as JSON at most a third of what a frame's header may hold."""
_AROUND_A_TEXT: Final = 8
_MOST_TRIES: Final = 2


@dataclass(slots=True)
class _Part:
    """Texts from ``first`` on of one request; ``tries`` counts the workers that broke on it."""

    request: _Request
    first: int
    texts: tuple[str, ...]
    tries: int = 0


@dataclass(slots=True)
class _Request:
    request_id: int
    texts: list[str]
    open_parts: int = 0
    problem: Problem | None = None


class FinishDesk:
    """``say`` goes to the worker (dropped while none is ready), ``emit`` outside.

    ``blocked_by`` is the problem of a failed load: what is asked then comes back as it was.
    """

    def __init__(self, emit: EmitRecognizerEvent, say: Callable[[messages.ToWorker], None]) -> None:
        self.blocked_by: Problem | None = None
        self._emit = emit
        self._say = say
        self._parts: dict[int, _Part] = {}
        self._begun = 0

    @property
    def is_owing(self) -> bool:
        """Some request has no answer yet."""
        return bool(self._parts)

    def ask(self, request_id: int, texts: tuple[str, ...]) -> None:
        """Have ``texts`` finished; a text that fits no message stays as it is."""
        request = _Request(request_id, list(texts), problem=self.blocked_by)
        for part in _parts_of(request) if self.blocked_by is None else ():
            request.open_parts += 1
            self._begun += 1
            self._parts[self._begun] = part
        for part_id, part in list(self._parts.items()):
            if part.request is request:
                self._say(messages.FinishTexts(part_id, part.texts))
        if not request.open_parts:
            self._answer(request)

    def replay(self) -> None:
        """Tell a fresh worker all that is still owed."""
        for part_id, part in self._parts.items():
            self._say(messages.FinishTexts(part_id, part.texts))

    def on_written(self, written: messages.TextsWritten) -> None:
        """Take one part's texts."""
        part = self._parts.pop(written.request_id, None)
        if part is not None:
            texts = written.texts if len(written.texts) == len(part.texts) else part.texts
            self._close(part, texts, written.problem)

    def worker_broke(self, problem: Problem) -> None:
        """The worker most likely broke on the oldest part; a second time that stays as it is."""
        for part_id, part in list(self._parts.items())[:1]:
            part.tries += 1
            if part.tries >= _MOST_TRIES:
                del self._parts[part_id]
                self._close(part, part.texts, problem)

    def block(self, problem: Problem) -> None:
        """No worker will come: everything comes back as it was."""
        self.blocked_by = problem
        parts, self._parts = list(self._parts.values()), {}
        for part in parts:
            self._close(part, part.texts, problem)

    def _close(self, part: _Part, texts: tuple[str, ...], problem: Problem | None) -> None:
        request = part.request
        request.texts[part.first : part.first + len(part.texts)] = texts
        request.problem = request.problem or problem
        request.open_parts -= 1
        if not request.open_parts:
            self._answer(request)

    def _answer(self, request: _Request) -> None:
        self._emit(events.TextsFinished(request.request_id, tuple(request.texts), request.problem))


def _parts_of(request: _Request) -> Iterator[_Part]:
    """Runs of texts, none of them with more than ``MOST_CHARACTERS``."""
    first, characters = 0, 0
    for index, text in enumerate(request.texts):
        length = len(text) + _AROUND_A_TEXT
        if characters + length > MOST_CHARACTERS:
            if index > first:
                yield _Part(request, first, tuple(request.texts[first:index]))
            first, characters = index, 0
            if length > MOST_CHARACTERS:
                first = index + 1
                continue
        characters += length
    if first < len(request.texts):
        yield _Part(request, first, tuple(request.texts[first:]))
