"""What every command has in common: exit codes, streams, no traceback, quick where it must be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.cli import main, output
from desktop.cli.parser import CONTROL

COMMAND = [sys.executable, "-m", "desktop"]


@pytest.mark.parametrize("verb", [*CONTROL, "status"])
def test_without_a_running_program_each_verb_says_how_to_start_it(home, verb: str, capsys) -> None:
    assert main.run([verb]) == output.NOT_RUNNING == 3
    told = capsys.readouterr()
    assert told.out == "" and "not running" in told.err and "Start it: plosive" in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"], ["transcribe"], ["stream"], ["stream", "a", "b"], ["history"],
        ["history", "list", "-n", "0"], ["history", "list", "-n", "x"], ["config", "set", "a"],
        ["press", "harder"], ["--nonsense"],
        ["stream", "f", "--fast", "--realtime"], ["demo"], ["unload", "--soon"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_is_told_with_the_right_one(home, arguments: list[str], capsys) -> None:
    assert main.run(arguments) == output.USAGE == 2
    told = capsys.readouterr()
    assert told.out == "" and "usage: plosive" in told.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["history", "--help"], ["stream", "--help"], ["--version"]]
)
def test_help_and_version_are_results(home, arguments: list[str], capsys) -> None:
    assert main.run(arguments) == 0
    told = capsys.readouterr()
    assert "plosive" in told.out and told.err == ""


def test_a_real_process_says_the_same(plosive) -> None:
    ended = plosive("press")
    assert (ended.returncode, ended.stdout) == (3, "") and "not running" in ended.stderr


def test_without_a_desktop_session_starting_is_explained(plosive) -> None:
    ended = plosive()
    assert ended.returncode == 1 and "no desktop session" in ended.stderr and "→" in ended.stderr


FAIL = """
import sys
from desktop.cli import main, version

def fail(_):
    words = "sword" + "fish"
    raise ValueError(words)

version.run = fail
sys.exit(main.run(["--version"]))
"""


def test_a_mistake_of_ours_is_a_sentence_and_the_rest_is_in_the_log(home: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", FAIL], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Traceback" not in ended.stderr and "plosive.log" in ended.stderr
    log = (home / "state" / "plosive" / "log" / "plosive.log").read_text()
    assert "Traceback" in log and "ValueError" in log
    assert "swordfish" not in ended.stderr + log


def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    config = subprocess.Popen([*COMMAND, "config", "get"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert config.stdout is not None and config.stderr is not None
    config.stdout.close()
    with config.stderr:
        assert config.stderr.read() == b""
    assert config.wait(30) == output.BROKEN_PIPE


def test_ctrl_c_ends_with_130(home: Path, tmp_path: Path) -> None:
    """In the middle of a recording in real time."""
    import soundfile

    sound = tmp_path / "long.wav"
    soundfile.write(sound, [0.0] * 16_000 * 60, 16_000)
    stream = subprocess.Popen(
        [*COMMAND, "stream", str(sound)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert stream.stdout is not None
    assert '"ready"' in stream.stdout.readline()
    stream.send_signal(signal.SIGINT)
    _, errors = stream.communicate(timeout=30)
    assert stream.returncode == output.INTERRUPTED and errors == ""


def test_a_terminal_without_utf8_is_no_error(plosive, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert plosive("config", "set", "audio.microphone", "麦克风").returncode == 0
    assert plosive("config", "get", "audio.microphone").stdout == "麦克风\n"


def test_a_key_binding_waits_for_nothing_it_does_not_need(home: Path) -> None:
    """``plosive press`` stands behind a key: none of the libraries that take time are loaded."""
    ask = (
        "import sys\nfrom desktop.cli.main import run\nrun(['press'])\n"
        "print(sorted(set(sys.modules) & set(sys.argv[1].split())))"
    )
    slow = (
        "numpy rich typer platformdirs PySide6 torch sounddevice sqlite3 asyncio logging tomllib subprocess"
    )
    ended = subprocess.run([sys.executable, "-c", ask, slow], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_the_worker_of_a_bundle_is_found_behind_its_flag(home: Path) -> None:
    """It claims stdout, sees that nobody is there, and ends."""
    ended = subprocess.run(
        [*COMMAND, "--recognizer-worker", "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
    )  # fmt: skip
    assert ended.returncode == 0 and b"Traceback" not in ended.stderr
