"""One setting: its type, default, unit, range and the sentence that explains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

Value = bool | int | float | str | tuple[str, ...]
V = TypeVar("V", bool, int, float, str, tuple[str, ...])

LONGEST_TEXT: Final = 4096
METADATA_KEY: Final = "option"


class BadValue(ValueError):
    """A value that a setting cannot take; the message says what it can."""


Check = Callable[[str], str]
"""Answers the canonical form of a text value. Raises ``BadValue``."""


@dataclass(frozen=True, slots=True)
class Option:
    """``key`` is dotted ("audio.pre_roll_ms"). ``low`` and ``high`` belong to the range."""

    key: str
    default: Value
    sentence: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    check: Check | None = None

    @property
    def type_name(self) -> str:
        """What the user may write, in a word or two."""
        names = {bool: "true or false", int: "whole number", float: "number", str: "text"}
        return names.get(type(self.default), "list of texts")

    @property
    def allowed(self) -> str:
        """What values are allowed: ``"0 … 2000 ms"``, ``"hold, toggle"``."""
        if self.choices:
            return ", ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.low:g} … {self.high:g} {self.unit}".rstrip()
        return self.type_name

    def accept(self, raw: object) -> Value:
        """``raw`` as this setting's type. Raises ``BadValue``."""
        if isinstance(self.default, bool):
            return self._accept_bool(raw)
        if isinstance(self.default, (int, float)):
            return self._accept_number(raw)
        if isinstance(self.default, str):
            return self._accept_text(raw)
        return self._accept_list(raw)

    def parse(self, text: str) -> Value:
        """``text`` from a command line as this setting's type; lists by commas. Raises ``BadValue``."""
        if isinstance(self.default, bool):
            words = {"true": True, "yes": True, "on": True, "1": True,
                     "false": False, "no": False, "off": False, "0": False}  # fmt: skip
            return self.accept(words.get(text.strip().lower(), text))
        if isinstance(self.default, (int, float)):
            return self.accept(_number(text))
        if isinstance(self.default, tuple):
            return self.accept([part.strip() for part in text.split(",") if part.strip()])
        return self.accept(text)

    def _accept_bool(self, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise BadValue("must be true or false")
        return raw

    def _accept_number(self, raw: object) -> int | float:
        is_whole = isinstance(self.default, int)
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            raise BadValue(f"must be a {self.type_name}")
        assert self.low is not None and self.high is not None, self.key
        if not self.low <= raw <= self.high:  # nor is NaN
            raise BadValue(f"must be {self.allowed}")
        if is_whole and raw != int(raw):
            raise BadValue("must be a whole number")
        return int(raw) if is_whole else float(raw)

    def _accept_text(self, raw: object) -> str:
        text = _clean_text(raw)
        if self.choices and text not in self.choices:
            raise BadValue(f"must be one of: {self.allowed}")
        return self.check(text) if self.check else text

    def _accept_list(self, raw: object) -> tuple[str, ...]:
        if not isinstance(raw, (list, tuple)):
            raise BadValue('must be a list of texts, like ["one", "two"]')
        return tuple(_clean_text(part) for part in raw)


def option(
    default: V,
    sentence: str,
    *,
    unit: str = "",
    within: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    check: Check | None = None,
) -> V:
    """A dataclass field that documents itself. Its key is filled in by ``options_of``."""
    low, high = within or (None, None)
    described = Option("", default, sentence, unit, low, high, choices, check)
    field: Any = dataclasses.field(default=default, metadata={METADATA_KEY: described})
    return field  # type: ignore[no-any-return]  # dataclasses puts the default in its place


def full_path(text: str) -> str:
    """A path that means the same from wherever it is read, or nothing. Raises ``BadValue``."""
    if text and not text.startswith("~") and not Path(text).is_absolute():
        raise BadValue("must be a full path, or begin with ~")
    return text


def _clean_text(raw: object) -> str:
    if not isinstance(raw, str):
        raise BadValue("must be a text in quotes")
    if len(raw) > LONGEST_TEXT or not all(letter.isprintable() for letter in raw):
        raise BadValue("must be one line of plain text")
    return raw


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text.strip())
        except (ValueError, OverflowError):
            continue
    return text
