"""Facts told by a recognizer (a worker process or a server). Immutable.

``generation`` counts the workers of one driver; what a dead generation says is dropped by the
driver, so that nobody downstream needs to know about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from audio.events import Problem

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which engine to run, on what.

    ``engine`` is one of the names in ``recognizer.worker.engine``: ``pocketsphinx``, ``scripted``,
    ``paraformer-streaming``, ``whole``. ``path`` is a model directory for engines that need one.
    """

    engine: str
    name: str
    path: str | None = None
    device: str = "auto"  # auto | cpu | cuda:N | mps
    precision: str = "auto"  # auto | fp32 | bf16 | int8
    second_pass: str | None = None  # model directory of the second pass
    options: tuple[
        tuple[str, str], ...
    ] = ()  # recognizer.text.options; recognizer.worker: second_pass, speakers, finishing
    memory_fraction: float | None = None  # ceiling for the worker's share of the card, 0–1


class Priority(IntEnum):
    """Whose utterance is worked on first when several users share the one engine."""

    FILE = 0
    CAPTIONS = 10
    DICTATION = 20


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word with its times, counted from the start of its utterance."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class WorkerStarting:
    """A worker process was asked for."""

    generation: int
    model: ModelSpec


@dataclass(frozen=True, slots=True)
class Loading:
    """The worker lives and loads the model. ``stage`` is a short word: imports, weights, warm-up."""

    generation: int
    stage: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The model can recognise. ``pid`` owns the memory, ``device`` is where it really runs."""

    generation: int
    model: ModelSpec
    device: str
    load_ms: float
    pid: int
    notice: Problem | None = None  # e.g. asked for cuda, runs on cpu


@dataclass(frozen=True, slots=True)
class Partial:
    """Text of a running utterance: ``committed`` will not change, ``tentative`` may."""

    utterance_id: int
    committed: str
    tentative: str
    audio_ms: int  # how much of the utterance the text covers


@dataclass(frozen=True, slots=True)
class Final:
    """The text of an utterance; it will not change. Empty when nothing was understood."""

    utterance_id: int
    text: str
    audio_ms: int
    engine_ms: float  # time the engine took after the end of speech
    words: tuple[Word, ...] = ()
    notice: Problem | None = None  # e.g. the second pass failed, so this is the first pass's text
    speaker: int | None = None  # of captions: whose voice, counted from 0 by each worker


@dataclass(frozen=True, slots=True)
class TextsFinished:
    """Answer to ``Recognizer.finish_texts``: the texts in their order. ``problem``: some are as they were."""

    request_id: int
    texts: tuple[str, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Overloaded:
    """Back-pressure: too much sound waits already, so the utterance was not opened.

    Whoever began it keeps its sound and begins it again after the next ``Final``. Never told to a
    dictation.
    """

    utterance_id: int
    waiting_ms: int


@dataclass(frozen=True, slots=True)
class UtteranceFailed:
    """An utterance could not be recognised; its audio is kept by whoever journals it."""

    utterance_id: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The model could not be loaded. Nothing is loaded now."""

    generation: int
    model: ModelSpec
    problem: Problem


@dataclass(frozen=True, slots=True)
class MemoryReported:
    """What the worker's allocator holds on its device, in bytes."""

    generation: int
    allocated_bytes: int
    reserved_bytes: int
    peak_bytes: int
    host_rss_bytes: int


@dataclass(frozen=True, slots=True)
class StandbyReady:
    """A worker waits with imports done and weights mapped on the host; it holds no device memory."""

    generation: int
    model: ModelSpec
    pid: int
    host_rss_bytes: int


@dataclass(frozen=True, slots=True)
class CacheCleaned:
    """The worker gave cached device memory back without unloading; both figures are its own."""

    generation: int
    before: MemoryReported
    after: MemoryReported
    took_ms: float


@dataclass(frozen=True, slots=True)
class WorkerExited:
    """The worker process is gone, so is all its memory.

    ``expected`` tells an unload from a crash; after a crash with utterances under way the driver
    starts another worker and replays them (``replaying``).
    """

    generation: int
    pid: int
    exit_code: int | None
    expected: bool
    replaying: bool
    took_ms: float
    how: str = "asked"  # asked | terminated | killed | crashed
    problem: Problem | None = field(default=None)


RecognizerEvent = (
    WorkerStarting
    | Loading
    | Ready
    | Partial
    | Final
    | TextsFinished
    | Overloaded
    | UtteranceFailed
    | LoadFailed
    | MemoryReported
    | StandbyReady
    | CacheCleaned
    | WorkerExited
)
