"""The running program's end of the control socket: real sockets, real threads, rude callers."""

from __future__ import annotations

import os
import queue
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.oslayer import control_server
from desktop.oslayer.control_server import ControlServer, is_same_user
from desktop.oslayer.single_instance import ControlClient, ControlFailed, NotRunning, Reply, Request, Response


@pytest.fixture
def path(private_home: Path) -> Path:
    return private_home / "run" / "control.sock"


@pytest.fixture
def server(path: Path) -> Iterator[ControlServer]:
    server = ControlServer(path, answer)
    yield server
    server.stop()


def answer(request: Request, reply: Reply) -> None:
    """A program that answers at once, later from another thread, not at all, or with nonsense."""
    match request.verb:
        case "status":
            reply(Response({"args": request.args, "thread": threading.current_thread().name}))
        case "load":
            threading.Thread(target=reply, args=[Response({"late": True})], name="late").start()
        case "unload":
            reply(Response(problem=Problem("busy", "It is in use.", "Wait.")))
        case "gauge":
            reply(Response({"no json": {1, 2}}))
        case "retry":
            raise RuntimeError("a mistake")
        case "toggle":
            reply(Response({"big": "x" * 3_000_000}))
        case "quit":
            reply(Response({"first": True}))
            reply(Response({"second": True}))


def connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5.0)
    connection.connect(os.fspath(path))
    return connection


def test_a_request_is_answered_on_the_thread_control(server: ControlServer, path: Path) -> None:
    told = ControlClient(path).call("status", json=True, name="名")
    assert told == {"args": {"json": True, "name": "名"}, "thread": "control"}


def test_a_reply_may_come_from_any_thread(server: ControlServer, path: Path) -> None:
    assert ControlClient(path).call("load") == {"late": True}


def test_a_problem_reaches_the_caller(server: ControlServer, path: Path) -> None:
    with pytest.raises(ControlFailed) as failed:
        ControlClient(path).call("unload")
    assert failed.value.problem == Problem("busy", "It is in use.", "Wait.")


@pytest.mark.parametrize("verb", ["gauge", "retry"])
def test_a_mistake_of_ours_costs_one_request_only(server: ControlServer, path: Path, verb: str) -> None:
    with pytest.raises(ControlFailed) as failed:
        ControlClient(path).call(verb)
    assert failed.value.problem.code == "control.failed"
    assert ControlClient(path).call("status")


def test_a_second_reply_is_dropped(server: ControlServer, path: Path) -> None:
    assert ControlClient(path).call("quit") == {"first": True}
    assert ControlClient(path).call("status")


def test_a_long_answer_arrives_whole_at_a_slow_reader(server: ControlServer, path: Path) -> None:
    with connected(path) as connection:
        connection.sendall(b'{"verb": "toggle"}\n')
        received = b""
        while not received.endswith(b"\n"):
            received += connection.recv(10_000)
    assert len(received) > 3_000_000


def test_many_callers_at_once_are_all_answered(server: ControlServer, path: Path) -> None:
    answers: queue.SimpleQueue[dict] = queue.SimpleQueue()
    callers = [
        threading.Thread(target=lambda n=n: answers.put(ControlClient(path).call("status", n=n)["args"]))
        for n in range(20)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10.0)
    assert sorted(answers.get_nowait()["n"] for _ in callers) == list(range(20))


def test_rude_callers_do_not_disturb_the_others(server: ControlServer, path: Path) -> None:
    """Silent, garbled, half a line and gone, asking and gone."""
    rude = [connected(path) for _ in range(4)]
    rude[1].sendall(b"GET / HTTP/1.1\n")
    rude[2].sendall(b'{"verb":')
    rude[2].close()
    rude[3].sendall(b'{"verb": "load"}\n')
    rude[3].close()
    assert b"control.garbled" in rude[1].recv(1000)
    assert ControlClient(path).call("status")
    for each in rude:
        each.close()


def test_a_caller_that_never_asks_is_hung_up_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_server, "REQUEST_DEADLINE_S", 0.2)
    server = ControlServer(path, answer)
    with connected(path) as connection:
        assert connection.recv(10) == b""
    server.stop()


def test_an_answer_that_is_never_given_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_server, "ANSWER_DEADLINE_S", 0.2)
    server = ControlServer(path, answer)
    with pytest.raises(ControlFailed) as failed:
        ControlClient(path).call("press")
    assert failed.value.problem.code == "control.no_answer"
    server.stop()


def test_a_client_does_not_wait_for_ever(server: ControlServer, path: Path) -> None:
    with pytest.raises(ControlFailed) as failed:
        ControlClient(path).call("press", timeout_s=0.2)
    assert failed.value.problem.code == "control.no_answer"


def test_the_socket_is_private_and_gone_afterwards(path: Path) -> None:
    server = ControlServer(path, answer)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    server.stop()
    assert not path.exists()
    with pytest.raises(NotRunning):
        ControlClient(path).call("status")


def test_a_stale_socket_is_replaced(path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(os.fspath(path))
    dead.close()
    server = ControlServer(path, answer)
    assert ControlClient(path).call("status")
    server.stop()


def test_a_client_can_wait_until_the_program_listens(path: Path) -> None:
    told: queue.SimpleQueue[dict] = queue.SimpleQueue()
    waiting = threading.Thread(target=lambda: told.put(ControlClient(path).call_when_up("status")))
    waiting.start()
    server = ControlServer(path, answer)
    assert told.get(timeout=10.0)["thread"] == "control"
    server.stop()
    with pytest.raises(NotRunning):
        ControlClient(path).call_when_up("status", timeout_s=0.1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_not_served(private_home: Path) -> None:
    """Even if the modes let them in: the kernel says who they are."""
    near, far = socket.socketpair(socket.AF_UNIX)
    with near, far:
        assert is_same_user(near)
    path = private_home / "open.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(path))
    listener.listen()
    path.chmod(0o666)
    private_home.chmod(0o711)
    child = os.fork()
    if child == 0:
        os.setresuid(65534, 65534, 65534)
        connected(path)
        time.sleep(5.0)
        os._exit(0)
    listener.settimeout(5.0)
    connection, _ = listener.accept()
    with connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 1000)
        assert not is_same_user(connection)
    os.kill(child, 9)
    os.waitpid(child, 0)
    listener.close()
    private_home.chmod(0o700)
