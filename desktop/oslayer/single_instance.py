"""One running program for each user, and a socket through which the command line talks to it.

The one that holds the lock is the program; the others hand it a request and end. A request and its
answer are one line of JSON each, over a Unix socket that only this user can open: mode 0600 in a folder
of mode 0700, and the peer's user id is asked of the kernel besides.

``request:  {"verb": "press", "args": {}}``
``response: {"ok": true, "data": {}}`` or ``{"ok": false, "problem": {"code", "sentence", "remedy"}}``
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from audio.events import Problem

LONGEST_LINE_BYTES: Final = 1 << 20
VERBS: Final = frozenset(
    {
        "raise",  # show yourself
        "press", "release", "toggle", "cancel",  # the dictation key, by other means
        "load", "unload",  # unload takes stay: bool and wait: bool
        "clean-cache", "captions", "files",
        "status", "gauge", "retry", "reload-settings", "reread-history", "quit",
    }
)  # fmt: skip

NOT_RUNNING: Final = Problem("control.not_running", "Plosive is not running.", "Start it: plosive")
NO_ANSWER: Final = Problem(
    "control.no_answer",
    "Plosive is running but did not answer.",
    "Try again; if it stays like this, end it in the system monitor and start it anew.",
)
GARBLED: Final = Problem(
    "control.garbled",
    "What was said over the control socket could not be read.",
    "Check that both ends are of the same version: plosive --version",
)
UNKNOWN_VERB: Final = Problem(
    "control.unknown_verb",
    "The running Plosive does not know this command.",
    "Quit it and start it again, so that both ends are of the same version.",
)
FAILED: Final = Problem(
    "control.failed",
    "Plosive could not carry this out; what happened is in its log.",
    "Look into the log: plosive doctor names its folder.",
)


class ControlFailed(Exception):
    """A request did not get an answer that says yes; ``problem`` is what the user reads."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class NotRunning(ControlFailed):
    """There is no program to talk to."""

    def __init__(self) -> None:
        super().__init__(NOT_RUNNING)


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line wants: one of ``VERBS`` and its arguments."""

    verb: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """What came of it. ``data`` must be JSON; with ``problem`` it did not work."""

    data: dict[str, Any] = field(default_factory=dict)
    problem: Problem | None = None


Reply = Callable[[Response], None]
"""Answers one request; to be called once, from any thread, never blocks."""


def encode_request(request: Request) -> bytes:
    """One line."""
    return _line({"verb": request.verb, "args": request.args})


def decode_request(line: bytes) -> Request:
    """Raises ``ControlFailed`` for what is no request, or names no verb of ours."""
    message = _object(line)
    verb, args = message.get("verb"), message.get("args", {})
    if not isinstance(verb, str) or not isinstance(args, dict):
        raise ControlFailed(GARBLED)
    if verb not in VERBS:
        raise ControlFailed(UNKNOWN_VERB)
    return Request(verb, args)


def encode_response(response: Response) -> bytes:
    """One line. Raises ``TypeError`` or ``ValueError`` for data that is not JSON."""
    if response.problem is None:
        return _line({"ok": True, "data": response.data})
    problem = response.problem
    told = {"code": problem.code, "sentence": problem.sentence, "remedy": problem.remedy}
    return _line({"ok": False, "data": response.data, "problem": told})


def decode_response(line: bytes) -> Response:
    """Raises ``ControlFailed`` for what is no response."""
    message = _object(line)
    data, told = message.get("data", {}), message.get("problem")
    if not isinstance(data, dict) or not isinstance(message.get("ok"), bool):
        raise ControlFailed(GARBLED)
    if message["ok"]:
        return Response(data)
    if not isinstance(told, dict):
        raise ControlFailed(GARBLED)
    return Response(data, Problem(*(str(told.get(key, "")) for key in ("code", "sentence", "remedy"))))


class ControlClient:
    """The command line's end. Each call opens a connection of its own."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    def call(self, verb: str, *, timeout_s: float = 10.0, **args: Any) -> dict[str, Any]:
        """What the program answers. Raises ``NotRunning``, or ``ControlFailed`` with its problem."""
        response = self._exchange(Request(verb, args), time.monotonic() + timeout_s)
        if response.problem is not None:
            raise ControlFailed(response.problem)
        return response.data

    def call_when_up(self, verb: str, *, timeout_s: float = 10.0, **args: Any) -> dict[str, Any]:
        """The same for a program that may be starting just now: waits until it listens."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            try:
                return self.call(verb, timeout_s=max(0.1, deadline_s - time.monotonic()), **args)
            except NotRunning:
                if time.monotonic() >= deadline_s:
                    raise
            time.sleep(0.02)

    def _exchange(self, request: Request, deadline_s: float) -> Response:
        with self._connected() as connection:
            try:
                connection.settimeout(max(0.05, deadline_s - time.monotonic()))
                connection.sendall(encode_request(request))
                return decode_response(_read_line(connection, deadline_s))
            except OSError as error:  # timeouts are OSErrors, too
                raise ControlFailed(NO_ANSWER) from error

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(2.0)
            connection.connect(os.fspath(self._path))
        except (BlockingIOError, TimeoutError) as error:  # its queue is full: it hangs
            connection.close()
            raise ControlFailed(NO_ANSWER) from error
        except OSError as error:
            connection.close()
            raise NotRunning from error
        return connection


class InstanceLock:
    """Held by the one running program; the kernel lets go of it however the program ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process is the one."""
        return self._file is not None

    def acquire(self) -> bool:
        """Become the one running program; False when there is one already. Raises ``OSError``."""
        import fcntl

        if self._file is not None:
            return True
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let another one be it. The file stays: removing it would let two programs hold "the" lock."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=True, allow_nan=False).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ControlFailed(GARBLED) from error
    if not isinstance(message, dict):
        raise ControlFailed(GARBLED)
    return message


def _read_line(connection: socket.socket, deadline_s: float) -> bytes:
    """Raises ``ControlFailed`` when the other end closed first or never stops."""
    received = bytearray()
    while b"\n" not in received:
        connection.settimeout(max(0.05, deadline_s - time.monotonic()))
        data = connection.recv(1 << 16)
        if not data or len(received) > LONGEST_LINE_BYTES or time.monotonic() > deadline_s:
            raise ControlFailed(NO_ANSWER)
        received += data
    return bytes(received.partition(b"\n")[0])
