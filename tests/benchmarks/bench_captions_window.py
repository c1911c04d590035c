"""What the captions' window costs while text streams in: share of a core, against an empty Qt window.

Some minutes into a meeting ten times a second a word is added, the last words being uncertain, as a
recogniser does it; sentences end, speakers take turns, rows roll up smoothly. Each window runs in a process
of its own on a virtual X server; an empty window whose timer fires as often is run in turn with it. The X
server's own time is told apart.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import psutil
from figures import report

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.captions_scenes import start_compositor

ROOT = Path(__file__).resolve().parents[2]
SETTLE_S = 2.0
TICK_PERCENT = 0.05  # the system counts in hundredths of a second
EMPTY = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication(sys.argv)
window = QWidget()
window.resize(768, 136)
window.show()
timer = QTimer(interval=100)
timer.timeout.connect(lambda: None)
timer.start()
app.exec()
"""
CAPTIONS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop.core.captions_view import CaptionsLine, CaptionsState, CaptionsView
from desktop.ui.captions_look import CaptionsLook
from desktop.ui.captions_window import CaptionsWindow
app = QApplication(sys.argv)
window = CaptionsWindow(CaptionsLook(lines=LINES), has_compositor=BLENDED)
WORDS = ("so this is what we measured last week in two runs and nobody should be surprised that the third "
         "one took so much longer than we had thought when we began with it " * 2).split()
def said(key, text):
    return CaptionsLine(key, ("Others", "Me")[key % 2], text + ".", "", True)
done, count = [said(key, " ".join(WORDS)) for key in range(1, 13)], 0
def step():
    global count
    count += 1
    key, at = len(done) + 1, count % len(WORDS)
    speaker = ("Others", "Me")[key % 2]
    text = " ".join(WORDS[:at])
    if at == len(WORDS) - 1:
        done.append(said(key, text))
        window.show_captions(CaptionsView(tuple(done[-12:]), CaptionsState.LIVE))
        return
    now = CaptionsLine(key, speaker, text, " " + " ".join(WORDS[at:at + 2]), False)
    window.show_captions(CaptionsView((*done[-11:], now), CaptionsState.LIVE))
timer = QTimer(interval=100)
timer.timeout.connect(step)
timer.start()
app.exec()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for is_blended, scale in ((False, 1), (True, 1), (True, 2)):
        with VirtualDesktop(screen=f"{1280 * scale}x{800 * scale}x24") as desktop:
            desktop.environment |= {"QT_SCALE_FACTOR": str(scale)}
            if is_blended:
                start_compositor(desktop)
            kind = f"{'blended' if is_blended else 'plain'}_{scale}x"
            empty, _ = percent(desktop, EMPTY, options.seconds)
            figures[f"{kind}_empty_percent_of_one_core"] = round(empty, 2)
            for lines in (2, 6):
                code = CAPTIONS.replace("LINES", str(lines)).replace("BLENDED", str(is_blended))
                own, server = percent(desktop, code, options.seconds)
                figures[f"{kind}_{lines}_lines_percent_of_one_core"] = round(own, 2)
                figures[f"{kind}_{lines}_lines_ratio_to_empty"] = round(own / max(empty, TICK_PERCENT), 1)
                figures[f"{kind}_{lines}_lines_x_server_percent_of_one_core"] = round(server, 2)
    limits = {name: 3.0 for name in figures if name.endswith("lines_percent_of_one_core")}
    report("captions_window", figures, limits)


def percent(desktop: VirtualDesktop, code: str, seconds: float) -> tuple[float, float]:
    """Processor time of a program and of the X server meanwhile, each as a share of one core in percent."""
    environment = {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "xcb"}
    program = desktop.start([sys.executable, "-c", code], env=environment, stdin=subprocess.DEVNULL)
    server = next(each for each in psutil.Process().children() if each.name() == "Xvfb")
    time.sleep(SETTLE_S)
    before = [spent_s(psutil.Process(program.pid)), spent_s(server)]
    time.sleep(seconds)
    assert program.poll() is None, "the program ended by itself"
    after = [spent_s(psutil.Process(program.pid)), spent_s(server)]
    program.terminate()
    program.wait(10)
    own, others = (100.0 * (end - start) / seconds for start, end in zip(before, after, strict=True))
    return own, others


def spent_s(process: psutil.Process) -> float:
    """Processor time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
