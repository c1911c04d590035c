"""Telling browsers from programs that treat their own keys."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from desktop.oslayer.injection.processes import hands_keys_on

CHILD = "import time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator[int]:
    """A process with one child that was given some arguments."""
    script = (
        "import subprocess, sys;"
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1], *sys.argv[2:]]);"
        "sys.stdin.read(); child.kill(); child.wait()"
    )
    command = [sys.executable, "-c", script, CHILD, *request.param]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.communicate()


@pytest.mark.parametrize(
    ("parent", "is_browser"),
    [((), False), (("--type=zygote",), True), (("-contentproc",), True)],
    indirect=["parent"],
)
def test_a_browser_is_told_by_its_children(parent: int, is_browser: bool) -> None:
    assert hands_keys_on(parent) is is_browser


def test_what_is_unknown_counts_as_a_browser() -> None:
    assert hands_keys_on(None)
    assert hands_keys_on(2**22 + 1)
