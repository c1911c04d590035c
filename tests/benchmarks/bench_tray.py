"""Start of the tray program until its icon is registered, its memory, and what it costs while idle.

The program runs on a virtual desktop with a real tray host, whose own signal tells when the icon is there.
A bare tray program of twenty lines is started in turn with it: the ratio holds on any machine, busy or not.
The gauge is live: the scripted driver says something else every second, and a model is loaded.
Memory is told three times: at rest after the start, with the model loaded (in its own process), and after
the first dictation, when sound, speech detector and clipboard have all been used.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from figures import report, spread

from desktop.demo.show import SENTENCES, dictate
from desktop.demo.stage import open_editor
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.nvml import FakeNvml

PROGRAM = [sys.executable, "-m", "desktop"]
BARE = [sys.executable, str(Path(__file__).with_name("bare_tray.py"))]
WATCHER = "org.kde.StatusNotifierWatcher"
MIB = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle-s", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with VirtualDesktop(sound=True, tray=True) as desktop:
        driver = FakeNvml(desktop.folder)
        move_gauge(driver, 0)
        desktop.environment |= driver.environment
        start_ms(desktop, PROGRAM)  # the first one after an installation writes caches
        bares, starts = [], []
        for _ in range(options.starts):
            bares.append(start_ms(desktop, BARE))
            starts.append(start_ms(desktop, PROGRAM))
        start_ms(desktop, PROGRAM, stays=True)
        tray = tray_process(desktop)
        time.sleep(3.0)
        idle = used_percent(tray, options.idle_s)
        memory, maps = tray.memory_full_info(), {Path(each.path).name for each in tray.memory_maps()}
        desktop.run([*PROGRAM, "load"])
        time.sleep(3.0)
        live = used_percent(tray, options.idle_s, lambda step: move_gauge(driver, step))
        threads, loaded = tray.num_threads(), tray.memory_full_info()
        dictated = after_dictation(desktop, tray)
        desktop.run([*PROGRAM, "quit"])
    ratio = statistics.median(starts) / statistics.median(bares)
    figures = {
        "start_to_icon_ms": spread(starts),
        "bare_start_to_icon_ms": spread(bares),
        "start_ratio_to_bare": round(ratio, 2),
        "rss_mib": round(memory.rss / MIB, 1),
        "pss_mib": round(memory.pss / MIB, 1),
        "rss_model_loaded_mib": round(loaded.rss / MIB, 1),
        "rss_after_dictation_mib": dictated,
        "idle_percent_of_one_core": round(idle, 3),
        "live_gauge_percent_of_one_core": round(live, 3),
        "threads": threads,
        "loads_torch": any(name.startswith("libtorch") for name in maps),
    }
    at_most = {
        "start_to_icon_ms": 500.0,
        "start_ratio_to_bare": 2.0,
        "rss_mib": 110.0,
        "rss_model_loaded_mib": 110.0,
        "rss_after_dictation_mib": 110.0,
        "idle_percent_of_one_core": 0.5,
        "live_gauge_percent_of_one_core": 0.5,
    }
    report("tray", figures, {name: limit for name, limit in at_most.items() if figures[name] is not None})


def after_dictation(desktop: VirtualDesktop, tray: psutil.Process) -> float | None:
    """Memory after a first dictation into an editor; nothing where no speech synthesiser is installed."""
    if shutil.which("flite") is None:
        return None
    open_editor(desktop, desktop.folder / "note.txt")
    with tempfile.TemporaryDirectory() as pictures:
        dictate(desktop, SENTENCES[0], Path(pictures), lambda _: None)
    return round(tray.memory_info().rss / MIB, 1)


def start_ms(desktop: VirtualDesktop, command: Sequence[str], *, stays: bool = False) -> float:
    """Start a program; the time from its exec to the tray host's word that the icon is registered."""
    watch = ["gdbus", "monitor", "--session", "--dest", WATCHER]
    monitor = desktop.start(watch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert monitor.stdout is not None
    while b"owned by" not in monitor.stdout.readline():
        pass
    started_s = time.perf_counter()
    program = desktop.start(command)
    while b"StatusNotifierItemRegistered" not in monitor.stdout.readline():
        pass
    took_ms = (time.perf_counter() - started_s) * 1000
    if not stays:
        program.terminate()
        program.wait(10)
    monitor.terminate()
    monitor.wait()
    return took_ms


def move_gauge(driver: FakeNvml, step: int) -> None:
    """Another program's memory changes visibly."""
    driver.write(
        f"gpu 24576 350 {step % 100} NVIDIA GeForce RTX 3090",
        f"proc 0 c 4242 {6000 + 700 * (step % 7)}",
    )


def tray_process(desktop: VirtualDesktop) -> psutil.Process:
    """The running tray program, once it answers."""
    deadline_s = time.monotonic() + 30.0
    while True:
        try:
            return psutil.Process(json.loads(desktop.run([*PROGRAM, "status", "--json"]))["pid"])
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline_s:
                raise


def used_percent(
    process: psutil.Process, seconds: float, each_second: Callable[[int], None] = lambda step: None
) -> float:
    """Processor time of the program over ``seconds``, as a share of one core in percent."""
    before = process.cpu_times()
    for step in range(round(seconds)):
        each_second(step)
        time.sleep(1.0)
    after = process.cpu_times()
    return 100.0 * (after.user + after.system - before.user - before.system) / round(seconds)


if __name__ == "__main__":
    main()
