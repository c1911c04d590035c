"""What can lie in the driver's inbox. Callers put wishes in, reader threads put facts in."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer import messages
from recognizer.events import ModelSpec


@dataclass(frozen=True, slots=True)
class Load:
    """Make a model ready."""

    model: ModelSpec


@dataclass(frozen=True, slots=True)
class StandBy:
    """Keep a prepared worker for ``model`` (``None``: keep none)."""

    model: ModelSpec | None


@dataclass(frozen=True, slots=True)
class Begin:
    """Open an utterance."""

    utterance_id: int
    priority: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Append sound."""

    utterance_id: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Close an utterance."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget an utterance."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class FinishTexts:
    """Finish texts that were left raw."""

    request_id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unload:
    """End the worker."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Pass a question on to the worker that is ready."""

    message: messages.CleanCache | messages.ReleaseSecondPass | messages.ReportMemory


@dataclass(frozen=True, slots=True)
class Stop:
    """End everything."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A worker said something."""

    generation: int
    message: messages.Message


@dataclass(frozen=True, slots=True)
class Gone:
    """A worker closed its end, or spoke what nobody understands."""

    generation: int


Wish = Load | StandBy | Begin | Feed | End | Cancel | FinishTexts | Unload | Ask
Item = Wish | Stop | Heard | Gone
