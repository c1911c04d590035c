"""A dictation key in the keycodes of the keyboard that is plugged in, under its present layout."""

from __future__ import annotations

from Xlib import XK

from desktop.oslayer import x11
from desktop.oslayer.hotkeys.chord import ChordCodes
from desktop.oslayer.hotkeys.keys import Key

XK.load_keysym_group("xkb")  # ISO_Level3_Shift (AltGr)

NO_CODES = ChordCodes(frozenset(), (), frozenset(), frozenset())


def chord_codes(key: Key, rows: dict[int, tuple[int, ...]]) -> ChordCodes:
    """The keycodes of a key on a keyboard with these keysyms (``x11.keyboard_rows``)."""
    return ChordCodes(
        main=codes_of_names(rows, key.keysyms),
        required=tuple(codes_of_names(rows, names) for names in key.modifiers),
        modifiers=x11.codes_of(rows, x11.MODIFIER_KEYSYMS),
        cancel=codes_of_names(rows, ("Escape",)),
        button=key.button,
    )


def codes_of_names(rows: dict[int, tuple[int, ...]], names: tuple[str, ...]) -> frozenset[int]:
    """The keycodes that carry one of the keysyms with these names."""
    return x11.codes_of(rows, tuple(XK.string_to_keysym(name) for name in names))
