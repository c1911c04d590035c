"""All that happens to a final text, in order. Lives in the worker, which may load what it needs."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recognizer.text import tidy
from recognizer.text.itn import InverseNormaliser
from recognizer.text.options import TextOptions
from recognizer.text.user_words import UserWords

__all__ = ["TextOptions", "TextPipeline"]

_log = logging.getLogger(__name__)


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
                except Exception as error:  # noqa: BLE001 - a missing library or rule must not cost the words
                    where = "".join(traceback.format_tb(error.__traceback__))  # a message may quote them
                    _log.error("text: %s: %s\n%s", name, type(error).__name__, where)
        return text

    def _replace(self, text: str) -> str:
        replacements: Mapping[str, str] = self._words.read() if self._words else {}
        return tidy.replaced(text, replacements)

    def _convert(self, text: str) -> str:
        if self._converter is None:
            import opencc

            self._converter = opencc.OpenCC(self._options.traditional)
        return str(self._converter.convert(text))
