"""Numbers written in Chinese characters. Pure."""

from __future__ import annotations

from typing import Final

DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "幺": 1, "二": 2, "两": 2, "三": 3, "四": 4,
    "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
UNITS: Final = {"十": 10, "百": 100, "千": 1000}
GROUPS: Final = {"万": 10_000, "亿": 100_000_000}
CHARS: Final = "".join([*DIGITS, *UNITS, *GROUPS])


def spelled(text: str) -> str:
    """Digits read one by one: 二零二六 → 2026. Raises ``KeyError`` for anything else."""
    return "".join(str(DIGITS[char]) for char in text)


def counted(text: str) -> int:
    """A whole number with its units: 二十三 → 23, 一万零五百 → 10500. Raises ``ValueError``."""
    for group, size in reversed(GROUPS.items()):
        before, found, after = text.rpartition(group)
        if found:
            return (counted(before) if before else 1) * size + counted(after)
    return _section(text)


def _section(text: str) -> int:
    """What stands below 万."""
    total, digit = 0, None
    for char in text:
        if char in DIGITS:
            if digit:
                raise ValueError(f"two digits in a row in {text!r}")
            digit = DIGITS[char]
        elif char in UNITS:
            total += (1 if digit is None else digit) * UNITS[char]
            digit = None
        else:
            raise ValueError(f"{char!r} is no numeral")
    return total + (digit or 0)


def any_number(text: str) -> str:
    """Either way of saying a number, in digits. Raises ``ValueError``."""
    if len(text) > 1 and all(char in DIGITS for char in text):
        return spelled(text)
    return str(counted(text))
