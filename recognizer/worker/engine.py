"""What the worker asks of an engine, and the engines by name (imported only when asked for)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

from audio.events import Problem
from recognizer.events import ModelSpec, Word
from recognizer.messages import MemoryHeld

if TYPE_CHECKING:
    from recognizer.worker.whole_recognizer import WholeRecognizer

TellStage = Callable[[str], None]

_ENGINES: Final = {
    "pocketsphinx": "recognizer.worker.pocketsphinx_engine:PocketSphinxEngine",
    "paraformer-streaming": "recognizer.worker.streaming_paraformer:StreamingParaformerEngine",
    "whole": "recognizer.worker.whole_engine:WholeEngine",
    "scripted": "recognizer.worker.scripted_engine:ScriptedEngine",
}


class EngineError(Exception):
    """An engine cannot do what it was asked. ``retry``: a fresh worker may do better."""

    def __init__(self, problem: Problem, *, retry: bool = False) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.retry = retry


@dataclass(frozen=True, slots=True)
class Text:
    """Text of a running utterance; ``committed`` never shrinks or changes, ``tentative`` may."""

    committed: str
    tentative: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The final text of an utterance."""

    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """Where a loaded engine really runs."""

    device: str
    notice: Problem | None = None


class Stream(Protocol):
    """One utterance inside an engine. Exactly one of ``end`` and ``close`` is called, last."""

    def feed(self, pcm: bytes) -> Text | None:
        """Take sound (at most ``Engine.step_bytes``); the text so far, or ``None`` if unchanged."""

    def end(self) -> Outcome:
        """No more sound: the final text."""

    def close(self) -> None:
        """Forget the utterance."""


class Engine(Protocol):
    """A speech recognition model. All calls come from one thread."""

    step_bytes: int
    """Most sound that one ``feed`` may carry, so that messages are seen in between."""

    def prepare(self, model: ModelSpec, tell_stage: TellStage) -> None:
        """Imports and host memory only; no device is touched. Raises ``EngineError``."""

    def load(self, model: ModelSpec, tell_stage: TellStage) -> Running:
        """Ready to recognise afterwards, prepared before or not. Raises ``EngineError``."""

    def open(self) -> Stream:
        """Begin an utterance; several may be open. Raises ``EngineError``."""

    def memory(self) -> MemoryHeld:
        """What the engine's device allocator holds, and this process on the host."""

    def clean(self) -> None:
        """Give cached device memory back; never called during an inference."""

    def for_files(self) -> WholeRecognizer | None:
        """What hears several ended utterances at once, if the loaded engine can."""

    def rest(self) -> bool:
        """A few milliseconds of own work while nothing else is to be done; whether any is left."""


UNKNOWN_ENGINE = Problem(
    "engine-unknown",
    "The chosen model needs an engine that this program does not have.",
    "Choose another model in the settings.",
)
ENGINE_FAILED = Problem(
    "engine-failed",
    "The recognizer stumbled over this recording.",
    "Try it again from the tray; if it happens again, choose another model.",
)
ENGINE_NOT_INSTALLED = Problem(
    "engine-not-installed",
    "A part that the chosen model needs is not installed.",
    "Install the program again, or choose the embedded English model.",
)


def create_engine(name: str) -> Engine:
    """The engine called ``name``. Raises ``EngineError`` when there is none or a part is missing."""
    place = _ENGINES.get(name)
    if place is None:
        raise EngineError(UNKNOWN_ENGINE)
    module_name, class_name = place.split(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise EngineError(ENGINE_NOT_INSTALLED) from error
    return cast(Engine, getattr(module, class_name)())
