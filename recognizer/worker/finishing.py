"""From the text of the first pass to the text that is inserted: second pass, numbers, spaces, spelling.

What the user wants comes with ``ModelSpec.options``; without ``text.…`` options a text stays as the
model wrote it. Partials never come here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from recognizer.events import ModelSpec
from recognizer.text.options import PREFIX, TextOptions
from recognizer.worker.engine import Outcome
from recognizer.worker.second_pass import Heard, Rehearing, SecondPass

if TYPE_CHECKING:
    from recognizer.text.pipeline import TextPipeline

LONGEST_BYTES: Final = 600 * 32_000
"""Sound of a longer utterance (10 minutes) is not kept for the second pass."""
_WARM_UP: Final = {"pocketsphinx": ("twenty one",)}
_WARM_UP_ALL: Final = ("twenty one", "二十一")


class Finishing:
    """For one loaded model; ``device`` is where its first pass runs."""

    def __init__(self, model: ModelSpec, device: str) -> None:
        self.second_pass = SecondPass(model, device)
        has_options = any(name.startswith(PREFIX) for name, _ in model.options)
        self._options = TextOptions.of(model.options) if has_options else None
        self._pipeline: TextPipeline | None = None
        self._warming = self._warm_up(_WARM_UP.get(model.engine, _WARM_UP_ALL))

    def keep(self, sound: bytearray, piece: bytes) -> None:
        """Append to the sound for the second pass, if it wants any and it is not too long."""
        if self.second_pass.is_wanted and len(sound) <= LONGEST_BYTES:
            sound += piece

    def rehear(self, sound: bytearray, first: Outcome) -> Rehearing:
        """See ``SecondPass.rehear``."""
        return self.second_pass.rehear(bytes(sound) if len(sound) <= LONGEST_BYTES else b"", first)

    def write(self, heard: Heard) -> Outcome:
        """The text as it is inserted."""
        if self._options is None or not heard.outcome.text:
            return heard.outcome
        text = self._open_pipeline().finish(heard.outcome.text, is_written=heard.is_written)
        return replace(heard.outcome, text=text)

    def rest(self) -> bool:
        """Fetch rules for the text while nobody speaks, bit by bit; whether any is left."""
        return next(self._warming, None) is not None

    def _warm_up(self, samples: tuple[str, ...]) -> Iterator[str]:
        if self._options is None:
            return
        for sample in samples:
            yield sample
            self._open_pipeline().finish(sample)

    def _open_pipeline(self) -> TextPipeline:
        if self._pipeline is None:
            from recognizer.text.pipeline import TextPipeline

            assert self._options is not None
            self._pipeline = TextPipeline(self._options)
        return self._pipeline
