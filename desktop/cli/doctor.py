"""``plosive doctor``: is all there that dictation needs? Exit code 0 when it would work, 1 otherwise."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Final

from desktop.cli import output
from desktop.cli.checks import Check, Look, Verdict, look_at
from desktop.oslayer.paths import AppPaths, app_paths
from desktop.settings import Settings, load

MARKS: Final = {Verdict.FOUND: "✓", Verdict.MISSING: "–", Verdict.BROKEN: "✗"}
PIPE_COLUMNS: Final = 120
COLOURS: Final = {Verdict.FOUND: "green", Verdict.MISSING: "yellow", Verdict.BROKEN: "red"}


def run(arguments: Namespace) -> int:
    """Look at everything and print it; the microphone is opened for half a second."""
    checks = list(examine(app_paths(), is_quick=arguments.quick))
    works = not any(check.verdict is Verdict.BROKEN for check in checks)
    if arguments.json:
        output.result_json({"works": works, "checks": [check.as_dict() for check in checks]})
    else:
        print_table(checks)
        output.say("Dictation works." if works else "Dictation does not work yet; see the lines with ✗.")
    return output.OK if works else output.FAILED


def examine(paths: AppPaths, *, is_quick: bool) -> Iterator[Check]:
    """Every check, area by area."""
    settings, _ = load(paths.settings_file)
    for area, look in _looks(settings, paths, is_quick=is_quick):
        yield from look_at(area, look)


def _looks(settings: Settings, paths: AppPaths, *, is_quick: bool) -> Iterator[tuple[str, Look]]:
    """A part whose libraries are missing costs its own checks only: each is imported when its turn comes."""
    yield "folder", _late("checks_data", "folders", paths)
    yield "settings", _late("checks_data", "settings_file", paths)
    yield "history", _late("checks_data", "history", settings, paths)
    yield "sound", _late("checks_sound", "resampling")
    yield "sound", _late("checks_sound", "microphones", settings)
    yield "voice", _late("checks_sound", "voice_detection", settings)
    yield "engine", _late("checks_model", "engines", settings, paths)
    yield "model", _late("checks_model", "models", paths)
    yield "server", _late("checks_model", "recognition_server", settings)
    if not is_quick:
        yield "model", _late("checks_model", "chosen_model_loads", settings, paths)
    yield "gpu", _late("checks_model", "cards")
    yield "desktop", _late("checks_desktop", "session")
    yield "hotkey", _late("checks_desktop", "hotkey", settings)
    yield "insert", _late("checks_desktop", "insertion")
    yield "tray", _late("checks_desktop", "tray")
    yield "program", _late("checks_data", "running_program", paths)


def _late(module: str, function: str, *arguments: object) -> Look:
    """``function`` of a module of checks, imported when it is called."""

    def look() -> Iterable[Check]:
        checks: Iterable[Check] = getattr(import_module(f"desktop.cli.{module}"), function)(*arguments)
        return checks

    return look


def print_table(checks: Sequence[Check]) -> None:
    """A table as wide as the terminal; in a pipe, plain lines."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    area = ""
    for check in checks:
        name = Text(check.area if check.area != area else "", style="bold")
        detail = Text(check.detail)
        if check.remedy:
            detail.append(("\n" if check.detail else "") + f"→ {check.remedy}", style="italic")
        mark = Text(MARKS[check.verdict], style=COLOURS[check.verdict])
        table.add_row(name, mark, Text(check.name), detail)
        area = check.area
    console.print(table)
