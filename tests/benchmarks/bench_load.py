"""Loading and unloading: our worker process against FunASR's ``AutoModel`` in a fresh process.

    python3 build/dev.py bench load [--json] [--model DIR] [--tiny] [--rounds 3]

Wall time from the wish to ready (process start and imports included, file in the page cache), the
largest resident memory until then and after five chunks, time from the wish to unload until the
process is gone, and the reload from standby. The network has the released model's architecture with
random weights; wall times suffer from a busy machine, ratios less so, for the contenders take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from figures import report, spread

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from recognizer import events  # noqa: E402 (the folder above must be known first)
from recognizer.child import worker_environment  # noqa: E402
from recognizer.driver import RecognizerDriver  # noqa: E402
from recognizer.events import ModelSpec  # noqa: E402
from recognizer.local import EMBEDDED_MODEL, local_recognizer  # noqa: E402
from tests.fakes.event_log import EventLog  # noqa: E402
from tests.fakes.tiny_paraformer import FULL, Size, make_paraformer  # noqa: E402

MIB = 1 << 20
CHUNK = bytes(19_200)
TARGETS = {
    "fp32_load_of_automodel": 0.2,
    "fp32_peak_of_automodel": 0.45,
    "int8_peak_of_automodel": 0.3,
    "unload_ready_ms": 300.0,
}
AUTOMODEL = """
import json, sys, time
started_s = time.monotonic()
import numpy as np
from funasr import AutoModel
model = AutoModel(model=sys.argv[1], device="cpu", disable_update=True, disable_pbar=True, ncpu=1)
load_ms = (time.monotonic() - started_s) * 1000.0
cache = {}
for _ in range(5):
    model.generate(input=np.zeros(9600, np.float32), cache=cache, is_final=False, chunk_size=[0, 10, 5],
                   encoder_chunk_look_back=4, decoder_chunk_look_back=1)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("RESULT " + json.dumps({"load_ms": load_ms, "peak_mib": peak / 1024}))
"""


def automodel(folder: Path) -> dict[str, float]:
    """One load by FunASR."""
    started_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", AUTOMODEL, str(folder)],
        capture_output=True,
        text=True,
        env=worker_environment(1),
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    figures: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    return figures | {"whole_ms": (time.monotonic() - started_s) * 1000.0}


def peak_mib(pid: int) -> float:
    """The largest resident memory a process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def cpu_s(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_idle(pid: int) -> None:
    """Until the worker has done its own work after loading."""
    before = -1.0
    while cpu_s(pid) - before > 0.02:
        before = cpu_s(pid)
        time.sleep(0.4)


def worker(driver: RecognizerDriver, log: EventLog, model: ModelSpec) -> dict[str, float]:
    """One life of a worker: load, five chunks, unload."""
    started_s = time.monotonic()
    driver.load(model)
    ready = log.wait_for(events.Ready, within_s=120.0)
    load_ms = (time.monotonic() - started_s) * 1000.0
    loaded_mib = peak_mib(ready.pid)
    utterance_id = ready.generation
    driver.begin(utterance_id)
    for _ in range(5):
        driver.feed(utterance_id, CHUNK)
    driver.end(utterance_id)
    log.wait_for(events.Final, within_s=120.0)
    wait_until_idle(ready.pid)
    peak = peak_mib(ready.pid)
    driver.report_memory()
    settled = log.wait_for(events.MemoryReported).host_rss_bytes / MIB
    started_s = time.monotonic()
    driver.unload()
    log.wait_for(events.WorkerExited)
    unload_ms = (time.monotonic() - started_s) * 1000.0
    return {
        "load_ms": load_ms,
        "loaded_mib": loaded_mib,
        "peak_mib": peak,
        "settled_mib": settled,
        "unload_ms": unload_ms,
    }


def reload_from_standby(driver: RecognizerDriver, log: EventLog, model: ModelSpec) -> dict[str, float]:
    """A prepared worker: what it holds, and how long it needs to become ready."""
    driver.standby(model)
    standing = log.wait_for(events.StandbyReady, within_s=120.0)
    started_s = time.monotonic()
    driver.load(model)
    log.wait_for(events.Ready, within_s=120.0)
    load_ms = (time.monotonic() - started_s) * 1000.0
    driver.unload()
    log.wait_for(events.WorkerExited)
    return {"standby_mib": standing.host_rss_bytes / MIB, "reload_ms": load_ms}


def measure(folder: Path, rounds: int, log_dir: Path) -> dict[str, Any]:
    """Everything, the contenders taking turns."""
    log = EventLog()
    driver = local_recognizer(log.emit, log_dir, threads=1)
    models = {
        each: ModelSpec("paraformer-streaming", each, str(folder), "cpu", each)
        for each in ("fp32", "bf16", "int8")
    }
    models["embedded"] = EMBEDDED_MODEL
    found: dict[str, list[dict[str, float]]] = {"automodel": []} | {name: [] for name in models}
    standby: list[dict[str, float]] = []
    for _ in range(rounds):
        found["automodel"].append(automodel(folder))
        for name, model in models.items():
            found[name].append(worker(driver, log, model))
        standby.append(reload_from_standby(driver, log, models["fp32"]))
    driver.stop()
    return summary(found, standby)


def summary(found: dict[str, list[dict[str, float]]], standby: list[dict[str, float]]) -> dict[str, Any]:
    """Spreads, and ratios to AutoModel."""
    figures: dict[str, Any] = {}
    for name, rounds in found.items():
        for key in rounds[0]:
            figures[f"{name}_{key}"] = spread([each[key] for each in rounds])
    for key in standby[0]:
        figures[f"standby_{key}"] = spread([each[key] for each in standby])
    for name in ("fp32", "bf16", "int8"):
        for key in ("load_ms", "peak_mib"):
            ours, theirs = (statistics.median(each[key] for each in found[n]) for n in (name, "automodel"))
            figures[f"{name}_{key.split('_')[0]}_of_automodel"] = round(ours / theirs, 3)
    ends = [each["unload_ms"] for name in ("fp32", "bf16", "int8", "embedded") for each in found[name]]
    figures["unload_ready_ms"] = spread(ends)
    return figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="a tiny network, to see that it works")
    parser.add_argument("--model", type=Path, help="a model directory instead of random weights")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folders = tempfile.TemporaryDirectory(prefix="plosive-bench-")
    with folders as name, redirect_stdout(sys.stderr):  # FunASR prints there
        folder = Path(name)
        model = options.model or make_paraformer(folder / "model", Size() if options.tiny else FULL)
        figures = measure(model, options.rounds, folder / "log")
    report("load", figures, TARGETS)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
