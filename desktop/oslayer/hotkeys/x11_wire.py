"""XInput 2 raw events, which python-xlib does not decode by itself.

Raw events are the keyboard before anybody's grab and without auto-repeat: true presses and
releases, also of modifiers alone, of mouse side buttons, and of keys another program has grabbed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from Xlib.ext import xinput
from Xlib.protocol import rq

from audio.events import Problem
from desktop.oslayer.x11 import XServerError

RAW_EVENT = rq.Struct(
    rq.Card16("deviceid"),
    rq.Card32("time"),
    rq.Card32("detail"),
    rq.Card16("sourceid"),
    rq.Card16("valuators_len"),
    rq.Card32("flags"),
    rq.Pad(4),
)
KINDS = (xinput.RawKeyPress, xinput.RawKeyRelease, xinput.RawButtonPress, xinput.RawButtonRelease)
GENERIC_EVENT = 35


@dataclass(frozen=True, slots=True)
class RawInput:
    """A key (``detail`` is its keycode) or mouse button (its number) went down or up."""

    detail: int
    is_button: bool
    is_down: bool


def select_raw_input(connection: Any) -> int:
    """Ask for raw keys and buttons of all devices; returns the extension's number in events.

    Raises ``XServerError`` when the server is too old for it.
    """
    has_input = connection.has_extension(xinput.extname)
    opcode = connection.display.get_extension_major(xinput.extname) if has_input else 0
    # Before 2.1 a grab by any program would hide raw events from us.
    version = opcode and xinput.XIQueryVersion(
        display=connection.display, opcode=opcode, major_version=2, minor_version=2
    )
    if not version or (version.major_version, version.minor_version) < (2, 1):
        sentence = "This X server has no XInput 2.1, so keys cannot be observed."
        raise XServerError(Problem("x-input", sentence, 'Bind "plosive toggle" in your window manager.'))
    for kind in KINDS:
        connection.ge_add_event_data(opcode, kind, RAW_EVENT)
    mask = sum(1 << kind for kind in KINDS)
    connection.screen().root.xinput_select_events([(xinput.AllMasterDevices, mask)])
    connection.sync()
    return int(opcode)


def raw_input(event: Any, opcode: int) -> RawInput | None:
    """The raw input in an event, or ``None`` if it is something else."""
    if event.type != GENERIC_EVENT or event.extension != opcode or event.evtype not in KINDS:
        return None
    is_button = event.evtype in (xinput.RawButtonPress, xinput.RawButtonRelease)
    is_down = event.evtype in (xinput.RawKeyPress, xinput.RawButtonPress)
    return RawInput(int(event.data["detail"]), is_button, is_down)
