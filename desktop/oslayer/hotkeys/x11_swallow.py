"""Keeping the user's keys from other programs while we observe them (an option, off by default)."""

from __future__ import annotations

import itertools
from typing import Any

from Xlib import X
from Xlib.error import BadAccess, CatchError

from audio.events import Problem
from desktop.oslayer.hotkeys.chord import ChordCodes
from desktop.oslayer.hotkeys.keys import Key

MASKS = {"Ctrl": X.ControlMask, "Shift": X.ShiftMask, "Alt": X.Mod1Mask, "Super": X.Mod4Mask}
BUTTON_EVENTS = X.ButtonPressMask | X.ButtonReleaseMask
LOCKS = (X.LockMask, X.Mod2Mask)  # Caps Lock and Num Lock must not matter


def swallow(connection: Any, key: Key, codes: ChordCodes) -> Problem | None:
    """Grab the key; raw events still tell us about it. A problem when another program has it."""
    catch = CatchError(BadAccess)
    root = connection.screen().root
    for mask in _masks(key):
        if codes.button is not None:
            # owner_events, events, pointer mode, keyboard mode, confine_to, cursor
            how = (False, BUTTON_EVENTS, X.GrabModeAsync, X.GrabModeAsync, X.NONE, X.NONE)
            root.grab_button(codes.button, mask, *how, onerror=catch)
        for code in codes.main:
            root.grab_key(code, mask, False, X.GrabModeAsync, X.GrabModeAsync, onerror=catch)
    connection.sync()
    if catch.get_error() is None:
        return None
    sentence = f"Another program has claimed {key.name}: both will react to it."
    return Problem("hotkey-claimed", sentence, "Choose another key in the settings, or free it there.")


def release(connection: Any, key: Key, codes: ChordCodes) -> None:
    """Give the key back to everybody; other chords of ours on the same key stay grabbed."""
    root = connection.screen().root
    for mask in _masks(key):
        if codes.button is not None:
            root.ungrab_button(codes.button, mask)
        for code in codes.main:
            root.ungrab_key(code, mask)
    connection.sync()


def _masks(key: Key) -> list[int]:
    if key.is_modifier:
        return [X.AnyModifier]
    base = sum(MASKS[part.split(" ")[-1]] for part in key.name.split("+")[:-1])
    choices = itertools.product(*((0, lock) for lock in LOCKS))
    return [base | sum(choice) for choice in choices]
