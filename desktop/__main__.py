"""``plosive`` and ``python -m desktop``: the command line, which also starts the tray program."""

from __future__ import annotations

import sys

WORKER_FLAG = "--recognizer-worker"
"""In a bundle there is one executable only: with this it is the recognizer's worker process."""


def main() -> int:
    """Run what the command line asks for; the exit code."""
    if sys.argv[1:2] == [WORKER_FLAG]:
        import runpy

        sys.argv = [sys.argv[0], *sys.argv[2:]]
        runpy.run_module("recognizer.worker", run_name="__main__", alter_sys=True)
        return 0
    from desktop.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
