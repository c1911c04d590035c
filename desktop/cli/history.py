"""``plosive history``: what you dictated, from the command line."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from audio.events import Problem
from desktop.cli import output
from desktop.cli.config import settings_told
from desktop.cli.output import CommandFailed
from desktop.history import HistoryEntry, HistoryStore
from desktop.history.export import FORMS, as_dict, export, local_time, shown_text
from desktop.history.file_work import FILE_NAME as FILE_WORK
from desktop.history.file_work import FileWork
from desktop.history.store import FILE_NAME
from desktop.oslayer.paths import app_paths, runtime_folder
from desktop.oslayer.single_instance import ControlClient, ControlFailed


def history_folder() -> Path:
    """Where the settings want the history."""
    chosen = settings_told().history.directory
    return Path(chosen).expanduser() if chosen else app_paths().data


def run_list(arguments: Namespace) -> int:
    """Print the latest dictations, the newest last."""
    with _opened() as store:
        return _print(store.latest(arguments.limit), as_json=arguments.json)


def run_search(arguments: Namespace) -> int:
    """Print dictations that hold all the words; exit code 1 when there is none."""
    with _opened() as store:
        found = store.search(" ".join(arguments.words), arguments.limit)
    _print(found, as_json=arguments.json)
    return output.OK if found else output.FAILED


def run_clear(arguments: Namespace) -> int:
    """Forget everything, after asking; recordings of failed dictations go, too."""
    folder, state = history_folder(), app_paths().state
    if not ((folder / FILE_NAME).is_file() or (state / FILE_WORK).is_file()):
        output.say("There is no history.")
        return output.OK
    if not arguments.yes and not _agreed():
        remedy = "To do it: plosive history clear --yes"
        raise CommandFailed(Problem("history.kept", "Nothing was forgotten.", remedy))
    with HistoryStore(folder) as store:
        forgotten = store.clear()
    for path in forgotten.audio_paths:
        with suppress(OSError):
            Path(path).unlink()
    forget_file_work(state)
    with suppress(ControlFailed):
        ControlClient(runtime_folder() / "control.sock").call("reread-history", timeout_s=5.0)
    output.say(f"{forgotten.dictations} dictations forgotten.")
    return output.OK


def forget_file_work(folder: Path) -> None:
    """What jobs of files left to go on with, and the names of their results."""
    if (folder / FILE_WORK).is_file():
        work = FileWork(folder)
        work.clear()
        work.close()


def run_export(arguments: Namespace) -> int:
    """Write everything to a file of mode 0600, or to stdout."""
    form = arguments.format or Path(arguments.out).suffix.removeprefix(".").lower()
    if form not in FORMS:
        remedy = f"Name a file that ends in {', '.join(FORMS)}, or add --format."
        raise CommandFailed(Problem("history.format", f"{arguments.out!r} does not tell a format.", remedy))
    with _opened() as store:
        count = _write(arguments.out, export(store.all(), form)) if arguments.out != "-" else None
        if count is None:
            sys.stdout.writelines(export(store.all(), form))
            sys.stdout.flush()
    return output.OK


def _opened() -> HistoryStore:
    return HistoryStore(history_folder(), is_read_only=True)


def _print(entries: list[HistoryEntry], *, as_json: bool) -> int:
    if as_json:
        output.result_json([as_dict(entry) for entry in entries])
        return output.OK
    for entry in reversed(entries):
        output.result(f"{local_time(entry)}  {' '.join(shown_text(entry).split())}")
    if not entries:
        output.say("No dictation found.")
    return output.OK


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("Forget every dictation, for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "j", "ja", "是"}


def _write(name: str, pieces: Iterable[str]) -> int:
    path = Path(name)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            return file.tell()
    except OSError as error:
        problem = Problem(
            "history.export", f"{path} cannot be written ({error.strerror}).", "Name another file or folder."
        )
        raise CommandFailed(problem) from error
