"""Raw texts that the driver wants finished: one after the other, in steps, between the utterances."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audio.events import Problem
from recognizer import messages

if TYPE_CHECKING:
    from recognizer.worker.finishing import Finishing

Writing = Generator[None, None, tuple[tuple[str, ...], Problem | None]]


@dataclass(slots=True)
class _Request:
    request_id: int
    texts: tuple[str, ...]
    writing: Writing | None = None


class TextWork:
    """``send`` writes one message to the driver; every request is answered exactly once."""

    def __init__(self, send: Callable[[messages.FromWorker], None]) -> None:
        self._send = send
        self._requests: deque[_Request] = deque()

    @property
    def has_work(self) -> bool:
        """Some text is not finished."""
        return bool(self._requests)

    def ask(self, wish: messages.FinishTexts) -> None:
        """Finish these, after those that were asked for before."""
        self._requests.append(_Request(wish.request_id, wish.texts))

    def step(self, finishing: Finishing | None) -> None:
        """One step of the oldest request; the last one answers. Without a model the texts stay."""
        request = self._requests[0]
        if finishing is None:
            self._answer(request.texts, None)
            return
        request.writing = request.writing or finishing.finish_texts(request.texts)
        try:
            next(request.writing)
        except StopIteration as last:
            self._answer(*last.value)

    def _answer(self, texts: tuple[str, ...], problem: Problem | None) -> None:
        request = self._requests.popleft()
        self._send(messages.TextsWritten(request.request_id, texts, problem))
