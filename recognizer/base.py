"""What the rest of the program asks of a recognizer, local or remote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from recognizer.events import ModelSpec, Priority, RecognizerEvent

EmitRecognizerEvent = Callable[[RecognizerEvent], None]


class Recognizer(Protocol):
    """Thread-safe, never blocks: each call only queues; answers come as events.

    Audio fed while no model is loaded is kept and caught up with as soon as one is. An utterance
    is answered by exactly one ``Final`` or ``UtteranceFailed`` after ``end``, unless cancelled.
    """

    def load(self, model: ModelSpec) -> None:
        """Make ``model`` ready; a different loaded model is unloaded first."""

    def unload(self) -> None:
        """End the worker and so give back all its memory; answered by ``WorkerExited``."""

    def begin(self, utterance_id: int, priority: Priority = Priority.DICTATION) -> None:
        """Open an utterance; below the priority of a dictation it may be answered with ``Overloaded``."""

    def feed(self, utterance_id: int, pcm: bytes) -> None:
        """Append sound (16 kHz mono s16le, any whole number of samples)."""

    def end(self, utterance_id: int) -> None:
        """Close an utterance; its ``Final`` is owed."""

    def cancel(self, utterance_id: int) -> None:
        """Forget an utterance; nothing more is told about it."""

    def finish_texts(self, request_id: int, texts: tuple[str, ...]) -> None:
        """Punctuation, numbers and the user's spellings for texts left raw (``files.finish``).

        Answered by one ``TextsFinished`` with as many texts, in their order; without a model it waits
        for one as sound does. Texts that are finished already come back as they are.
        """

    def stop(self, timeout_s: float = 3.0) -> None:
        """End the worker and the thread. Blocks up to ``timeout_s``."""
