"""Where sound comes from: one interface for microphones, monitors and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from audio.events import AudioFrame, Problem


class SourceFailed(Exception):
    """A source cannot be opened or went away; carries what the user must read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class SourceMoved(SourceFailed):
    """Nothing is wrong, but the sound comes from elsewhere now: ``start`` again, with no word to the user.

    ``problem`` is told only if that fails.
    """


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source has been doing since ``start``; cumulative.

    ``lost_ms`` is sound that never arrived (it was replaced by silence where the gap could be
    placed), ``stalled_ms`` how long nothing has arrived by now, ``zeros_ms`` how long every sample
    has been exactly zero by now. ``may_be_silent``: that is no fault, because it is a monitor of what is
    played. ``is_stand_in``: the source asked for was unplugged, and the server put this one in its place.
    ``notices`` are things the user should read although sound comes. ``waiting_ms``: sound that has come and
    was not read yet.
    """

    delivered_ms: int = 0
    lost_ms: int = 0
    dropped_blocks: int = 0
    stalled_ms: int = 0
    zeros_ms: int = 0
    is_muted: bool = False
    may_be_silent: bool = False
    is_stand_in: bool = False
    notices: tuple[Problem, ...] = ()
    waiting_ms: int = 0


class AudioSource(Protocol):
    """Sound as 20 ms frames of 16 kHz mono s16le. Used by one thread, which is the only owner.

    ``prepare`` → ``start`` → ``read`` … → ``stop`` → (``start`` again or) ``close``.
    """

    @property
    def name(self) -> str:
        """What the user knows it by: a microphone's description, a file's name."""

    @property
    def has_ended(self) -> bool:
        """No frame will follow (end of a file); a microphone never ends, it fails."""

    def prepare(self) -> None:
        """Load what a later ``start`` needs, without taking sound. Raises ``SourceFailed``."""

    def start(self) -> None:
        """Begin to take sound. Raises ``SourceFailed``."""

    def read(self, timeout_s: float) -> AudioFrame | None:
        """The next frame; ``None`` when none came within ``timeout_s`` or the source has ended.

        ``at_ms`` counts from the first sample after ``start``. Raises ``SourceFailed`` when the
        device went away.
        """

    def stop(self) -> None:
        """Take no more sound; what was taken but not read is forgotten. Safe to repeat."""

    def close(self) -> None:
        """Give the device or file back. Safe to repeat."""

    def health(self) -> SourceHealth:
        """How it has been doing since ``start``."""
