"""The worker process as such: real processes, real pipes, real signals."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from recognizer import messages
from recognizer.child import MAX_LOG_BYTES, Ladder, WorkerProcess, open_log, worker_environment
from recognizer.events import ModelSpec
from recognizer.wire import FrameDecoder

EXIT = messages.encode(messages.Exit())


def next_message(worker: WorkerProcess) -> messages.Message:
    decoder = FrameDecoder()
    while data := worker.read():
        for frame in decoder.feed(data):
            return messages.decode(frame)
    raise AssertionError("the worker closed its end")


@pytest.fixture
def worker(tmp_path: Path):
    process = WorkerProcess(tmp_path / "log" / "worker.log")
    yield process
    process.end(Ladder(), None)


def test_the_first_message_is_hello(worker: WorkerProcess) -> None:
    assert next_message(worker) == messages.Hello(messages.PROTOCOL_VERSION, worker.pid)


def test_a_ready_worker_ends_when_asked(worker: WorkerProcess) -> None:
    next_message(worker)
    ending = worker.end(Ladder(), EXIT)
    assert (ending.how, ending.exit_code) == ("asked", 0)


def test_a_worker_that_does_not_listen_is_terminated(tmp_path: Path) -> None:
    sleeper = WorkerProcess(tmp_path / "w.log", [sys.executable, "-c", "import time; time.sleep(60)"])
    ending = sleeper.end(Ladder(ask_s=0.1), EXIT)
    assert (ending.how, ending.exit_code) == ("terminated", -signal.SIGTERM)


def test_a_frozen_worker_is_killed(worker: WorkerProcess) -> None:
    next_message(worker)
    os.kill(worker.pid, signal.SIGSTOP)
    ending = worker.end(Ladder(ask_s=0.1, terminate_s=0.1), EXIT)
    assert (ending.how, ending.exit_code) == ("killed", -signal.SIGKILL)


def test_children_of_a_worker_die_with_it(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); time.sleep(60)"
    )
    parent = WorkerProcess(tmp_path / "w.log", [sys.executable, "-c", program])
    grandchild = psutil.Process(int(parent.read()))
    parent.end(Ladder(ask_s=0.1, terminate_s=0.1), EXIT)
    psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_closing_stdin_ends_the_worker(tmp_path: Path) -> None:
    with open_log(tmp_path / "w.log") as log:
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "recognizer.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=worker_environment(),
        )
        worker.communicate(timeout=20)
    assert worker.returncode == 0


def test_garbage_on_stdin_ends_the_worker(worker: WorkerProcess) -> None:
    next_message(worker)
    worker.send(b"this is not a frame, it is a line of text")
    assert worker.wait(20.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_the_worker_dies_with_its_parent(tmp_path: Path) -> None:
    program = f"""
        import os, time
        from pathlib import Path
        from recognizer.child import WorkerProcess
        worker = WorkerProcess(Path({str(tmp_path / "w.log")!r}))
        worker.read()
        print(worker.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, env=worker_environment()
    )
    assert parent.stdout is not None
    orphan = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    psutil.wait_procs([orphan], timeout=10)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_what_a_library_prints_goes_to_the_log_not_into_the_protocol(tmp_path: Path) -> None:
    log_path = tmp_path / "w.log"
    worker = WorkerProcess(log_path)
    options = (("noise_bytes", "3000"), ("prints", "1"))
    worker.send(messages.encode(messages.Load(ModelSpec("scripted", "s", options=options))))
    worker.send(messages.encode(messages.Begin(1)) + messages.encode(messages.Audio(1, bytes(6400))))
    worker.send(messages.encode(messages.End(1)))
    decoder = FrameDecoder()
    kinds: list[str] = []
    while "UtteranceDone" not in kinds:
        kinds += [type(messages.decode(frame)).__name__ for frame in decoder.feed(worker.read())]
    worker.end(Ladder(), EXIT)
    assert log_path.stat().st_size >= 3000
    assert b"printed by a library" in log_path.read_bytes()


def test_the_log_is_private_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "worker.log"
    with open_log(path) as log:
        log.write(bytes(MAX_LOG_BYTES + 1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with open_log(path):
        pass
    assert path.stat().st_size == 0
    assert path.with_name("worker.log.1").exists()


def test_a_log_that_grows_under_a_running_worker_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "w.log"
    program = (
        "import sys, time; [sys.stderr.write('x' * 65536) for _ in range(40)];"
        "print('done', flush=True); time.sleep(60)"
    )
    worker = WorkerProcess(path, [sys.executable, "-c", program])
    worker.read()
    assert path.stat().st_size > MAX_LOG_BYTES
    worker.bound_log()
    worker.end(Ladder(ask_s=0.0), None)
    assert path.stat().st_size == 0


def test_writing_to_a_worker_that_does_not_read_never_blocks(worker: WorkerProcess) -> None:
    next_message(worker)
    os.kill(worker.pid, signal.SIGSTOP)
    started_s = time.monotonic()
    for _ in range(200):
        worker.send(messages.encode(messages.Audio(1, bytes(32_000))))
    assert time.monotonic() - started_s < 5.0  # a blocked pipe would wait for ever
    worker.end(Ladder(), None)


def test_the_environment_waits_passively_and_leaves_the_cards_alone() -> None:
    environment = worker_environment(2, base={"CUDA_VISIBLE_DEVICES": "1", "PATH": "/bin"})
    assert environment["OMP_WAIT_POLICY"] == "PASSIVE"
    assert environment["OMP_NUM_THREADS"] == "2"
    assert environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert environment["PYTORCH_CUDA_ALLOC_CONF"] == "expandable_segments:True"
