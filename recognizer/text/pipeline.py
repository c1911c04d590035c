"""All that happens to a final text, in order. Lives in the worker, which may load what it needs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from recognizer.text import tidy
from recognizer.text.itn import InverseNormaliser
from recognizer.text.user_words import UserWords

_log = logging.getLogger(__name__)
PREFIX = "text."


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


class TextPipeline:
    """``finish`` never raises: where a step fails, its text goes on as it is."""

    def __init__(self, options: TextOptions) -> None:
        self._options = options
        self._normaliser = InverseNormaliser()
        self._words = UserWords(Path(options.replacements_file)) if options.replacements_file else None
        self._converter: Any = None

    def finish(self, text: str, *, is_written: bool = False) -> str:
        """The text as it is inserted. ``is_written``: the model has written numbers and marks itself."""
        steps = [
            ("fillers", not self._options.fillers, tidy.without_fillers),
            ("numbers", self._options.numbers and not is_written, self._normaliser.write),
            ("spaces", self._options.space_scripts, tidy.space_scripts),
            ("replacements", self._words is not None, self._replace),
            ("script", bool(self._options.traditional), self._convert),
            ("case", self._options.sentence_case, tidy.sentence_case),
        ]
        for name, is_wanted, step in steps:
            if is_wanted and text:
                try:
                    text = step(text)
                except Exception:  # noqa: BLE001 - a missing library or a rule gone wrong must not cost the words
                    _log.exception("text: %s", name)
        return text

    def _replace(self, text: str) -> str:
        replacements: Mapping[str, str] = self._words.read() if self._words else {}
        return tidy.replaced(text, replacements)

    def _convert(self, text: str) -> str:
        if self._converter is None:
            import opencc

            self._converter = opencc.OpenCC(self._options.traditional)
        return str(self._converter.convert(text))
