"""The time without a source in the middle of a listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audio.events import Problem
from audio.listener_settings import ListenerSettings

RETRY_S: Final = 0.2
PATIENT_RETRY_S: Final = 1.0
"""From ``PATIENCE_S`` on it is looked for less often: a meeting may go on for hours without."""
PATIENCE_S: Final = 10.0
TELL_S: Final = 1.0
"""An outage that may last for long is told when it has lasted for so long."""


@dataclass(slots=True)
class Outage:
    """The source failed; it or another is looked for until ``deadline_s``, by the monotonic clock.

    ``problem`` ``None``: nothing is wrong, the sound only comes from elsewhere now.
    """

    reason: Problem
    problem: Problem | None
    silent_since_s: float
    begun_s: float
    deadline_s: float
    next_try_s: float
    is_told: bool = False

    def wait_s(self, now_s: float) -> float:
        """Until the next look."""
        return max(0.0, min(self.next_try_s - now_s, RETRY_S))

    def note_failure(self, now_s: float) -> bool:
        """It was not found; whether to give up."""
        is_patient = now_s - self.begun_s > PATIENCE_S
        self.next_try_s = now_s + (PATIENT_RETRY_S if is_patient else RETRY_S)
        return now_s >= self.deadline_s

    def is_to_be_told(self, now_s: float, settings: ListenerSettings) -> bool:
        """Whether somebody should learn now that nothing is heard; true at most once."""
        is_due = settings.longest_outage_s > PATIENCE_S and now_s - self.begun_s >= TELL_S
        is_due, self.is_told = is_due and not self.is_told, self.is_told or is_due
        return is_due


def outage(
    reason: Problem, problem: Problem | None, silent_since_s: float, now_s: float, settings: ListenerSettings
) -> Outage:
    """One that begins now."""
    return Outage(reason, problem, silent_since_s, now_s, now_s + settings.longest_outage_s, now_s)
