"""What the gauge costs, and how long loading and unloading take.

The gauge is measured against the scripted driver (``tests/fakes/fake_nvml.c``, two cards, twelve processes):
what is left is the cost of our own code. With ``--worker`` a real worker loads a streaming Paraformer of
random weights, recognises, unloads, waits in standby and comes back, on the card if there is one.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from figures import report, spread

from recognizer import events as rec
from recognizer.events import ModelSpec
from recognizer.gpu import GpuProbe
from recognizer.gpu_watch import GpuWatch
from recognizer.local import local_recognizer
from tests.fakes.nvml import FakeNvml
from tests.gpu.card_run import CardRun, make_model

GAUGE_S = 10.0
READINGS = 500
CARDS = ["gpu 24576 350 37 NVIDIA GeForce RTX 3090", "gpu 8192 120 2 NVIDIA T4"]


def scripted_driver(folder: Path) -> FakeNvml:
    """Two cards with a desktop's worth of processes."""
    fake = FakeNvml(folder)
    mine = os.getpid()
    fake.write(
        *CARDS, *(f"proc {n % 2} {'cg'[n % 2]} {mine if n == 0 else 900000 + n} {50 * n}" for n in range(12))
    )
    return fake


def reading_figures() -> dict[str, Any]:
    """One reading, with NVML open and from closed."""
    probe = GpuProbe()
    probe.read()
    warm, cold = [], []
    for _ in range(READINGS):
        started_s = time.perf_counter()
        probe.read({os.getpid()})
        warm.append((time.perf_counter() - started_s) * 1e6)
    for _ in range(20):
        probe.close()
        started_s = time.perf_counter()
        probe.read({os.getpid()})
        cold.append((time.perf_counter() - started_s) * 1e6)
    probe.close()
    return {"reading_us": spread(warm), "first_reading_us": spread(cold)}


def gauge_figures(*, is_watched: bool) -> dict[str, Any]:
    """CPU and wake-ups of the thread ``gpu`` at its own pace."""
    heard: list[object] = []
    watch = GpuWatch(heard.append)
    watch.watch(is_watched)
    time.sleep(0.5)
    task = next(
        Path(f"/proc/self/task/{thread.native_id}")
        for thread in threading.enumerate()
        if thread.name == "gpu"
    )
    before, cpu_s = switches(task), cpu_of(task)
    time.sleep(GAUGE_S)
    wakeups, used_s = switches(task) - before, cpu_of(task) - cpu_s
    watch.stop()
    name = "watched" if is_watched else "unwatched"
    return {
        f"gauge_{name}_core_percent": round(100.0 * used_s / GAUGE_S, 4),
        f"gauge_{name}_wakeups_per_s": round(wakeups / GAUGE_S, 2),
        f"gauge_{name}_readings": len(heard),
    }


def switches(task: Path) -> int:
    """Times a thread went to sleep and woke up."""
    lines = (task / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def cpu_of(task: Path) -> float:
    """Seconds of processor time, to the nanosecond."""
    return int((task / "schedstat").read_text().split()[0]) / 1e9


def gauge_in_a_process_of_its_own() -> dict[str, Any]:
    """So that the fake driver is not the driver of the worker's measurement."""
    import json

    with tempfile.TemporaryDirectory() as name:
        fake = scripted_driver(Path(name))
        command = [sys.executable, __file__, "--gauge-only"]
        done = subprocess.run(
            command,
            env=os.environ | fake.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def worker_figures(size: str, device: str, precision: str) -> dict[str, Any]:
    """A worker's whole life; see ``tests/gpu``."""
    with tempfile.TemporaryDirectory() as name:
        folder = make_model(Path(name) / f"paraformer-{size}", size)
        life = CardRun(ModelSpec("paraformer-streaming", size, str(folder), device, precision), Path(name))
        life.whole_life()
    return {key: value for key, value in life.figures.items() if value is not None} | {
        "failures": "; ".join(life.failures) or "none"
    }


def hung_figures() -> dict[str, Any]:
    """Unloading a worker that never comes back from a step, and one that is stopped altogether."""
    figures: dict[str, Any] = {}
    for name, fault in (("hung", "hang_at_ms"), ("frozen", "freeze_at_ms")):
        with tempfile.TemporaryDirectory() as folder:
            events: queue.SimpleQueue[Any] = queue.SimpleQueue()
            driver = local_recognizer(events.put, Path(folder))
            driver.load(ModelSpec("scripted", name, device="cpu", options=((fault, "300"),)))
            await_event(events, rec.Ready)
            driver.begin(1)
            driver.feed(1, bytes(32_000))
            time.sleep(0.5)  # by now it hangs; nobody can tell so
            started_s = time.perf_counter()
            driver.unload()
            exited = await_event(events, rec.WorkerExited)
            figures[f"unload_{name}_ms"] = round((time.perf_counter() - started_s) * 1000.0, 1)
            figures[f"unload_{name}_how"] = exited.how
            driver.stop()
    return figures


def await_event(events: queue.SimpleQueue[Any], kind: type[Any], timeout_s: float = 30.0) -> Any:
    """The next event of this kind."""
    deadline_s = time.perf_counter() + timeout_s
    while not isinstance(found := events.get(timeout=deadline_s - time.perf_counter()), kind):
        pass
    return found


def main() -> None:
    import json

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", choices=["tiny", "full"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--gauge-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.gauge_only:
        figures = reading_figures() | gauge_figures(is_watched=True) | gauge_figures(is_watched=False)
        print(json.dumps(figures))
        return
    figures = gauge_in_a_process_of_its_own() | hung_figures()
    at_most = {"gauge_watched_core_percent": 0.2, "gauge_unwatched_wakeups_per_s": 0.0}
    at_most |= {"unload_hung_ms": 2500.0, "unload_frozen_ms": 2500.0}
    if options.worker:
        figures |= worker_figures(options.worker, options.device, options.precision)
        at_most |= {"unload_ready_ms": 300.0, "unload_again_ms": 300.0, "unload_last_ms": 300.0}
        if str(figures["runs_on"]).startswith("cuda"):
            at_most |= {"first_partial_standby_ms": 1000.0, "first_partial_cold_ms": 3000.0}
    report("gpu", figures, at_most)


if __name__ == "__main__":
    main()
