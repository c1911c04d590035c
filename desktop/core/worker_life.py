"""What ``KeepAlive`` knows about the one worker, and about the standby beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from audio.events import Problem
from recognizer.events import ModelSpec

_REMOTE: Final = "remote"
_CPU_ENGINES: Final = ("pocketsphinx", _REMOTE)
"""Engines that never touch a card of this computer."""


class Step(Enum):
    """Where the worker is. Measuring: about to be ended, the driver is read first."""

    STARTING = auto()
    LOADING = auto()
    LOADED = auto()
    MEASURING = auto()
    ENDING = auto()


@dataclass(slots=True)
class WorkerLife:
    """``asked`` is what we wanted; the recognizer may have had to run something smaller.

    ``until_ms``: when the present step has taken too long; ``None``: it may last. ``problem``: it is
    ended because of this. ``ready_ms``: since when it can recognise.
    """

    asked: ModelSpec
    sent: ModelSpec
    step: Step
    until_ms: float | None
    generation: int | None = None
    pid: int | None = None
    device: str = ""
    ready_ms: float = 0.0
    problem: Problem | None = None

    @property
    def uses_card(self) -> bool:
        """Whether it holds, or is about to hold, memory of a card."""
        return runs_on_card(self.sent) and self.device != "cpu"

    def serves(self, wanted: ModelSpec) -> bool:
        """Whether ``wanted`` is what runs already, also when only the CPU was found for it."""
        return self.asked == wanted or (on_cpu(self.asked) == wanted and not self.uses_card)


@dataclass(slots=True)
class StandbyLife:
    """A prepared worker: asked for, and ready once ``pid`` is known."""

    model: ModelSpec
    generation: int | None = None
    pid: int | None = None
    host_rss_bytes: int = 0


def runs_on_card(model: ModelSpec) -> bool:
    """Whether this model may want a card."""
    return model.device != "cpu" and model.engine not in _CPU_ENGINES


def on_cpu(model: ModelSpec) -> ModelSpec:
    """The same model without a card."""
    return replace(model, device="cpu", precision="auto") if runs_on_card(model) else model


def home_of(model: ModelSpec | None) -> str:
    """Whose model it is: "" for this computer's, else the address of a server."""
    return dict(model.options).get("url", model.name) if model and model.engine == _REMOTE else ""
