"""Write the lock files from what is installed in ``.venv``: exact versions with the hashes of every build.

    .venv/bin/python build/lock.py [path of uv]

Needed only after adding or upgrading a dependency: install it into ``.venv``, see the tests pass, then run
this. ``uv`` (any recent one, installed anywhere) is asked for the hashes alone, never to resolve or install.
What a user installs is therefore exactly what was tested.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

BUILD = Path(__file__).resolve().parent
TOOLS = ("editables", "hatchling", "setuptools")
UNHASHED = "torch"
LEFT_OUT = frozenset({"colorama"})  # for Windows consoles
# Python took these out of its standard library in 3.13; the reader of compressed audio still wants them.
GONE_IN_3_13 = ("audioop-lts", "standard-aifc", "standard-chunk", "standard-sunau")
NEWER_PYTHONS = tuple(f"{name}; python_version >= '3.13'" for name in GONE_IN_3_13)


def main(uv: str) -> None:
    """Write every lock file."""
    project = tomllib.loads((BUILD.parent / "pyproject.toml").read_text())
    tools = closure(TOOLS)
    program = closure(project["project"]["dependencies"]) - tools
    development = closure(project["dependency-groups"]["dev"]) - tools - program
    write(uv, "requirements-tools.txt", "What builds source packages and our own.", pins(tools))
    write(uv, "requirements.txt", "What the program needs, torch apart.", [*pins(program), *NEWER_PYTHONS])
    write(uv, "requirements-dev.txt", "What checks and tests it.", pins(development))
    release = version(UNHASHED).partition("+")[0]
    text = "# By version alone: CPU and CUDA builds of one release differ in their hashes.\n"
    (BUILD / "requirements-torch.txt").write_text(f"{text}{UNHASHED}=={release}\n")


def closure(wanted: Iterable[str]) -> set[str]:
    """Names of ``wanted`` and of everything they require on this system, as installed."""
    waiting, found = [Requirement(text) for text in wanted], set[str]()
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and name not in found | LEFT_OUT:
            found.add(name)
            waiting += [Requirement(text) for text in requires(name) or ()]
    return found - {UNHASHED}


def pins(names: Iterable[str]) -> list[str]:
    """``name==version`` for each installed package.

    Raises:
        SystemExit: one is not installed.
    """
    try:
        return [f"{name}=={version(name)}" for name in sorted(names)]
    except PackageNotFoundError as missing:
        raise SystemExit(f"{missing.name} is not installed in this environment") from missing


def write(uv: str, name: str, title: str, requirements: Iterable[str]) -> None:
    """Ask uv for the hashes of ``requirements`` and write the lock file."""
    options = ["--no-deps", "--universal", "--python-version=3.11", "--generate-hashes", "--no-header",
               "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    answer = subprocess.run([uv, "pip", "compile", "--quiet", *options, "-"], text=True, check=True,
                            input="\n".join(requirements), stdout=subprocess.PIPE).stdout
    (BUILD / name).write_text(f"# {title} Written by build/lock.py; for Python 3.11 to 3.13.\n{answer}")
    sys.stdout.write(f"{name}: {len(re.findall('^[^ #].*==', answer, re.MULTILINE))} packages\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "uv")
