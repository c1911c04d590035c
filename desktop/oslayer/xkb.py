"""The keyboard's active layout group and Caps Lock (XKB), which python-xlib does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from Xlib import X
from Xlib.protocol import rq

EXTENSION = "XKEYBOARD"
CORE_KEYBOARD = 0x100


class UseExtension(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types
    """The handshake that the extension demands before anything else."""

    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor")
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("supported"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card16("major"),
        rq.Card16("minor"),
        rq.Pad(20),
    )


class GetState(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib ships no types
    """Modifiers and group of a keyboard."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card8("mods"),
        rq.Card8("base_mods"),
        rq.Card8("latched_mods"),
        rq.Card8("locked_mods"),
        rq.Card8("group"),
        rq.Card8("locked_group"),
        rq.Pad(18),
    )


@dataclass(frozen=True, slots=True)
class KeyboardState:
    """``group``: which of the configured layouts is active, from 0."""

    group: int
    is_caps_locked: bool


def keyboard_state(connection: Any) -> KeyboardState:
    """The state now; group 0 when the server has no XKB."""
    found = connection.query_extension(EXTENSION)
    if found is None or not found.present:
        return KeyboardState(0, False)
    wire = {"display": connection.display, "opcode": found.major_opcode}
    UseExtension(major=1, minor=0, **wire)
    state = GetState(device=CORE_KEYBOARD, **wire)
    return KeyboardState(int(state.group), bool(state.locked_mods & X.LockMask))
