"""``plosive demo``: hands over to the demonstration."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from desktop.cli import output


def run(arguments: Namespace) -> int:
    """Show the program; where the result stands is printed."""
    from desktop.demo import run_demo

    out = Path(arguments.out)
    run_demo(out, say=output.say)
    output.result(str(out / "result.json"))
    return output.OK
