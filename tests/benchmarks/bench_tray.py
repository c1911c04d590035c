"""Start of the tray program until its icon is registered, its memory, and what it costs while idle.

The program runs on a virtual desktop with a real tray host, whose own signal tells when the icon is there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
from figures import report, spread

from desktop.oslayer.virtual_desktop import VirtualDesktop

PROGRAM = [sys.executable, "-m", "desktop"]
WATCHER = "org.kde.StatusNotifierWatcher"
MIB = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle-s", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with VirtualDesktop(sound=True, tray=True) as desktop:
        start_ms(desktop, quits=True)  # the first one after an installation writes caches
        starts = [start_ms(desktop, quits=True) for _ in range(options.starts)]
        start_ms(desktop, quits=False)
        tray = tray_process(desktop)
        time.sleep(3.0)
        idle = idle_percent(tray, options.idle_s)
        threads = tray.num_threads()
        memory, maps = tray.memory_full_info(), {Path(each.path).name for each in tray.memory_maps()}
        quit_program(desktop)
    figures = {
        "start_to_icon_ms": spread(starts),
        "rss_mib": round(memory.rss / MIB, 1),
        "pss_mib": round(memory.pss / MIB, 1),
        "idle_percent_of_one_core": round(idle, 3),
        "threads": threads,
        "loads_torch": any(name.startswith("libtorch") for name in maps),
    }
    report("tray", figures, {"start_to_icon_ms": 500.0, "rss_mib": 110.0, "idle_percent_of_one_core": 0.5})


def start_ms(desktop: VirtualDesktop, *, quits: bool) -> float:
    """Start the program; the time from its exec to the tray host's word that the icon is registered."""
    monitor = desktop.start(["gdbus", "monitor", "--session", "--dest", WATCHER], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    assert monitor.stdout is not None
    while b"owned by" not in monitor.stdout.readline():
        pass
    started_s = time.perf_counter()
    program = desktop.start(PROGRAM)
    while b"StatusNotifierItemRegistered" not in monitor.stdout.readline():
        pass
    took_ms = (time.perf_counter() - started_s) * 1000
    monitor.terminate()
    monitor.wait()
    if quits:
        quit_program(desktop)
        program.wait(10)
    return took_ms


def tray_process(desktop: VirtualDesktop) -> psutil.Process:
    """The running tray program (not its parent that ties it to us)."""
    return psutil.Process(json.loads(desktop.run([*PROGRAM, "status", "--json"]))["pid"])


def idle_percent(process: psutil.Process, seconds: float) -> float:
    """Processor time of the program over ``seconds``, as a share of one core in percent."""
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    return max(0.0, 100.0 * (after.user + after.system - before.user - before.system) / seconds)


def quit_program(desktop: VirtualDesktop) -> None:
    desktop.run([*PROGRAM, "quit"])


if __name__ == "__main__":
    main()
