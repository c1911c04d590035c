"""What the user hears of a mistake in the program itself."""

from __future__ import annotations

from dataclasses import dataclass

from audio.events import Problem

STUMBLED = Problem(
    "program.stumbled",
    "A mistake in this program has just shown itself; something may be missing or out of date.",
    "If anything looks wrong, quit and start again. plosive doctor names the log that tells more.",
)


@dataclass(frozen=True, slots=True)
class ProgramStumbled:
    """An exception that nobody expected was logged, in a slot or a thread."""
