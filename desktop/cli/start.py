"""``plosive`` without a command: become the running program, or tell the running one to show itself."""

from __future__ import annotations

import os
import time
from importlib import import_module
from typing import Final

from audio.events import Problem
from desktop.cli import output
from desktop.cli.output import CommandFailed
from desktop.oslayer.paths import AppPaths, app_paths
from desktop.oslayer.session import SessionKind, detect_session
from desktop.oslayer.single_instance import (
    NO_ANSWER,
    NOT_RUNNING,
    ControlClient,
    ControlFailed,
    InstanceLock,
)

PARTS = ("numpy", "recognizer.driver", "audio.listener", "desktop.runtime")
"""The largest pieces of the program, in the order in which they need each other."""

PATIENCE_S: Final = 15.0
"""How long a program that is just starting or just ending is waited for."""

NO_DESKTOP = Problem(
    "start.no_desktop",
    "There is no desktop session here, so there is no tray to sit in.",
    "Start it in a graphical session; without one: plosive transcribe FILE, or plosive demo --out DIR.",
)


def run(_: object) -> int:
    """Of two programs started at once exactly one becomes the running one; the other ends with 0."""
    try:
        paths = app_paths().make()
    except OSError as error:
        raise CommandFailed(_no_folder(error)) from error
    lock = InstanceLock(paths.instance_lock)
    if not becomes_the_one(lock, ControlClient(paths.control_socket)):
        output.say("Plosive is running already.")
        return output.OK
    try:
        if not can_show_windows():
            raise CommandFailed(NO_DESKTOP)
        from desktop.logs import start_logging

        start_logging(paths.logs)
        show_first(paths)
        from desktop.app import run as run_tray

        return run_tray(paths)
    finally:
        lock.release()


def becomes_the_one(lock: InstanceLock, client: ControlClient, patience_s: float = PATIENCE_S) -> bool:
    """False when another program is the one: it was asked to show itself.

    One that holds the lock without answering is just starting, or is just ending: then we are next.
    """
    deadline_s = time.monotonic() + patience_s
    while not lock.acquire():
        try:
            client.call("raise", timeout_s=max(0.1, deadline_s - time.monotonic()))
        except ControlFailed as failure:
            if failure.problem not in (NOT_RUNNING, NO_ANSWER) or time.monotonic() >= deadline_s:
                raise
            time.sleep(0.02)
        else:
            return False
    return True


def show_first(paths: AppPaths) -> None:
    """The icon, then the parts of the program one by one, so that the tray host is answered in between."""
    from desktop.ui.lean_qt import read_no_sources

    read_no_sources()
    from desktop.ui.first_sight import appear

    sight = appear(paths.settings_file)
    for part in PARTS:
        import_module(part)
        sight.breathe()


def can_show_windows() -> bool:
    """Whether there is a desktop session, or Qt was told to draw elsewhere."""
    return "QT_QPA_PLATFORM" in os.environ or detect_session().kind is not SessionKind.NONE


def _no_folder(error: OSError) -> Problem:
    return Problem(
        "start.no_folder",
        f"A folder that Plosive needs cannot be used: {error.filename or ''} {error.strerror or error}.",
        "Check who owns it and whether the disk is full.",
    )
