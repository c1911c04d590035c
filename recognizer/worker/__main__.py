"""Entry of the worker process: ``python -m recognizer.worker --parent PID``.

File descriptor 1 is claimed for the protocol before anything is imported that may print; from
then on, what anybody prints goes to stderr, which is the log.
"""

from __future__ import annotations

import os
import sys

_OUT = os.dup(1)
os.dup2(2, 1)


def main() -> None:
    """Serve until told to exit, until stdin closes, or until the parent dies."""
    from recognizer.worker.lifeline import die_with_parent, serve

    die_with_parent(_parent_pid(sys.argv))
    serve(0, _OUT)


def _parent_pid(arguments: list[str]) -> int | None:
    if "--parent" in arguments[:-1]:
        return int(arguments[arguments.index("--parent") + 1])
    return None


if __name__ == "__main__":
    main()
