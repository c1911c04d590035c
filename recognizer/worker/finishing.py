"""From the text of the first pass to the text that is inserted: second pass, numbers, spaces, spelling.

Captions are also told who speaks, where there is a model for it.

What the user wants comes with ``ModelSpec.options``; without ``text.…`` options a text stays as the
model wrote it. Partials never come here. With the option ``files.finish`` = ``deferred`` the finals of files
stay raw, and ``finish_texts`` does the rest for a whole group of them: what it had to load for that, maybe a
gigabyte, is let go of when the group is done.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from recognizer.events import ModelSpec, Priority
from recognizer.text.options import DEFERRED, PREFIX, TextOptions
from recognizer.worker.engine import Outcome
from recognizer.worker.heard_pieces import Heard
from recognizer.worker.host_memory import give_host_memory_back
from recognizer.worker.second_pass import Rehearing, SecondPass
from recognizer.worker.second_pass_problems import STUMBLED, print_without_words, problem_of
from recognizer.worker.speakers import Speakers
from recognizer.worker.text_work import Writing

if TYPE_CHECKING:
    from recognizer.text.pipeline import TextPipeline
    from recognizer.worker.whole_recognizer import WholeRecognizer

LONGEST_BYTES: Final = 600 * 32_000
"""Sound of a longer utterance (10 minutes) is not kept for the second pass."""
_WARM_UP: Final[dict[str, tuple[str, ...]]] = {"pocketsphinx": ("twenty one",), "whole": ()}
"""What is said first in each language; most models for whole utterances need no rules for numbers."""
_WARM_UP_ALL: Final = ("twenty one", "二十一")


class Finishing:
    """For one loaded model; ``device`` is where its first pass runs, ``for_files``: see ``Engine``."""

    def __init__(self, model: ModelSpec, device: str, for_files: WholeRecognizer | None = None) -> None:
        self.second_pass = SecondPass(model, device, first_pass_for_files=for_files)
        self.speakers = Speakers(model, lambda: self.second_pass.device)
        has_options = any(name.startswith(PREFIX) for name, _ in model.options)
        self._options = TextOptions.of(model.options) if has_options else None
        self._is_deferred = DEFERRED in model.options
        self._pipeline: TextPipeline | None = None
        self._warming = self._warm_up(_WARM_UP.get(model.engine, _WARM_UP_ALL))

    def leaves_raw(self, priority: int) -> bool:
        """Whether finals of this priority are finished later, by ``finish_texts``."""
        return self._is_deferred and priority == Priority.FILE

    def keep(self, sound: bytearray, piece: bytes, priority: int = Priority.DICTATION) -> None:
        """Append to the sound for the second pass, if anybody wants any and it is not too long."""
        is_wanted = self.second_pass.is_wanted or self.speakers.are_wanted(priority)
        if is_wanted and self._may_keep(sound):
            sound += piece

    def rehear(self, sound: bytearray, first: Outcome, priority: int = Priority.DICTATION) -> Rehearing:
        """See ``SecondPass.rehear``; who speaks follows."""
        pcm = bytes(sound) if self._may_keep(sound) else b""
        rehearing = self.second_pass.rehear(pcm, first, with_marks=not self.leaves_raw(priority))
        return self._with_speaker(rehearing, pcm) if self.speakers.are_wanted(priority) else rehearing

    def write(self, heard: Heard, priority: int = Priority.DICTATION) -> Outcome:
        """The text as it is inserted."""
        if self._options is None or not heard.outcome.text or self.leaves_raw(priority):
            return heard.outcome
        text = self._open_pipeline().finish(heard.outcome.text, is_written=heard.is_written)
        return replace(heard.outcome, text=text)

    def finish_texts(self, texts: tuple[str, ...]) -> Writing:
        """Marks, numbers, spaces and spelling for raw texts, a text at each step.

        Where it fails the texts stay as they are, with the problem. Whether numbers are written already
        is a property of the model, so it is not asked for each text.
        """
        if not self._is_deferred:
            return texts, None
        had_pipeline = self._pipeline is not None
        try:
            marked = yield from self.second_pass.punctuate(texts)
            return (yield from self._write_all(marked)), None
        except Exception as error:  # noqa: BLE001 - a library may raise anything, and the words stand
            problem = problem_of(error)
            if problem is STUMBLED:
                print_without_words(error)
            error.__traceback__ = None  # its frames hold tensors
            return texts, problem
        finally:
            self._pipeline = self._pipeline if had_pipeline else None
            self.second_pass.clean()
            give_host_memory_back()

    def release(self) -> None:
        """Let go of the models that follow the first pass; the next utterance loads them again."""
        self.speakers.release()
        self.second_pass.release()

    def rest(self) -> bool:
        """Fetch rules for the text while nobody speaks, bit by bit; whether any is left."""
        return next(self._warming, None) is not None

    def _with_speaker(self, rehearing: Rehearing, pcm: bytes) -> Rehearing:
        heard = yield from rehearing
        if not heard.outcome.text:
            return heard
        speaker = yield from self.speakers.turn(pcm)
        return replace(heard, speaker=speaker, notice=heard.notice or self.speakers.take_notice())

    def _may_keep(self, sound: bytearray) -> bool:
        return self.second_pass.is_alone or len(sound) <= LONGEST_BYTES

    def _write_all(self, texts: list[str]) -> Generator[None, None, tuple[str, ...]]:
        if self._options is None:
            return tuple(texts)
        is_written = self.second_pass.writes_itself
        written: list[str] = []
        for text in texts:
            written.append(self._open_pipeline().finish(text, is_written=is_written))
            yield
        return tuple(written)

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
