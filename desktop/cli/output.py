"""What the command line prints: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from audio.events import Problem

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_RUNNING: Final = 3
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141


class CommandFailed(Exception):
    """A command cannot go on; ``problem`` is what the user reads."""

    def __init__(self, problem: Problem, exit_code: int = FAILED) -> None:
        super().__init__(problem.sentence)
        self.problem = problem
        self.exit_code = exit_code


def result(text: str) -> None:
    """A line of what was asked for."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def result_json(value: Any) -> None:
    """What was asked for, for other programs."""
    result(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """A line about what goes on; not part of the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def tell(problem: Problem) -> None:
    """What is wrong, and what to do."""
    say(problem.sentence)
    if problem.remedy:
        say(f"  → {problem.remedy}")


def use_utf8() -> None:
    """Pipes and old terminals get UTF-8, and never an error for a letter they cannot show."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
