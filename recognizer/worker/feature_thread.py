"""Features of the next batch, made on a thread of their own while the model computes the present one.

The thread owns nothing but what it is handed; its inbox and its outbox hold one batch each, so that never
more than a few batches of features are in memory. The extractor releases Python's global lock.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recognizer.worker.heard_pieces import Samples

MOST_WAIT_S: Final = 120.0
Prepare = Callable[[Samples], Any]


class FeaturesLate(RuntimeError):
    """The thread did not come back in time."""


@dataclass(frozen=True, slots=True)
class _Asked:
    ticket: int
    prepare: Prepare
    sounds: Sequence[Samples]


class FeatureThread:
    """Started with the first batch, ended with the process."""

    def __init__(self) -> None:
        self._asked: queue.Queue[_Asked] = queue.Queue(1)
        self._made: queue.Queue[tuple[int, list[Any] | Exception]] = queue.Queue(1)
        self._thread: threading.Thread | None = None
        self._tickets = 0

    def ask(self, prepare: Prepare, sounds: Sequence[Samples]) -> int:
        """Begin with a batch; a ticket for it. A batch asked for before is given up."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="worker-features", daemon=True)
            self._thread.start()
        self._tickets += 1
        while not self._asked.empty() or self._made.full():
            self._drop_one()
        self._asked.put(_Asked(self._tickets, prepare, sounds))
        return self._tickets

    def take(self, ticket: int) -> list[Any]:
        """The features that were asked for; waits for them. Raises what making them raised."""
        while True:
            try:
                number, made = self._made.get(timeout=MOST_WAIT_S)
            except queue.Empty:
                raise FeaturesLate from None
            if number != ticket:
                continue  # nobody wants those any more
            if isinstance(made, Exception):
                raise made
            return made

    def _drop_one(self) -> None:
        try:
            self._made.get(timeout=MOST_WAIT_S)
        except queue.Empty:
            raise FeaturesLate from None

    def _run(self) -> None:
        while True:
            asked = self._asked.get()
            try:
                made: list[Any] | Exception = [asked.prepare(each) for each in asked.sounds]
            except Exception as error:  # noqa: BLE001 - a library may raise anything; it is told to who asked
                made = error
            number = asked.ticket
            del asked
            self._made.put((number, made))
            del made
