"""``plosive --version``."""

from __future__ import annotations

from argparse import Namespace
from importlib.metadata import PackageNotFoundError, version

from desktop.cli import output


def run(_: Namespace) -> int:
    """Print the version of what is installed."""
    try:
        number = version("plosive")
    except PackageNotFoundError:
        number = "(not installed, run from its sources)"
    output.result(f"plosive {number}")
    return output.OK
