"""What driver and worker say to each other. Commands are imperative, answers past tense.

The worker speaks first (``Hello``), so that the driver can refuse a worker of another version
before anything else is exchanged. Sound travels as the frame's payload, everything else as JSON.
Over 250 lines because the whole protocol is read in one place, both directions and how they are coded.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from audio.events import Problem
from recognizer.events import ModelSpec, Word
from recognizer.wire import Frame, WireError, encode_frame

PROTOCOL_VERSION: Final = 2


# --- driver -> worker ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepare:
    """Do the imports and map the weights of ``model`` on the host; touch no device."""

    model: ModelSpec


@dataclass(frozen=True, slots=True)
class Load:
    """Make ``model`` ready to recognise (after ``Prepare``: only what is still missing)."""

    model: ModelSpec


@dataclass(frozen=True, slots=True)
class Begin:
    """Open an utterance. Higher ``priority`` is served first (dictation before captions)."""

    utterance_id: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound of an open utterance, 16 kHz mono s16le."""

    utterance_id: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class End:
    """No more sound follows; the final text is owed."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget an utterance."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class FinishTexts:
    """Finish texts that were left raw; below every utterance that somebody waits for."""

    request_id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CleanCache:
    """Give cached device memory back; done between two inferences."""


@dataclass(frozen=True, slots=True)
class ReleaseSecondPass:
    """Let go of the second pass's memory; the next utterance loads it again."""


@dataclass(frozen=True, slots=True)
class ReportMemory:
    """Tell what the allocator holds."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Asked of the inference thread, so that the answer proves that it still turns."""

    number: int


@dataclass(frozen=True, slots=True)
class Exit:
    """End the process at once, whatever it is doing."""


# --- worker -> driver ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of a worker."""

    protocol: int
    pid: int


@dataclass(frozen=True, slots=True)
class Progressed:
    """The load reached a stage: imports, weights, warm-up."""

    stage: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """The worker stands by."""

    host_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The engine can recognise on ``device``."""

    device: str
    load_ms: float
    notice: Problem | None = None


@dataclass(frozen=True, slots=True)
class LoadRefused:
    """The engine cannot be loaded; the worker holds nothing."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class TextChanged:
    """Text of a running utterance."""

    utterance_id: int
    committed: str
    tentative: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class UtteranceDone:
    """The final text of an utterance."""

    utterance_id: int
    text: str
    audio_ms: int
    engine_ms: float
    words: tuple[Word, ...] = ()
    notice: Problem | None = None
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class UtteranceRefused:
    """The engine failed on an utterance. ``retry`` says that a fresh worker may do better."""

    utterance_id: int
    problem: Problem
    retry: bool = False


@dataclass(frozen=True, slots=True)
class TextsWritten:
    """Answer to ``FinishTexts``. ``problem``: texts are as they were, at least in part."""

    request_id: int
    texts: tuple[str, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class MemoryHeld:
    """Figures of the engine's allocator, in bytes (all 0 without a device of its own)."""

    allocated_bytes: int
    reserved_bytes: int
    peak_bytes: int
    host_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The cache was given back."""

    before: MemoryHeld
    after: MemoryHeld
    took_ms: float


@dataclass(frozen=True, slots=True)
class Pong:
    """Answer to ``Ping``."""

    number: int


ToWorker = (
    Prepare
    | Load
    | Begin
    | Audio
    | End
    | Cancel
    | FinishTexts
    | CleanCache
    | ReleaseSecondPass
    | ReportMemory
    | Ping
    | Exit
)
FromWorker = (
    Hello
    | Progressed
    | Prepared
    | Loaded
    | LoadRefused
    | TextChanged
    | UtteranceDone
    | UtteranceRefused
    | TextsWritten
    | MemoryHeld
    | Cleaned
    | Pong
)
Message = ToWorker | FromWorker

_CLASSES: Final[dict[str, type[Any]]] = {cls.__name__: cls for cls in typing.get_args(Message)}
_NESTED: Final[dict[str, type[Any]]] = {cls.__name__: cls for cls in (ModelSpec, Problem, Word)}


def encode(message: Message) -> bytes:
    """The frame that carries ``message``."""
    if isinstance(message, Audio):
        return encode_frame(Frame({"is": "Audio", "utterance_id": message.utterance_id}, message.pcm))
    return encode_frame(Frame({"is": type(message).__name__, **dataclasses.asdict(message)}))


def decode(frame: Frame) -> Message:
    """The message in ``frame``. Raises ``WireError`` for an unknown kind or fields that do not fit."""
    fields = dict(frame.header)
    cls = _CLASSES.get(str(fields.pop("is", "")))
    if cls is None:
        raise WireError(f"unknown message {frame.header.get('is')!r}")
    if cls is Audio:
        fields["pcm"] = frame.payload
    return typing.cast(Message, _revive_dataclass(cls, fields))


@cache
def _hints(name: str) -> dict[str, Any]:
    return typing.get_type_hints(_CLASSES.get(name) or _NESTED[name])


def _revive_dataclass(cls: type[Any], fields: Any) -> Any:
    if not isinstance(fields, dict):
        raise WireError(f"{cls.__name__}: not an object")
    hints = _hints(cls.__name__)
    try:
        return cls(**{name: _revive(hints[name], value) for name, value in fields.items()})
    except (KeyError, TypeError) as error:
        raise WireError(f"{cls.__name__}: fields do not fit") from error


def _revive(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        return _revive_dataclass(typing.cast("type[Any]", hint), value)
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _revive(_without_none(hint), value)
    if origin is tuple:
        return _revive_tuple(hint, value)
    return _checked(hint, value)


def _without_none(hint: Any) -> Any:
    return next(option for option in typing.get_args(hint) if option is not type(None))


def _revive_tuple(hint: Any, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise WireError("a list was expected")
    item_hints = typing.get_args(hint)
    if len(item_hints) == 2 and item_hints[1] is Ellipsis:
        return tuple(_revive(item_hints[0], item) for item in value)
    if len(item_hints) != len(value):
        raise WireError("a list has the wrong length")
    return tuple(_revive(item, each) for item, each in zip(item_hints, value, strict=True))


def _checked(hint: Any, value: Any) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise WireError(f"{value!r} is not {hint.__name__}")
    return value
