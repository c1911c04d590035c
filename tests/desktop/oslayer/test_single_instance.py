"""One program for each user: the lock, and the language of the control socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.events import Problem
from desktop.oslayer.control_server import listen_privately
from desktop.oslayer.single_instance import (
    NO_ANSWER,
    VERBS,
    ControlClient,
    ControlFailed,
    InstanceLock,
    NotRunning,
    Request,
    Response,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)


@given(st.sampled_from(sorted(VERBS)), OBJECTS)
def test_a_request_is_one_line_and_comes_back_the_same(verb: str, args: dict) -> None:
    line = encode_request(Request(verb, args))
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode_request(line) == Request(verb, args)


@given(OBJECTS, st.none() | st.builds(Problem, st.text(), st.text(), st.text()))
def test_a_response_is_one_line_and_comes_back_the_same(data: dict, problem: Problem | None) -> None:
    line = encode_response(Response(data, problem))
    assert line.count(b"\n") == 1 and decode_response(line) == Response(data, problem)


@given(st.binary(max_size=40) | JSON.map(lambda value: encode_request(Request("x", {"x": value}))[8:]))
def test_garbage_is_told_as_such(line: bytes) -> None:
    for decode in (decode_request, decode_response):
        with pytest.raises(ControlFailed):
            decode(line)


def test_an_unknown_verb_is_told_as_such() -> None:
    with pytest.raises(ControlFailed) as failed:
        decode_request(b'{"verb": "format-disk"}')
    assert failed.value.problem.code == "control.unknown_verb"


def test_deep_nesting_is_garbage() -> None:
    with pytest.raises(ControlFailed):
        decode_request(b"[" * 100_000)


# --- the lock -----------------------------------------------------------------------------------------


def test_the_lock_is_held_by_one(tmp_path: Path) -> None:
    first, second = InstanceLock(tmp_path / "lock"), InstanceLock(tmp_path / "lock")
    assert first.acquire() and first.acquire() and first.is_held
    assert not second.acquire() and not second.is_held
    first.release()
    assert second.acquire()
    second.release()


HOLD = """
import sys
from pathlib import Path
from desktop.oslayer.single_instance import InstanceLock
lock = InstanceLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_of_programs_started_at_once_exactly_one_wins(tmp_path: Path) -> None:
    programs = [holder(tmp_path / "lock") for _ in range(5)]
    try:
        answers = [program.stdout.readline().strip() for program in programs]  # type: ignore[union-attr]
        assert sorted(answers) == ["False"] * 4 + ["True"]
    finally:
        for program in programs:
            program.communicate("")


def test_the_kernel_frees_the_lock_of_a_killed_program(tmp_path: Path) -> None:
    program = holder(tmp_path / "lock")
    assert program.stdout is not None and program.stdout.readline() == "True\n"
    program.send_signal(signal.SIGKILL)
    program.communicate()
    lock = InstanceLock(tmp_path / "lock")
    assert lock.acquire()
    lock.release()


# --- the client ---------------------------------------------------------------------------------------


def test_without_a_program_the_client_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        ControlClient(tmp_path / "none.sock").call("press")


def test_a_socket_left_by_a_dead_program_is_no_program(private_home: Path) -> None:
    path = private_home / "stale.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(os.fspath(path))
    dead.close()
    with pytest.raises(NotRunning):
        ControlClient(path).call("press")


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", b'{"ok": 1}\n', b'{"ok": false}\n', b"no end"])
def test_a_strange_answer_is_a_sentence(private_home: Path, answer: bytes) -> None:
    path = private_home / "strange.sock"
    path.unlink(missing_ok=True)
    script = (
        "import socket, sys\n"
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print('up', flush=True)\n"
        "c, _ = s.accept(); c.recv(1000); c.sendall(bytes.fromhex(sys.argv[2])); c.close()\n"
    )
    command = [sys.executable, "-c", script, str(path), answer.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None and server.stdout.readline() == b"up\n"
        with pytest.raises(ControlFailed) as failed:
            ControlClient(path).call("status", timeout_s=5.0)
    assert failed.value.problem.sentence and failed.value.problem.remedy


def test_a_program_that_hangs_is_not_called_absent(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    listener = listen_privately(path)
    listener.listen(0)
    waiting = []
    with pytest.raises(BlockingIOError):
        for _ in range(100):
            waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            waiting[-1].setblocking(False)
            waiting[-1].connect(str(path))
    with pytest.raises(ControlFailed) as failed:
        ControlClient(path).call("status", timeout_s=0.1)
    assert failed.value.problem == NO_ANSWER
    for each in (*waiting, listener):
        each.close()
