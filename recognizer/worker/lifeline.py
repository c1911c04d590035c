"""The pipes of the worker, and everything that ends it.

The process holds nothing that must be saved, so it always ends by ``os._exit``: at once, without
destructors that could wait for a device.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import io
import os
import queue
import signal
import sys
import threading
from typing import Any, Final

from recognizer import messages
from recognizer.wire import FrameDecoder, WireError
from recognizer.worker.server import Server

_PR_SET_PDEATHSIG: Final = 1
_READ_BYTES: Final = 1 << 16
EXIT_OK: Final = 0
EXIT_BAD_WIRE: Final = 3


def die_with_parent(parent_pid: int | None) -> None:
    """On Linux, have the kernel kill this process when the thread that started it ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent_pid is not None and os.getppid() != parent_pid:
        os._exit(EXIT_OK)  # it died before the kernel was asked


def serve(stdin_fd: int, stdout_fd: int) -> None:
    """Say hello and serve messages on the calling thread. Never returns."""
    sys.stdout = sys.stderr = open_log(2)
    faulthandler.enable(file=sys.stderr)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program, which then ends us

    def send(message: messages.Message) -> None:
        _write(stdout_fd, messages.encode(message))

    gc.disable()  # until a model is loaded: imports make no rubbish, searching takes a tenth of them
    inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
    send(messages.Hello(messages.PROTOCOL_VERSION, os.getpid()))
    threading.Thread(target=_read_all, args=(stdin_fd, inbox), name="worker-reader", daemon=True).start()
    Server(inbox, send).serve_forever()


class _Log(io.FileIO):
    """Where nobody can write any more (the disk is full), lines are lost and nothing else."""

    def write(self, data: Any) -> int:
        """Never raises: libraries print, and must not fail at it."""
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


def open_log(descriptor: int) -> io.TextIOWrapper:
    """A stream for all that is printed, which goes to the log at once."""
    raw = _Log(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def _read_all(stdin_fd: int, inbox: queue.SimpleQueue[messages.Message]) -> None:
    decoder = FrameDecoder()
    try:
        while data := os.read(stdin_fd, _READ_BYTES):
            for frame in decoder.feed(data):
                message = messages.decode(frame)
                if isinstance(message, messages.Exit):
                    os._exit(EXIT_OK)
                inbox.put(message)
    except WireError as error:
        sys.stderr.write(f"worker: {error}\n")
        os._exit(EXIT_BAD_WIRE)
    os._exit(EXIT_OK)


def _write(stdout_fd: int, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(stdout_fd, view) :]
    except OSError:
        os._exit(EXIT_OK)  # nobody listens any more
