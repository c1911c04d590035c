#!/usr/bin/env python3
"""The one command of this repository: set up, run, check, test, demonstrate, measure.

    python3 build/dev.py setup          system packages, .venv, pinned Python packages
    python3 build/dev.py run [ARG…]     set up and start Plosive; without a screen, its demonstration
    python3 build/dev.py check          ruff, mypy --strict, architecture rules
    python3 build/dev.py test [ARG…]    set up, check, and the whole test suite (ARG… go to pytest)
    python3 build/dev.py demo           the demonstration on a virtual desktop, into out/demo
    python3 build/dev.py bench NAME     a benchmark of tests/benchmarks (--json for figures only)

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from environment import PLOSIVE, PYTHON, ROOT, SetupFailed, has_environment, say, set_up

SOURCES = ("audio", "recognizer", "desktop", "resources", "tests", "build")
COMPUTING = (  # folders of tests without screen or microphone
    "build",
    "desktop/cli",
    "desktop/core",
    "desktop/files",
    "desktop/history",
    "desktop/settings",
    "gpu",
    "models",
    "recognizer",
)
BENCHMARKS = ROOT / "tests" / "benchmarks"


def main(arguments: Sequence[str]) -> int:
    """Carry out one verb; the return value is the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal that cannot show "…" is no reason to stop
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("verb", choices=sorted(VERBS))
    options, rest = parser.parse_known_args(arguments)
    try:
        return VERBS[options.verb](rest)
    except SetupFailed as failure:
        say(f"setup: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130


def setup(rest: Sequence[str]) -> int:
    """Install what is missing. Exit code 1 when Debian packages stay missing."""
    started_s = time.monotonic()
    still_missing = set_up()
    if still_missing:
        say(f"setup: the Python side is ready; {len(still_missing)} Debian packages are missing (see above)")
        return 1
    say(f"setup: everything is there ({time.monotonic() - started_s:.1f} s)")
    return 0


def run(rest: Sequence[str]) -> int:
    """Start the program, or its demonstration where there is no screen or no sound server."""
    set_up()
    if has_screen() and has_sound_server():
        return call([str(PLOSIVE), *rest])
    say("run: no screen or no sound server here, so this is the demonstration on a virtual desktop")
    return show_demo(rest)


def demo(rest: Sequence[str]) -> int:
    """Run the demonstration on a virtual desktop."""
    set_up()
    return show_demo(rest)


def check(rest: Sequence[str]) -> int:
    """Run every static check, all of them even when one fails."""
    if not has_environment():
        set_up()
    python = str(PYTHON)
    steps = {
        "ruff": [python, "-m", "ruff", "check", *SOURCES],
        "mypy --strict": [python, "-m", "mypy"],
        "architecture": [python, "-m", "pytest", "-q", "--no-header", "tests/test_architecture.py"],
    }
    failed = [name for name, command in steps.items() if timed(name, command)]
    say(f"check: failed: {', '.join(failed)}" if failed else "check: all good")
    return 1 if failed else 0


def test(rest: Sequence[str]) -> int:
    """Set up, check, then run the whole suite; everything runs even when an earlier part fails."""
    missing = setup([])
    checked = check([])
    command = [str(PYTHON), "-m", "pytest", "--durations=15", *rest]
    tested = timed("pytest", command) if rest else whole_suite(command)
    return tested or checked or missing


def whole_suite(command: list[str]) -> int:
    """The tests that compute run beside those that wait for screens and sound, and yield to them."""
    began_s = time.monotonic()
    folders = [str(Path("tests") / name) for name in COMPUTING]
    with tempfile.TemporaryFile() as output:
        polite = ["nice", *command] if shutil.which("nice") else command
        beside = subprocess.Popen([*polite, *folders], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        code = timed("pytest", [*command, "tests", *(f"--ignore={each}" for each in folders)])
        computed = beside.wait()
        output.seek(0)
        say(output.read().decode(errors="replace"))
    names, ended = ", ".join(folders), f"FAILED (exit code {computed})" if computed else "ok"
    say(f"-- pytest {names}: {ended}; both in {time.monotonic() - began_s:.1f} s")
    return code or computed


def bench(rest: Sequence[str]) -> int:
    """Run one benchmark, or tell their names."""
    names = sorted(path.stem.removeprefix("bench_") for path in BENCHMARKS.glob("bench_*.py"))
    if not rest or rest[0] not in names:
        say(f"usage: dev.py bench NAME [--json]   NAME: {', '.join(names)}")
        return 2
    if not has_environment():
        set_up()
    return call([str(PYTHON), str(BENCHMARKS / f"bench_{rest[0]}.py"), *rest[1:]])


def show_demo(rest: Sequence[str]) -> int:
    """``plosive demo`` into out/demo, unless told another place."""
    place = [] if "--out" in rest else ["--out", "out/demo"]
    return call([str(PLOSIVE), "demo", *place, *rest])


def has_screen() -> bool:
    """Whether windows can be shown."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def has_sound_server() -> bool:
    """Whether PulseAudio or PipeWire answers for sound; other systems always have one."""
    if sys.platform != "linux" or os.environ.get("PULSE_SERVER"):
        return True
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    return any((runtime / name).exists() for name in ("pulse/native", "pipewire-0"))


def timed(name: str, command: Sequence[str]) -> int:
    """Run a command and say how it went and how long it took."""
    started_s = time.monotonic()
    code = call(command)
    outcome = f"FAILED (exit code {code})" if code else "ok"
    say(f"-- {name}: {outcome} in {time.monotonic() - started_s:.1f} s")
    return code


def call(command: Sequence[str]) -> int:
    """Run a command in the repository and return its exit code."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


VERBS = {"setup": setup, "run": run, "check": check, "test": test, "demo": demo, "bench": bench}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
