"""Which sound sources there are, and when that changes.

On Linux the sound server is asked through pulsectl (PortAudio shows only ``pulse`` and
``default`` there); elsewhere PortAudio's own list is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SoundSource:
    """One microphone or monitor. ``name`` is for the program, ``description`` for the user."""

    name: str
    description: str
    is_default: bool
    is_monitor: bool
    is_muted: bool = False
    rate_hz: int = 48_000
    channels: int = 1


@dataclass(frozen=True, slots=True)
class SourcesChanged:
    """A source came or went, or the default is another one; all there are now."""

    sources: tuple[SoundSource, ...]


@dataclass(frozen=True, slots=True)
class StreamMoved:
    """A stream of ours now takes its sound from ``source_name``."""

    stream: str
    source_name: str
    description: str


DeviceEvent = SourcesChanged | StreamMoved


def list_sources() -> list[SoundSource]:
    """All sources, monitors included. Raises ``SourceFailed`` when there is no sound system."""
    raise NotImplementedError


def list_microphones() -> list[SoundSource]:
    """The sources that are not monitors. Raises ``SourceFailed`` when there is no sound system."""
    return [source for source in list_sources() if not source.is_monitor]


class DeviceWatch:
    """A thread that tells when sources change. ``emit`` is called on that thread."""

    def __init__(self, emit: Callable[[DeviceEvent], None]) -> None: ...

    def start(self) -> None:
        """Begin to watch; the present list is told first."""

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the thread; true when it ended in time."""
