"""The X server, as hotkeys and injection need it: connections, keyboard state, clients.

A connection belongs to the thread that opened it. Requests about windows that may be gone fail
later and quietly: their errors are dropped, because nobody waits for them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import time
from typing import Any

from Xlib import X, display, xauth
from Xlib.error import ConnectionClosedError, DisplayError, XError
from Xlib.ext import xinput

from audio.events import Problem

CONNECTION_ERRORS = (ConnectionClosedError, DisplayError, XError, OSError)
MASTER_POINTER = 2
LOCAL_PID = 2  # XRes: identify clients by process id
MODIFIER_KEYSYMS = (
    0xFFE1, 0xFFE2, 0xFFE3, 0xFFE4, 0xFFE7, 0xFFE8, 0xFFE9, 0xFFEA, 0xFFEB, 0xFFEC, 0xFFED, 0xFFEE, 0xFE03,
)  # fmt: skip
"""Shift, Control, Meta, Alt, Super, Hyper (left, right) and AltGr; not the locks."""

# It prints warnings (of an empty ~/.Xauthority, say) into our output, which programs read.
vars(xauth)["print"] = logging.getLogger(__name__).info


class XServerError(RuntimeError):
    """The X server cannot be reached or lacks something; ``problem`` is what the user reads."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def open_display(name: str | None = None) -> Any:
    """Connect to an X server (``$DISPLAY`` when ``None``). Raises ``XServerError``."""
    try:
        connection = display.Display(name)
    except CONNECTION_ERRORS as error:
        shown = name or os.environ.get("DISPLAY") or "none set"
        sentence = f"The X server (display {shown}) cannot be reached."
        remedy = 'Start Plosive inside your desktop session, or use "plosive press" and "plosive release".'
        raise XServerError(Problem("x-server", sentence, remedy)) from error
    connection.set_error_handler(lambda error, request: None)
    return connection


def close_display(connection: Any) -> None:
    """Close a connection that may already be broken."""
    with contextlib.suppress(*CONNECTION_ERRORS):
        connection.close()


def wait_readable(connection: Any, timeout_s: float, wake_fd: int = -1) -> bool:
    """Wait for an event of the server or a byte on ``wake_fd``; tells whether an event is there."""
    if connection.pending_events():
        return True
    watched = [connection.fileno()] + ([wake_fd] if wake_fd >= 0 else [])
    select.select(watched, [], [], max(0.0, timeout_s))
    return bool(connection.pending_events())


def now_ms() -> float:
    """The clock of the core's facts: monotonic wall time."""
    return time.monotonic() * 1000.0


# --- keyboard ---------------------------------------------------------------------------------


def keyboard_rows(connection: Any) -> dict[int, tuple[int, ...]]:
    """Keysym numbers of every keycode, straight from the server (it follows ``setxkbmap``)."""
    low, high = connection.display.info.min_keycode, connection.display.info.max_keycode
    rows = connection.get_keyboard_mapping(low, high - low + 1)
    return {low + index: tuple(row) for index, row in enumerate(rows)}


def codes_of(rows: dict[int, tuple[int, ...]], keysyms: tuple[int, ...]) -> frozenset[int]:
    """Keycodes that carry one of ``keysyms`` on their first level, else on any."""
    wanted = set(keysyms) - {X.NoSymbol}
    first = frozenset(code for code, row in rows.items() if row and row[0] in wanted)
    return first or frozenset(code for code, row in rows.items() if wanted & set(row))


def held_codes(connection: Any) -> frozenset[int]:
    """Keycodes that are down right now, asked of the server (about 60 µs)."""
    bits = bytes(connection.query_keymap())
    held = int.from_bytes(bits, "little")
    return frozenset(code for code in range(8, 256) if held >> code & 1)


def is_button_held(connection: Any, button: int) -> bool:
    """Whether a mouse button is down; also those above 5, which core X does not tell."""
    reply = connection.xinput_query_device(MASTER_POINTER)
    for device in reply.devices:
        for kind in device.classes:
            if kind.type == xinput.ButtonClass:
                return bool(button <= len(kind.state) and kind.state[button - 1])
    return False


# --- clients ----------------------------------------------------------------------------------


def client_of(connection: Any, window_id: int) -> int:
    """The base of the client that made a window: equal for all windows of one connection."""
    return int(window_id & ~connection.display.info.resource_id_mask)


def pid_of(connection: Any, window_id: int) -> int | None:
    """The process behind a window, from the server itself (X-Resource 1.2), not from the window."""
    if not connection.has_extension("X-Resource"):
        return None
    try:
        reply = connection.res_query_client_ids([{"client": window_id, "mask": LOCAL_PID}])
    except XError:
        return None
    pids = [int(found.value[0]) for found in reply.ids if len(found.value)]
    return pids[0] if pids else None


def is_window(connection: Any, window_id: int) -> bool:
    """Whether a window still exists."""
    try:
        connection.create_resource_object("window", window_id).get_attributes()
    except XError:
        return False
    return True
