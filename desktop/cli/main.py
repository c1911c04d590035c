"""``plosive``: which command, and what every command has in common.

argparse, and nothing else imported before the command is known: ``plosive press`` stands behind a key
and must be quick. No traceback reaches the user: it goes to the log, and a sentence names the log.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from audio.events import Problem
from desktop.cli import output
from desktop.cli.output import CommandFailed

START: Final = "desktop.cli.start:run"


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; the exit code. Never raises."""
    output.use_utf8()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return output.INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except CommandFailed as failure:
        output.tell(failure.problem)
        return failure.exit_code
    except Exception as error:  # noqa: BLE001 - the last place to turn it into a sentence
        return _unexpected(error)


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments:  # the tray program stays: it needs none of the parsers
        return _carrier(START)(None)
    from desktop.cli.parser import build_parser

    try:
        parsed = build_parser().parse_args(arguments)
    except SystemExit as end:  # argparse has said what is wrong, or printed its help
        return end.code if isinstance(end.code, int) else output.USAGE
    return _carrier(getattr(parsed, "run", None) or START)(parsed)


def _carrier(name: str) -> Callable[[Any], int]:
    """``package.module:function``, imported now."""
    module, _, function = name.partition(":")
    carrier: Callable[[Any], int] = getattr(importlib.import_module(module), function)
    return carrier


def _unexpected(error: Exception) -> int:
    """Parts of the program raise exceptions that carry a problem; anything else is a mistake of ours."""
    problem = getattr(error, "problem", None)
    if not isinstance(problem, Problem):
        remedy = f"What happened is in {_log(error)}; please report it."
        problem = Problem("unexpected", "Something went wrong that should not have.", remedy)
    output.tell(problem)
    return output.FAILED


def _log(error: Exception) -> str:
    import logging

    from desktop.logs import start_logging
    from desktop.oslayer.paths import app_paths

    try:
        path = start_logging(app_paths().logs)
        logging.getLogger(__name__).error("command line: unexpected", exc_info=error)
        return str(path)
    except OSError:
        return "no log, because none can be written"


def _reader_gone() -> int:
    """Whoever read our output has gone; Python must not complain about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return output.BROKEN_PIPE
