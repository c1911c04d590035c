"""``plosive doctor``: folders, settings, history, the running program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from desktop.cli.checks import Check, Verdict, missing
from desktop.history import HistoryFailed, HistoryStore
from desktop.history.store import FILE_NAME
from desktop.oslayer.paths import AppPaths
from desktop.oslayer.single_instance import ControlClient, ControlFailed, NotRunning
from desktop.settings import Settings, load


def folders(paths: AppPaths) -> Iterator[Check]:
    """Whether the program can keep what it must keep."""
    named = {"settings": paths.config, "data": paths.data, "state": paths.state, "runtime": paths.runtime}
    for name, folder in named.items():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_writable = os.access(folder, os.W_OK)
        except OSError:
            is_writable = False
        verdict = Verdict.FOUND if is_writable else Verdict.BROKEN
        remedy = "" if is_writable else "Check its owner and permissions, and the space left on the disk."
        yield Check("folder", name, verdict, str(folder), remedy)
    yield Check("folder", "log", Verdict.FOUND, str(paths.logs))


def settings_file(paths: AppPaths) -> Iterator[Check]:
    """What in the file has no effect."""
    _, problems = load(paths.settings_file)
    for problem in problems:
        yield missing("settings", problem.code, problem)
    if not problems:
        yield Check("settings", "file", Verdict.FOUND, str(paths.settings_file))


def history(settings: Settings, paths: AppPaths) -> Iterator[Check]:
    """Whether the database is whole. A damaged one is mended when the program starts."""
    chosen = settings.history.directory
    folder = Path(chosen).expanduser() if chosen else paths.data
    if not settings.history.enabled:
        yield Check("history", "database", Verdict.FOUND, "switched off in the settings")
        return
    if not (folder / FILE_NAME).exists():
        yield Check("history", "database", Verdict.FOUND, f"none yet; it will be in {folder}")
        return
    remedy = "Start Plosive: it moves the damaged file aside and keeps what can be read."
    try:
        with HistoryStore(folder, is_read_only=True) as store:
            damage, count = store.damage(), store.count()
    except HistoryFailed as failure:
        yield Check("history", "database", Verdict.MISSING, failure.problem.sentence, remedy)
        return
    if damage:
        yield Check("history", "database", Verdict.MISSING, "damaged", remedy)
    else:
        yield Check("history", "database", Verdict.FOUND, f"whole, {count} dictations")


def running_program(paths: AppPaths) -> Iterator[Check]:
    """Whether it runs and answers; not running is no fault."""
    try:
        answer = ControlClient(paths.control_socket).call("status", timeout_s=5.0)
    except NotRunning:
        yield Check("program", "tray program", Verdict.FOUND, "not running")
    except ControlFailed as failure:
        yield missing("program", "tray program", failure.problem)
    else:
        yield Check("program", "tray program", Verdict.FOUND, f"running, {answer.get('state', 'answers')}")
