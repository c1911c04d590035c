"""What the audio thread can be asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from audio.listener_settings import ListenerSettings


@dataclass(frozen=True, slots=True)
class Arm:
    """Get ready."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Listen; ``asked_s`` is when it was asked for, by the monotonic clock."""

    listening_id: int
    asked_s: float


@dataclass(frozen=True, slots=True)
class End:
    """Finish after the tail."""

    listening_id: int
    asked_s: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop at once and forget."""

    listening_id: int


@dataclass(frozen=True, slots=True)
class Choose:
    """Hear another source."""

    source_name: str | None


@dataclass(frozen=True, slots=True)
class Configure:
    """Use other settings."""

    settings: ListenerSettings


@dataclass(frozen=True, slots=True)
class Quit:
    """End the thread."""


ListenerRequest = Arm | Begin | End | Cancel | Choose | Configure | Quit
