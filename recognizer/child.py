"""The worker process as the driver sees it: start it, write to it, read from it, end it.

Ending goes down a ladder: ask (``Exit`` and a closed stdin), terminate, kill the whole process
group; each rung has a deadline. The worker's stderr is a file, so that nothing it prints can
block it; the file is bounded (``bound_log``). Writing is done by a thread of its own, because a
worker that hangs also stops reading and must not take the driver with it.
"""

from __future__ import annotations

import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

MAX_LOG_BYTES: Final = 1 << 20
_READ_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Ladder:
    """How long each rung of ending a worker may take.

    Asking is short, because a worker has nothing to save: one that is deaf for a moment (an engine
    that keeps Python's global lock) is ended as well by the signal, and both count as ready.
    """

    ask_s: float = 0.2
    terminate_s: float = 1.0
    kill_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended. ``exit_code`` is negative for a signal, ``None`` if it could not be reaped."""

    exit_code: int | None
    how: str  # asked | terminated | killed | crashed
    took_ms: float


def worker_command() -> list[str]:
    """How to start a worker with this very Python, or with this very bundle when frozen."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--recognizer-worker"]
    return [sys.executable, "-P", "-m", "recognizer.worker"]


def worker_environment(threads: int = 1, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment of a worker; set before start because OpenMP and CUDA read it only once.

    Passive waiting: spinning OpenMP threads made a chunk ten times slower on two busy cores.
    Which cards are visible is left as the user set it.
    """
    environment = dict(os.environ if base is None else base)
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    environment["OMP_NUM_THREADS"] = str(threads)
    environment["PYTHONUNBUFFERED"] = "1"
    environment["PYTORCH_JIT"] = "0"  # FunASR compiles functions at import that nobody here calls
    environment.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    environment.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # so that cuda:N is NVML's card N
    return environment


class WorkerProcess:
    """One child process with pipes. Raises ``OSError`` when it cannot be started."""

    def __init__(
        self,
        log_path: Path,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log_path = log_path
        with open_log(log_path) as log:
            self._process = subprocess.Popen(
                [*(command or worker_command()), "--parent", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                env=dict(environment or worker_environment()),
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="recognizer-writer", daemon=True)
        self._writer.start()

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    def send(self, data: bytes) -> None:
        """Queue ``data``; never blocks. Bytes for a dead worker vanish: its end is told elsewhere."""
        self._outgoing.put(data)

    def read(self) -> bytes:
        """Next bytes of the worker's stdout, blocking; empty when it closed it (or died)."""
        assert self._process.stdout is not None
        try:
            data = os.read(self._process.stdout.fileno(), _READ_BYTES)
        except (OSError, ValueError):
            data = b""
        if not data:
            _close_quietly(self._process.stdout)
        return data

    def end(self, ladder: Ladder, ask: bytes | None) -> Ending:
        """End the worker and wait for it. ``ask`` is what to say first; ``None`` skips that rung."""
        started = time.monotonic()
        how = self._descend(ladder, ask)
        self._close()
        return Ending(self._process.returncode, how, (time.monotonic() - started) * 1000.0)

    def wait(self, timeout_s: float) -> bool:
        """Whether the worker is gone within ``timeout_s``. Exact on Linux, polled elsewhere."""
        if self._process.poll() is not None:
            return True
        if hasattr(os, "pidfd_open"):
            _wait_for_pidfd(self._process.pid, timeout_s)
            return self._process.poll() is not None
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def bound_log(self) -> None:
        """Empty the log when it is over its limit; the worker appends, so it goes on at the start."""
        try:
            if self._log_path.stat().st_size > MAX_LOG_BYTES:
                os.truncate(self._log_path, 0)
        except OSError:
            return  # on Windows a file in use cannot be cut; it is rotated at the next start

    def _descend(self, ladder: Ladder, ask: bytes | None) -> str:
        if self._process.poll() is not None:
            return "crashed"
        if ask is not None:
            self.send(ask)
            self._outgoing.put(None)
            if self.wait(ladder.ask_s):
                return "asked"
        self._signal_group("SIGTERM")
        if self.wait(ladder.terminate_s):
            return "terminated"
        self._signal_group("SIGKILL")
        self.wait(ladder.kill_s)
        return "killed"

    def _signal_group(self, name: str) -> None:
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, getattr(signal, name))
            else:
                self._process.kill()
        except ProcessLookupError:
            return

    def _write_all(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            while (data := self._outgoing.get()) is not None:
                view = memoryview(data)
                while view:
                    view = view[stdin.write(view) or 0 :]
        except (OSError, ValueError):
            pass  # the worker is gone; the reader notices and tells
        finally:
            _close_quietly(stdin)

    def _close(self) -> None:
        self._outgoing.put(None)
        self._writer.join(timeout=1.0)


def open_log(path: Path) -> IO[bytes]:
    """The worker's log, appended to, readable by its owner only; an old long one becomes ``.1``."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        if path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))
    except OSError:
        pass  # none yet, or still in use: append to it
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)


def _wait_for_pidfd(pid: int, timeout_s: float) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        poller.poll(timeout_s * 1000.0)
    finally:
        os.close(descriptor)


def _close_quietly(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        pass
