"""Listed programs among real running ones."""

from __future__ import annotations

import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.core.giving_way import ListedProgramsChanged
from desktop.oslayer.processes import ListedPrograms, running_of


@contextmanager
def running(folder: Path, name: str) -> Iterator[None]:
    """A program of this name, which waits for us."""
    program = folder / name
    program.unlink(missing_ok=True)
    shutil.copy(Path(shutil.which("sleep") or "/bin/sleep").resolve(), program)
    with subprocess.Popen([str(program), "60"]) as process:
        try:
            wait_until_named(process.pid, str(program))
            yield
        finally:
            process.kill()


def wait_until_named(pid: int, program: str) -> None:
    """The kernel tells the starter a moment before it shows the new name and arguments to others."""
    end_s = time.monotonic() + 10.0
    while not Path(f"/proc/{pid}/cmdline").read_text().startswith(program):
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_names_are_found_whatever_their_case_and_ending(tmp_path: Path) -> None:
    with running(tmp_path, "plosivegame"):
        assert running_of(("PlosiveGame.exe", "nobody")) == ("PlosiveGame.exe",)
    with running(tmp_path, "PlosiveWin.exe"):
        assert running_of(("plosivewin",)) == ("plosivewin",)
    assert running_of(("plosivegame",)) == ()


def test_names_longer_than_the_kernel_keeps_are_found(tmp_path: Path) -> None:
    with running(tmp_path, "plosive-very-long-game-name"):
        assert running_of(("plosive-very-long-game-name",)) == ("plosive-very-long-game-name",)
        assert running_of(("plosive-very-long-other-name",)) == ()


def test_an_empty_list_looks_at_nothing(tmp_path: Path) -> None:
    assert running_of((), tmp_path / "absent") == ()
    assert running_of(("x", " "), tmp_path / "absent") == ()


def test_changes_are_told_once(tmp_path: Path) -> None:
    heard: queue.SimpleQueue[ListedProgramsChanged] = queue.SimpleQueue()
    watch = ListedPrograms(heard.put, period_s=0.05)
    watch.look_for(("plosivegame", "plosiveother"))
    with running(tmp_path, "plosivegame"):
        assert heard.get(timeout=5).names == ("plosivegame",)
        with pytest.raises(queue.Empty):
            heard.get(timeout=0.2)
    assert heard.get(timeout=5).names == ()
    watch.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "processes"]


def test_a_list_that_becomes_empty_ends_the_reason(tmp_path: Path) -> None:
    heard: queue.SimpleQueue[ListedProgramsChanged] = queue.SimpleQueue()
    with running(tmp_path, "plosivegame"):
        watch = ListedPrograms(heard.put, ("plosivegame",), period_s=60.0)
        assert heard.get(timeout=5).names == ("plosivegame",)
        watch.look_for(())
        assert heard.get(timeout=5).names == ()
        watch.stop()
