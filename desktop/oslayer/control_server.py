"""The running program's end of the control socket: the thread ``control``.

It knows nothing of Qt: a request is handed on with a ``reply`` that may be called from any thread. The
thread alone owns the connections; replies come back to it through its inbox.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from desktop.oslayer.inbox import SelectableInbox
from desktop.oslayer.single_instance import (
    FAILED,
    GARBLED,
    LONGEST_LINE_BYTES,
    NO_ANSWER,
    ControlFailed,
    Reply,
    Request,
    Response,
    decode_request,
    encode_response,
)

MOST_CONNECTIONS: Final = 32
REQUEST_DEADLINE_S: Final = 2.0
ANSWER_DEADLINE_S: Final = 30.0
ACCEPT_AGAIN_S: Final = 0.5
_log = logging.getLogger(__name__)

PostRequest = Callable[[Request, Reply], None]


@dataclass(slots=True)
class _Caller:
    """One connection: what it has said so far, or that its answer is owed."""

    connection: socket.socket
    deadline_s: float
    received: bytearray = field(default_factory=bytearray)
    unsent: bytes = b""
    is_asked: bool = False


class ControlServer:
    """Listens from construction on; the caller holds the ``InstanceLock``.

    ``post`` is called on the thread ``control`` for each request and must not block; every request
    must be answered through its ``reply`` once (within 30 s). Raises ``OSError`` when it cannot listen.
    """

    def __init__(self, socket_path: Path, post: PostRequest) -> None:
        self._path = socket_path
        self._post = post
        self._inbox: SelectableInbox[tuple[int, Response] | None] = SelectableInbox()
        self._callers: dict[int, _Caller] = {}
        self._listener = listen_privately(socket_path)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._inbox, selectors.EVENT_READ, self._take_replies)
        self._is_stopping = False
        self._next_id = 1
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Listen no longer and remove the socket. Replies given before are still sent."""
        self._inbox.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                for key, _ in self._selector.select(self._wait_s()):
                    self._guarded(key.data)
                self._drop_late()
        finally:
            self._path.unlink(missing_ok=True)
            for caller_id in list(self._callers):
                self._forget(caller_id)
            self._listener.close()
            self._selector.close()

    def _guarded(self, action: Callable[[], None]) -> None:
        """A mistake of ours costs one request, not the thread."""
        try:
            action()
        except Exception:  # noqa: BLE001 - whatever it is, the thread must go on
            _log.exception("control: unexpected")

    def _wait_s(self) -> float | None:
        if not self._callers:
            return None
        earliest_s = min(caller.deadline_s for caller in self._callers.values())
        return max(0.0, earliest_s - time.monotonic())

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it hung up at once
        except OSError as error:  # too many open files: nobody is helped by asking without a pause
            _log.warning("control: %s", error)
            time.sleep(ACCEPT_AGAIN_S)
            return
        if len(self._callers) >= MOST_CONNECTIONS or not is_same_user(connection):
            connection.close()
            return
        connection.setblocking(False)
        caller_id, self._next_id = self._next_id, self._next_id + 1
        self._callers[caller_id] = _Caller(connection, time.monotonic() + REQUEST_DEADLINE_S)
        self._selector.register(connection, selectors.EVENT_READ, partial(self._read, caller_id))

    def _read(self, caller_id: int) -> None:
        caller = self._callers[caller_id]
        try:
            data = caller.connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        caller.received += data
        if not data:
            self._forget(caller_id)  # gone, before or after it asked: nobody to answer
        elif caller.is_asked:
            caller.received.clear()  # one request for each connection
        elif b"\n" in caller.received:
            self._ask(caller_id, bytes(caller.received.partition(b"\n")[0]))
        elif len(caller.received) > LONGEST_LINE_BYTES:
            self._send(caller_id, Response(problem=GARBLED))

    def _ask(self, caller_id: int, line: bytes) -> None:
        caller = self._callers[caller_id]
        caller.is_asked = True
        caller.deadline_s = time.monotonic() + ANSWER_DEADLINE_S
        try:
            self._post(decode_request(line), partial(self._reply, caller_id))
        except ControlFailed as failure:
            self._send(caller_id, Response(problem=failure.problem))
        except Exception:
            self._send(caller_id, Response(problem=FAILED))
            raise

    def _reply(self, caller_id: int, response: Response) -> None:
        """On any thread."""
        self._inbox.put((caller_id, response))

    def _take_replies(self) -> None:
        for item in self._inbox.take_all():
            if item is None:
                self._is_stopping = True
            else:
                self._send(*item)

    def _send(self, caller_id: int, response: Response) -> None:
        caller = self._callers.get(caller_id)
        if caller is None or caller.unsent:
            return
        try:
            caller.unsent = encode_response(response)
        except (TypeError, ValueError):
            _log.exception("control: an answer is no JSON")
            caller.unsent = encode_response(Response(problem=FAILED))
        self._selector.modify(caller.connection, selectors.EVENT_WRITE, partial(self._write, caller_id))
        self._write(caller_id)

    def _write(self, caller_id: int) -> None:
        caller = self._callers.get(caller_id)
        if caller is None:
            return
        try:
            caller.unsent = caller.unsent[caller.connection.send(caller.unsent) :]
        except BlockingIOError:
            return
        except OSError:
            caller.unsent = b""
        if not caller.unsent:
            self._forget(caller_id)

    def _drop_late(self) -> None:
        now_s = time.monotonic()
        for caller_id, caller in list(self._callers.items()):
            if now_s < caller.deadline_s:
                continue
            if caller.is_asked and not caller.unsent:
                caller.deadline_s = now_s + REQUEST_DEADLINE_S
                self._send(caller_id, Response(problem=NO_ANSWER))
            else:
                self._forget(caller_id)

    def _forget(self, caller_id: int) -> None:
        caller = self._callers.pop(caller_id)
        self._selector.unregister(caller.connection)
        caller.connection.close()


def listen_privately(path: Path) -> socket.socket:
    """A listening socket that only this user can open; what a dead program left there is replaced."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        path.chmod(0o600)  # until here the folder's mode 0700 keeps others out
        listener.listen(MOST_CONNECTIONS)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def is_same_user(connection: socket.socket) -> bool:
    """Whether the kernel says that the other end is this user (or root). Linux; elsewhere modes must do."""
    peer_credentials = getattr(socket, "SO_PEERCRED", None)
    if peer_credentials is None:
        return True
    size = struct.calcsize("3i")
    _, user_id, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, peer_credentials, size))
    return user_id in {os.getuid(), 0}
