"""What a key bound to ``plosive press`` costs, and the history's answers with ten thousand dictations in it.

A bare interpreter is started in turn with the command: the difference is ours. The program that answers is
a control socket of this process, so that only the command line is measured.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from figures import report, spread

from desktop.history import HistoryEntry, HistoryStore
from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.single_instance import Response

BARE = [sys.executable, "-c", "pass"]
PRESS = [sys.executable, "-m", "desktop", "press"]
ENTRIES = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    runs = parser.parse_args().runs
    figures = press_figures(runs) | history_figures(runs)
    targets = {
        "press_ms": 100.0,
        "press_cpu_ms": 100.0,
        "history_latest_20_ms": 5.0,
        "history_search_ms": 5.0,
        "history_search_chinese_ms": 5.0,
    }
    report("commandline", figures, targets)


def press_figures(runs: int) -> dict[str, object]:
    """Start of the process until its end, the request answered."""
    with tempfile.TemporaryDirectory(prefix="plosive-") as folder:
        (Path(folder) / "plosive").mkdir(mode=0o700)
        socket = Path(folder) / "plosive" / "control.sock"
        server = ControlServer(socket, lambda _request, reply: reply(Response()))
        environment = {"XDG_RUNTIME_DIR": folder, "PATH": "/usr/bin:/bin"}
        bare, press = [], []
        for _ in range(runs):
            bare.append(timed(BARE, environment))
            press.append(timed(PRESS, environment))
        server.stop()
    return {
        "press_ms": spread([wall for wall, _ in press]),
        "press_cpu_ms": spread([cpu for _, cpu in press]),
        "bare_interpreter_ms": spread([wall for wall, _ in bare]),
    }


def timed(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall time and processor time in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    wall = (time.perf_counter() - started) * 1000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def history_figures(runs: int) -> dict[str, object]:
    """Reading is done on the GUI thread, writing on the thread ``history``."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="plosive-") as folder, HistoryStore(Path(folder)) as store:
        for text in texts():
            store.add(HistoryEntry(now, now, text))
        asked: dict[str, Callable[[], object]] = {
            "history_add_ms": lambda: store.add(HistoryEntry(now, now, "one more")),
            "history_latest_20_ms": lambda: store.latest(20),
            "history_search_ms": lambda: store.search("number 77"),
            "history_search_chinese_ms": lambda: store.search("世界"),
            "history_integrity_check_ms": store.damage,
        }
        figures: dict[str, object] = {name: spread(in_ms(ask, runs)) for name, ask in asked.items()}
        return figures | {"history_mib": round(store.used_bytes() / (1 << 20), 1)}


def texts() -> list[str]:
    """Different enough for an index to have work."""
    words = "the of and to in is you that it he was for on are as with his they at be".split()
    return [
        f"dictation number {n} " + " ".join(words[n * k % len(words)] for k in range(1, 25)) + " 你好世界"
        for n in range(ENTRIES)
    ]


def in_ms(action: Callable[[], object], runs: int) -> list[float]:
    """How long each of ``runs`` calls took."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


if __name__ == "__main__":
    main()
