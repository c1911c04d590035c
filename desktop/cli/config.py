"""``plosive config``: settings by their dotted keys."""

from __future__ import annotations

import contextlib
import difflib
from argparse import Namespace

from audio.events import Problem
from desktop.cli import output
from desktop.cli.output import CommandFailed
from desktop.oslayer import autostart
from desktop.oslayer.paths import app_paths, runtime_folder
from desktop.oslayer.single_instance import ControlClient, ControlFailed
from desktop.settings import OPTIONS, BadValue, Option, Settings, load, save
from desktop.settings.reading import shown


def run_get(arguments: Namespace) -> int:
    """Print one value, or every setting with its value."""
    settings = settings_told()
    if arguments.key:
        value = settings.get(option_named(arguments.key).key)
        output.result_json(value) if arguments.json else output.result(plain(value))
    elif arguments.json:
        output.result_json({key: settings.get(key) for key in OPTIONS})
    else:
        for key in OPTIONS:
            output.result(f"{key} = {shown(settings.get(key))}")
    return output.OK


def run_set(arguments: Namespace) -> int:
    """Check and save one value; a running program takes it up."""
    option = option_named(arguments.key)
    settings = settings_told()
    try:
        changed = settings.replace(option.key, option.parse(arguments.value))
    except BadValue as error:
        raise CommandFailed(_refused(option, error)) from error
    save(app_paths().settings_file, changed)
    with contextlib.suppress(ControlFailed):
        ControlClient(runtime_folder() / "control.sock").call("reload-settings", timeout_s=5.0)
    output.say(f"{option.key} = {shown(changed.get(option.key))}")
    is_login = option.key == "interface.start_at_login"
    if is_login and (problem := autostart.follow(changed.interface.start_at_login)):
        raise CommandFailed(problem)
    return output.OK


def run_path(_: Namespace) -> int:
    """Print where the settings file is, or would be."""
    output.result(str(app_paths().settings_file))
    return output.OK


def settings_told() -> Settings:
    """The settings; what is wrong with the file goes to stderr."""
    settings, problems = load(app_paths().settings_file)
    for problem in problems:
        output.tell(problem)
    return settings


def option_named(key: str) -> Option:
    """The setting of that name. Raises ``CommandFailed`` with the nearest names."""
    if key in OPTIONS:
        return OPTIONS[key]
    near = difflib.get_close_matches(key, OPTIONS, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "plosive config get lists all of them."
    raise CommandFailed(Problem("settings.no_such", f"There is no setting {key!r}.", remedy))


def plain(value: object) -> str:
    """A value without quotes, for scripts."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(option: Option, error: BadValue) -> Problem:
    allowed = "" if option.allowed == "text" else f" Allowed: {option.allowed}."
    return Problem("settings.value", f"{option.key} {error}".rstrip(".") + ".", option.sentence + allowed)
