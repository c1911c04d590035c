"""Commands that a running program carries out, against a program that answers on a real socket."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.cli import main
from desktop.cli.control import status_lines
from desktop.cli.start import becomes_the_one
from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.paths import app_paths
from desktop.oslayer.single_instance import (
    NO_ANSWER,
    ControlClient,
    ControlFailed,
    InstanceLock,
    NotRunning,
    Reply,
    Request,
    Response,
)

GIB = 1 << 30
STATUS = {
    "state": "listening", "hotkey": "Right Ctrl",
    "model": {"name": "English", "state": "ready", "device": "cuda:0"},
    "gpu": [
        {"name": "RTX", "used_bytes": 5 * GIB, "total_bytes": 16 * GIB, "ours_bytes": GIB, "used_percent": 31}
    ],
    "last_dictation": {"text": "swordfish", "landed": True},
    "problem": {"sentence": "No sound.", "remedy": "Plug it in."},
}  # fmt: skip


@pytest.fixture
def asked(home: Path) -> Iterator[queue.SimpleQueue[Request]]:
    asked: queue.SimpleQueue[Request] = queue.SimpleQueue()

    def answer(request: Request, reply: Reply) -> None:
        asked.put(request)
        match request.verb:
            case "status":
                reply(Response(STATUS))
            case "unload":
                reply(Response({"sentence": "Freed 1.9 GiB."}))
            case "load":
                reply(Response(problem=Problem("x", "No model.", "Install one.")))
            case _:
                reply(Response())

    server = ControlServer(app_paths().control_socket, answer)
    yield asked
    server.stop()


def test_a_verb_reaches_the_program(asked: queue.SimpleQueue[Request], capsys) -> None:
    assert main.run(["press"]) == 0
    assert asked.get(timeout=5) == Request("press", {})
    assert capsys.readouterr() == ("", "")


def test_options_go_along_and_the_answer_is_the_result(asked: queue.SimpleQueue[Request], capsys) -> None:
    assert main.run(["unload", "--stay"]) == 0
    assert asked.get(timeout=5) == Request("unload", {"stay": True})
    assert capsys.readouterr().out == "Freed 1.9 GiB.\n"


def test_a_program_that_is_just_starting_is_waited_for(home: Path, capsys) -> None:
    paths = app_paths().make()
    lock = InstanceLock(paths.instance_lock)
    assert lock.acquire()
    late = threading.Timer(0.3, lambda: servers.append(ControlServer(paths.control_socket, answer)))
    servers: list[ControlServer] = []

    def answer(_request: Request, reply: Reply) -> None:
        reply(Response({"sentence": "here now"}))

    late.start()
    try:
        assert main.run(["toggle"]) == 0
        assert "here now" in capsys.readouterr().out
    finally:
        late.join()
        for server in servers:
            server.stop()
        lock.release()
    assert main.run(["toggle"]) == 3


def test_a_refusal_is_an_exit_code_and_a_sentence(asked: queue.SimpleQueue[Request], capsys) -> None:
    assert main.run(["load"]) == 1
    assert capsys.readouterr().err == "No model.\n  → Install one.\n"


def test_a_model_that_cannot_be_loaded_is_an_exit_code(home: Path, capsys) -> None:
    failed = {
        "model": {"state": "unloaded"},
        "problem": {"code": "x", "sentence": "Cut off.", "remedy": "Again."},
    }
    states = [{"model": {"name": "English", "state": "loading"}}, failed]

    def answer(request: Request, reply: Reply) -> None:
        reply(Response(states.pop(0) if request.verb == "status" else {}))

    server = ControlServer(app_paths().control_socket, answer)
    try:
        assert main.run(["load"]) == 1
        assert capsys.readouterr().err == "Cut off.\n  → Again.\n"
        states.append({"model": {"name": "English", "state": "idle", "device": "cpu"}})
        assert main.run(["load"]) == 0
        assert capsys.readouterr().out == "English: ready on cpu.\n"
    finally:
        server.stop()


def test_the_status_for_programs_and_for_people(asked: queue.SimpleQueue[Request], capsys) -> None:
    assert main.run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == STATUS
    assert main.run(["status"]) == 0
    told = capsys.readouterr().out
    assert "listening" in told and "GPU memory 5.0 / 16.0 GiB (31 %)" in told and "Plug it in." in told


def test_a_changed_setting_is_taken_up(asked: queue.SimpleQueue[Request], capsys) -> None:
    assert main.run(["config", "set", "audio.tail_ms", "100"]) == 0
    assert asked.get(timeout=5).verb == "reload-settings"


def test_an_answer_with_holes_is_no_error() -> None:
    assert status_lines({}) and status_lines({"model": {}, "gpu": [{}], "problem": None})
    assert "asleep" in "\n".join(status_lines({"gpu": [{"name": "RTX", "is_asleep": True}]}))


# --- starting -----------------------------------------------------------------------------------------

STAND_IN = """
import sys
from pathlib import Path
from types import ModuleType
from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.single_instance import Response

def run(paths):
    raised = []
    def answer(request, reply):
        raised.append(request.verb)
        reply(Response())

    server = ControlServer(paths.control_socket, answer)
    sys.stdout.write("up\\n"); sys.stdout.flush()
    sys.stdin.read()
    server.stop()
    sys.stdout.write(" ".join(raised) + "\\n")
    return 0

sys.modules["desktop.app"] = ModuleType("desktop.app")
sys.modules["desktop.app"].run = run
from desktop.cli.main import run as run_command
sys.exit(run_command([]))
"""


def test_of_programs_started_at_once_one_runs_and_the_others_raise_it(home: Path, monkeypatch) -> None:
    """The window is left out: what is tested is who becomes the program."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-c", STAND_IN]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    programs = [subprocess.Popen(command, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    first_lines = {}
    for program in programs:
        first_lines[program] = program.stdout.readline()
    (winner,) = [program for program in programs if first_lines[program] == "up\n"]
    for program in programs:
        if program is not winner:
            out, errors = program.communicate(timeout=30)
            assert program.returncode == 0 and "running already" in errors
    out, _ = winner.communicate("", timeout=30)
    assert winner.returncode == 0 and out == "raise raise raise\n"


@pytest.mark.parametrize("last_word", [NotRunning(), ControlFailed(NO_ANSWER)])
def test_a_program_that_is_just_ending_is_followed(home: Path, last_word: ControlFailed) -> None:
    paths = app_paths().make()
    ending, starting = InstanceLock(paths.instance_lock), InstanceLock(paths.instance_lock)
    assert ending.acquire()

    class Ending(ControlClient):
        def call(self, verb: str, *, timeout_s: float = 10.0, **args: object) -> dict[str, object]:
            ending.release()
            raise last_word

    assert becomes_the_one(starting, Ending(paths.control_socket))
    starting.release()


def test_a_program_that_never_answers_is_told(home: Path) -> None:
    paths = app_paths().make()
    hung, starting = InstanceLock(paths.instance_lock), InstanceLock(paths.instance_lock)
    assert hung.acquire()
    with pytest.raises(NotRunning):
        becomes_the_one(starting, ControlClient(paths.control_socket), patience_s=0.0)
    hung.release()
