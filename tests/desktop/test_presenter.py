"""What the tray no longer says once it is over."""

from __future__ import annotations

import pytest

from audio.events import Problem
from desktop.core import keep_alive_problems
from desktop.core.gpu_policy import NEARLY_FULL
from desktop.presenter import is_over
from recognizer import gpu_problems
from recognizer.events import ModelSpec, Ready
from recognizer.gpu_reading import GpuReading, GpuSnapshot, Moment
from recognizer.problems import CRASHED, OUT_OF_MEMORY_CODE

GIB = 1 << 30
WARNING = Problem(NEARLY_FULL, "Nearly full.", "Close something.")
UNREACHABLE = Problem("server-unreachable", "It cannot be reached.", "Check its address.")
UNENCRYPTED = Problem("server-unencrypted", "Anybody can listen.", "Use wss.")
FELL_BACK = Problem("device-fell-back", "It runs on the CPU.", "Check the driver.")


def snapshot(used: float, problem: Problem | None = None) -> GpuSnapshot:
    card = GpuReading(0, "GPU-0", "RTX", 100 * GIB, int(used * 100 * GIB), 0, 0, 0, 0)
    return GpuSnapshot((card,), problem, 0.0, Moment.PERIODIC)


def ready(notice: Problem | None = None) -> Ready:
    return Ready(1, ModelSpec("scripted", "m"), "cuda:0", 1.0, 42, notice)


@pytest.mark.parametrize(
    ("problem", "event", "expected"),
    [
        (gpu_problems.GPU_LOST, snapshot(0.1), True),
        (gpu_problems.GPU_LOST, snapshot(0.1, gpu_problems.GPU_LOST), False),
        (gpu_problems.NO_PERMISSION, GpuSnapshot((), None, 0.0, Moment.PERIODIC), False),
        (WARNING, snapshot(0.95), False),
        (WARNING, snapshot(0.88), False),
        (WARNING, snapshot(0.5), True),
        (CRASHED, ready(), True),
        (CRASHED, ready(FELL_BACK), False),
        (keep_alive_problems.STAYS_UNLOADED, ready(), True),
        (keep_alive_problems.given_way("GameMode"), ready(), True),
        (keep_alive_problems.NO_MODEL, ready(), True),
        (UNREACHABLE, ready(), True),
        (UNREACHABLE, ready(UNENCRYPTED), False),
        (Problem(OUT_OF_MEMORY_CODE, "No room.", "Close something."), ready(), True),
        (keep_alive_problems.runs_on_cpu("m"), ready(), False),
        (keep_alive_problems.runs_smaller("m", "cpu", "auto"), ready(), False),
        (FELL_BACK, ready(), False),
        (FELL_BACK, snapshot(0.1), False),
        (CRASHED, object(), False),
    ],
)
def test_trouble_is_shown_until_it_is_over(problem: Problem, event: object, expected: bool) -> None:
    assert is_over(problem, event, 90) is expected
