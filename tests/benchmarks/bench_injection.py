"""Dictation key pressed -> fact told, and text asked for -> taken by the editor, on a virtual desktop.

Real parts: X server, window manager, a Qt text field as another program, XTest as the keyboard.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the instruments of the tests

from figures import report, spread

from desktop.core.events import KeyPressed, KeyReleased, TextLanded
from desktop.oslayer.focus import FocusReader
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.hotkeys.x11_listener import X11HotkeyListener
from desktop.oslayer.injection.x11_injector import X11Injector
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.event_log import EventLog
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser

SENTENCE = "你好，the quick brown fox jumps over the lazy dog. "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with VirtualDesktop() as desktop:
        user = XUser(desktop)
        figures = key_figures(desktop, user, options.times) | insertion_figures(desktop, user, options.times)
        user.close()
    targets = {"press_to_fact_ms": 5.0, "focused_window_ms": 2.0, "insert_to_taken_ms": 50.0}
    report("injection", figures, targets)


def key_figures(desktop: VirtualDesktop, user: XUser, times: int) -> dict[str, object]:
    """XTest event sent -> ``KeyPressed``/``KeyReleased`` at the callback."""
    log, heard_s = EventLog(), []

    def hear(event: object) -> None:
        heard_s.append(time.perf_counter())
        log.emit(event)  # type: ignore[arg-type]

    listener = X11HotkeyListener(parse_key("Right Ctrl"), hear, display_name=desktop.display)
    listener.start()
    time.sleep(0.5)
    pressed, released = [], []
    for _ in range(times):
        for act, kind, figures in (
            (user.press, KeyPressed, pressed),
            (user.release, KeyReleased, released),
        ):
            start_s = time.perf_counter()
            act("Control_R")
            log.wait_for(kind)
            figures.append((heard_s[-1] - start_s) * 1000.0)
    listener.stop()
    return {"press_to_fact_ms": spread(pressed), "release_to_fact_ms": spread(released)}


def insertion_figures(desktop: VirtualDesktop, user: XUser, times: int) -> dict[str, object]:
    """``insert`` called -> the other program has read the text; the clipboard was saved at key-down."""
    log = EventLog()
    injector = X11Injector(log.emit, display_name=desktop.display)
    injector.start()
    window = QtProcess(desktop, "edit")
    target = user.focused("qt_window")
    user.copy(b"what was on the clipboard before")
    taken, focus = [], []
    reader = FocusReader(desktop.display)
    for number in range(times + 1):
        start_s = time.perf_counter()
        reader.read()
        focus.append((time.perf_counter() - start_s) * 1000.0)
        injector.prepare()
        injector.insert(number, SENTENCE, target)
        taken.append(log.wait_for(TextLanded, dictation_id=number).took_ms)
        time.sleep(0.2)  # the clipboard is being given back, as it is between two dictations
    injector.stop()
    window.stop()
    return {"focused_window_ms": spread(focus[1:]), "insert_to_taken_ms": spread(taken[1:])}


if __name__ == "__main__":
    main()
