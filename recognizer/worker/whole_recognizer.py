"""What hears whole utterances, one or several at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Any, Protocol

from recognizer.worker.engine import Outcome


class WholeRecognizer(Protocol):
    """A model that hears whole utterances. ``is_written``: with punctuation and digits."""

    is_written: bool

    def hear(self, samples: Any) -> Outcome:
        """Text of float32 samples (−1 … 1, at least 400)."""

    def prepare(self, samples: Any) -> Any:
        """What ``hear_prepared`` needs of an utterance, on the host; may run on a thread beside ``hear``."""

    def hear_prepared(self, prepared: Sequence[Any]) -> list[Outcome]:
        """What ``hear`` says of each, computed together where that changes no word."""

    def hear_in_steps(self, prepared: Sequence[Any]) -> Generator[None, None, list[Outcome]]:
        """The same; each ``yield`` is a place to look after something else."""


class HearsAtOnce(ABC):
    """A model for whole utterances, which computes a batch in one step."""

    @abstractmethod
    def hear_prepared(self, prepared: Sequence[Any]) -> list[Outcome]:
        """See ``WholeRecognizer``."""

    def hear_in_steps(self, prepared: Sequence[Any]) -> Generator[None, None, list[Outcome]]:
        """In one."""
        yield from ()
        return self.hear_prepared(prepared)
