"""``plosive log``: the end of the program's log, or what was done to the card's memory."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from datetime import datetime

from desktop.cli import output
from desktop.gpu_log import GpuLog, GpuOperation
from desktop.logs import FILE_NAME
from desktop.oslayer.paths import app_paths


def run(arguments: Namespace) -> int:
    """Print the latest lines, the newest last."""
    return _gpu(arguments) if arguments.gpu else _program(arguments)


def _gpu(arguments: Namespace) -> int:
    operations = GpuLog(app_paths().gpu_log).read(arguments.limit)
    if arguments.json:
        output.result_json([asdict(each) for each in operations])
        return output.OK
    for each in operations:
        output.result(line_of(each))
    if not operations:
        output.say("Nothing has been done to a card's memory yet.")
    return output.OK


def _program(arguments: Namespace) -> int:
    path = app_paths().logs / FILE_NAME
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    if not lines:
        output.say(f"There is no log yet; it would be {path}.")
    if arguments.json:
        output.result_json(lines[-arguments.limit :])
    else:
        for line in lines[-arguments.limit :]:
            output.result(line)
    return output.OK


def line_of(operation: GpuOperation) -> str:
    """``2026-11-21 09:28:55  unload  user       1.9 → 0.0 GiB  freed 1.9 GiB``."""
    try:
        when = datetime.fromisoformat(operation.at_utc).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        when = operation.at_utc
    is_known = (operation.before_bytes, operation.after_bytes) != (None, None)
    sizes = f"{_gib(operation.before_bytes)} → {_gib(operation.after_bytes)} GiB" if is_known else ""
    return f"{when}  {operation.what:<10} {operation.by:<12} {sizes:<15}  {operation.sentence}".rstrip()


def _gib(size_bytes: int | None) -> str:
    return "?" if size_bytes is None else f"{size_bytes / (1 << 30):.1f}"
