"""Which keys type which characters, from a keyboard's table of keysyms."""

from __future__ import annotations

from desktop.oslayer.injection.keyboard import Stroke, stroke_table

SHIFT, ALTGR = 50, 108
CYRILLIC_EF = 0x6C6
ROWS = {
    38: (ord("a"), ord("A"), CYRILLIC_EF, 0x6E6, 0, 0, 0, 0),
    24: (ord("q"), ord("Q"), 0, 0, ord("@"), 0, 0, 0),  # one group only; @ with AltGr as in Germany
    49: (0xFE52, 0xB0, 0, 0, 0, 0, 0, 0),  # a dead circumflex writes nothing by itself
    SHIFT: (0xFFE1, 0, 0xFFE1, 0),
    ALTGR: (0xFE03, 0, 0xFE03, 0),
}


def test_levels_are_shift_and_altgr() -> None:
    table = stroke_table(ROWS, 0, is_caps_locked=False)
    assert table["a"] == Stroke(38, ())
    assert table["A"] == Stroke(38, (SHIFT,))
    assert table["@"] == Stroke(24, (ALTGR,))
    assert "^" not in table


def test_caps_lock_swaps_letters_only() -> None:
    table = stroke_table(ROWS, 0, is_caps_locked=True)
    assert (table["a"].held, table["A"].held, table["@"].held) == ((SHIFT,), (), (ALTGR,))


def test_the_active_group_counts() -> None:
    table = stroke_table(ROWS, 1, is_caps_locked=False)
    assert "a" not in table
    assert table["q"] == Stroke(24, ())


def test_groups_the_core_protocol_does_not_show_cannot_be_typed() -> None:
    assert stroke_table(ROWS, 2, is_caps_locked=False) == {}


def test_without_a_shift_key_capitals_cannot_be_typed() -> None:
    rows = {code: row for code, row in ROWS.items() if code != SHIFT}
    assert "A" not in stroke_table(rows, 0, is_caps_locked=False)
