"""When a worker counts as hung; the clock is the test's."""

from __future__ import annotations

from recognizer.child import Ending, Ladder
from recognizer.events import ModelSpec
from recognizer.problems import HUNG
from recognizer.worker_run import Deadlines, Phase, WorkerRun

SECOND = 32_000


class SilentChild:
    """A process that says nothing."""

    pid = 1

    def send(self, data: bytes) -> None:
        """Nobody listens."""

    def read(self) -> bytes:
        return b""

    def end(self, ladder: Ladder, ask: bytes | None) -> Ending:
        return Ending(0, "asked", 0.0)

    def wait(self, timeout_s: float) -> bool:
        return True

    def bound_log(self) -> None:
        """There is none."""


def ready_run() -> WorkerRun:
    deadlines = Deadlines(step_base_s=10.0, step_per_audio_s=3.0)
    run = WorkerRun(1, ModelSpec("scripted", "s"), SilentChild(), lambda fact: None, deadlines, 0.0)
    run.enter(Phase.READY, 0.0)
    return run


def test_a_long_utterance_may_take_longer() -> None:
    run = ready_run()
    assert run.watch(0.0, 30 * SECOND, is_working=True) is None
    assert run.watch(99.0, 30 * SECOND, is_working=True) is None
    assert run.watch(101.0, 30 * SECOND, is_working=True) is HUNG


def test_the_final_of_a_cancelled_utterance_may_take_as_long() -> None:
    """The worker cannot be stopped in the middle of it; it is not hung, and the next dictation needs it."""
    run = ready_run()
    run.watch(0.0, 30 * SECOND, is_working=True)
    assert run.watch(50.0, 0, is_working=False) is None
    run.answered(1)
    assert run.watch(60.0, 0, is_working=True) is None
    assert run.watch(71.0, 0, is_working=True) is HUNG, "what was long has been answered"
