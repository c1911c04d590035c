"""Rules of hypothesis for a core that asks to be woken: its alarm rings, or somebody else's tick comes."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from desktop.core.events import TimePassed


class AlarmRules(RuleBasedStateMachine):
    """For a machine whose ``tell`` notes in ``wake_ms`` what the core asked for."""

    now_ms = 0.0
    wake_ms: float | None = None

    def tell(self, event: object) -> None:
        raise NotImplementedError

    @property
    def is_due(self) -> bool:
        return self.wake_ms is not None and self.wake_ms <= self.now_ms

    @rule()
    def wake(self) -> None:
        if self.wake_ms is not None:
            self.now_ms, self.wake_ms = max(self.now_ms, self.wake_ms), None
            self.tell(TimePassed(self.now_ms))
            assert not self.is_due, "an alarm that rings for ever"

    @rule(share=st.sampled_from([0.5, 0.95]))
    def ring_too_early(self, share: float) -> None:
        """A timer that is not exact: its one ring is used up, so it has to be asked for again."""
        if self.wake_ms is not None and self.wake_ms > self.now_ms:
            self.now_ms, self.wake_ms = self.now_ms + (self.wake_ms - self.now_ms) * share, None
            self.tell(TimePassed(self.now_ms))

    @rule(ms=st.sampled_from([1.0, 40.0, 400.0, 5_000.0, 9_000.0]))
    def time_passes(self, ms: float) -> None:
        """Somebody else's tick; never past the alarm that is due."""
        self.now_ms = min(self.now_ms + ms, self.now_ms + ms if self.wake_ms is None else self.wake_ms)
        self.tell(TimePassed(self.now_ms))
