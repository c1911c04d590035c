"""What the user wants done to a final text. Light: the desktop's processes import it as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

PREFIX = "text."
DEFERRED = ("files.finish", "deferred")
"""Of ``ModelSpec.options``: texts of files are left raw until a group of them is finished."""


@dataclass(frozen=True, slots=True)
class TextOptions:
    """What the user wants done.

    ``numbers``: write them in digits. ``space_scripts``: between Chinese and Latin. ``sentence_case``:
    capitals for models without any. ``fillers``: keep um and 嗯. ``traditional``: OpenCC's name of a
    conversion (``s2t``, ``s2tw``, ``s2twp``, ``s2hk``), empty: none. ``replacements_file``: lines
    ``wrong => right``, read again when it changes.
    """

    numbers: bool = True
    space_scripts: bool = True
    sentence_case: bool = True
    fillers: bool = True
    traditional: str = ""
    replacements_file: str = ""

    def as_options(self) -> tuple[tuple[str, str], ...]:
        """For ``ModelSpec.options``."""
        return tuple((PREFIX + each.name, str(getattr(self, each.name))) for each in fields(self))

    @classmethod
    def of(cls, options: Iterable[tuple[str, str]]) -> TextOptions:
        """From ``ModelSpec.options``; what is missing has its default."""
        told = {name.removeprefix(PREFIX): value for name, value in options if name.startswith(PREFIX)}
        values: dict[str, object] = {}
        for each in fields(cls):
            if each.name in told:
                is_flag = isinstance(each.default, bool)
                values[each.name] = told[each.name] == "True" if is_flag else told[each.name]
        return cls(**values)  # type: ignore[arg-type]
