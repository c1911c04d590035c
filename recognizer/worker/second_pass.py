"""Hears each utterance again as a whole, with a larger model, after the first pass has ended.

It lives in the same process and on the same thread as the first pass, so never two inferences run
at once, and it works in steps, so that a more urgent utterance, a cancel or a ping is seen between
two of them. It is loaded when the first utterance ends. Whatever goes wrong, the first pass's text
stands; that is told once. Imports no torch until a model is loaded. With the engine ``whole`` there is no
first pass: the model is loaded at once and what goes wrong is refused.

``ModelSpec.options`` (all optional):

=======================  ==========================================================================
``language``             auto, zh, en, yue, ja, ko; for Fun-ASR-MLT-Nano any name that it knows
``hotwords_file``        one word a line, for SeACo-Paraformer and Fun-ASR-Nano
``punctuation``          directory of a CT-Transformer, for models that write no punctuation
``second_pass_on_empty``  False: what the first pass heard nothing in is not heard again
=======================  ==========================================================================

Over 250 lines because one model's life is read in one piece: loading, hearing, failing, letting go.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import Any, Final

from audio.events import Problem
from recognizer.events import ModelSpec
from recognizer.messages import MemoryHeld
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker.engine import ENGINE_FAILED, EngineError, Outcome
from recognizer.worker.heard_pieces import Heard, joined, samples_of
from recognizer.worker.host_memory import host_only
from recognizer.worker.second_pass_problems import OUT_OF_MEMORY, STUMBLED, print_without_words, problem_of
from recognizer.worker.sound_cutting import LONGEST_S, is_silent, pieces_of
from recognizer.worker.whole_models import load_marks, load_whole, open_device, writes_itself
from recognizer.worker.whole_recognizer import WholeRecognizer

LEAST_SAMPLES: Final = 400
"""Feature extractors end the process on shorter sound."""
ALONE: Final = "whole"
"""The engine whose model is the second pass itself."""
_NO_END_S: Final = 1 << 20
TRY_AGAIN_AFTER_S: Final = 60.0
_ON_THE_DEVICE: Final = ("paraformer-streaming", ALONE)


Rehearing = Generator[None, None, Heard]


class SecondPass:
    """``device`` is where the first pass runs; all calls come from the worker's one thread."""

    def __init__(
        self,
        model: ModelSpec,
        device: str,
        clock: Callable[[], float] = time.monotonic,
        first_pass_for_files: WholeRecognizer | None = None,
    ) -> None:
        self.is_alone = model.engine == ALONE
        self._model = replace(model, second_pass=model.path) if self.is_alone else model
        self._options = dict(model.options)
        self._device = device
        self._clock = clock
        self._for_files = first_pass_for_files
        self._recognizer: WholeRecognizer | None = None
        self._punctuation: Any = None
        self._loading: Generator[None, None, None] | None = None
        self._blocked_until_s = 0.0
        self._told: set[str] = set()

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to do after the first pass."""
        return self._model.second_pass is not None or bool(self._options.get("punctuation"))

    @property
    def hears_whole(self) -> bool:
        """Whether there is a model that hears whole utterances, as far as is known: its own, else the first
        pass for several of them at once."""
        if self._model.second_pass is None:
            return self._for_files is not None
        return self._clock() >= self._blocked_until_s

    @property
    def longest_piece_s(self) -> int:
        """How much sound that model takes at once; for the first pass there is no end."""
        return LONGEST_S if self._model.second_pass is not None else _NO_END_S

    @property
    def recognizer(self) -> WholeRecognizer | None:
        """That model, once it is loaded."""
        return self._recognizer if self._model.second_pass is not None else self._for_files

    @property
    def device(self) -> str:
        """Where it computes, once it is loaded."""
        return self._device

    @property
    def is_loaded(self) -> bool:
        """Whether it holds memory."""
        return self._recognizer is not None or self._punctuation is not None

    @property
    def writes_itself(self) -> bool:
        """Whether its model writes punctuation and digits; known without loading it.

        Raises ``EngineError`` for a directory that is none.
        """
        if self._recognizer is not None:
            return self._recognizer.is_written
        return self._model.second_pass is not None and writes_itself(self._model.second_pass)

    def rehear(self, pcm: bytes, first: Outcome, *, with_marks: bool = True) -> Rehearing:
        """Go on until the generator returns: each ``yield`` is a place to look after something else.

        Without ``with_marks`` no punctuation is set, nor its model loaded.
        """
        if not self._is_worth_it(pcm, first, with_marks):
            return Heard(first)
        try:
            yield from self.make_ready(with_marks)
            return (yield from self._hear_again(pcm, first, with_marks))
        except Exception as error:  # noqa: BLE001 - a library may raise anything, and the words stand
            if self.is_alone:
                raise self.refusal(error) from None
            return Heard(first, notice=self._give_up(error))

    def make_ready(self, with_marks: bool) -> Generator[None, None, None]:
        """Load what is missing, in steps. Raises what a library raises."""
        while self._model.second_pass is not None and self._recognizer is None:
            self._load_some(self._load)
            yield
        while with_marks and self._needs_marks() and self._punctuation is None:
            self._load_some(self._load_marks)
            yield

    def load_if_alone(self) -> None:
        """Without a first pass the model is there before anything is heard. Raises ``EngineError``."""
        if self.is_alone:
            try:
                for _ in self.make_ready(with_marks=False):
                    pass
            except Exception as error:  # noqa: BLE001 - a library may raise anything
                raise self.refusal(error) from None

    def refusal(self, error: Exception) -> EngineError:
        """What to refuse an utterance with where no first pass has heard it; a fresh worker may do better."""
        problem = problem_of(error)
        if problem is STUMBLED:
            print_without_words(error)
        error.__traceback__ = None  # its frames hold tensors
        is_full = problem.code == OUT_OF_MEMORY_CODE
        if problem is STUMBLED or is_full:
            return EngineError(OUT_OF_MEMORY if is_full else ENGINE_FAILED, retry=True)
        return EngineError(problem)

    def marked(self, heard: Heard) -> Heard:
        """With punctuation, if its model is loaded and the text has none."""
        if self._punctuation is None or heard.is_written or not heard.outcome.text:
            return heard
        text = self._punctuation.punctuate(heard.outcome.text)
        return replace(heard, outcome=replace(heard.outcome, text=text))

    def punctuate(self, texts: Iterable[str]) -> Generator[None, None, list[str]]:
        """Marks for texts of the same model, in steps; their model is let go of if it was not loaded.

        Raises what a library raises; ``problem_of`` tells what it means.
        """
        had_marks = self._punctuation is not None
        if not self._options.get("punctuation") or self.writes_itself:
            return list(texts)
        punctuated: list[str] = []
        try:
            while self._punctuation is None:
                self._load_some(self._load_marks)
                yield
            for text in texts:
                punctuated.append(self._punctuation.punctuate(text) if text else text)
                yield
        finally:
            if not had_marks:
                self._punctuation = None
        return punctuated

    def release(self) -> None:
        """Let go of the model; the next utterance loads it again."""
        self._recognizer = self._punctuation = self._loading = None
        self.clean()

    def clean(self) -> None:
        """Give cached memory back."""
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and self._device.startswith("cuda"):
            torch.cuda.empty_cache()

    def memory(self) -> MemoryHeld:
        """What torch holds on the device, for engines that hold nothing there themselves."""
        torch = sys.modules.get("torch")
        if torch is None or not self._device.startswith("cuda") or not torch.cuda.is_initialized():
            return host_only()
        return MemoryHeld(
            torch.cuda.memory_allocated(self._device),
            torch.cuda.memory_reserved(self._device),
            torch.cuda.max_memory_reserved(self._device),
            host_only().host_rss_bytes,
        )

    def _is_worth_it(self, pcm: bytes, first: Outcome, with_marks: bool) -> bool:
        is_wanted = self.is_wanted if with_marks else self._model.second_pass is not None
        if not is_wanted or len(pcm) // 2 < LEAST_SAMPLES or self._clock() < self._blocked_until_s:
            return False
        on_empty = self.is_alone or self._options.get("second_pass_on_empty", "True") == "True"
        return (bool(first.text) or (on_empty and self._model.second_pass is not None)) and not is_silent(pcm)

    def _hear_again(self, pcm: bytes, first: Outcome, with_marks: bool) -> Rehearing:
        heard = Heard(first)
        if self._recognizer is not None:
            parts: list[tuple[int, int, Outcome]] = []
            for start_byte, piece in pieces_of(pcm):
                if len(piece) // 2 >= LEAST_SAMPLES and not is_silent(piece):
                    part = self._recognizer.hear(samples_of(piece))
                    parts.append((start_byte // 32, (start_byte + len(piece)) // 32, part))
                    yield
            outcome = joined(parts)
            if outcome.text:  # it may have taken the speech for noise: the words heard first stand
                heard = Heard(outcome, is_written=self._recognizer.is_written)
        return self.marked(heard) if with_marks else heard

    # --- loading --------------------------------------------------------------------------------

    def _needs_marks(self) -> bool:
        is_written = self._recognizer is not None and self._recognizer.is_written
        return bool(self._options.get("punctuation")) and not is_written

    def _load_some(self, load: Callable[[], Generator[None, None, None]]) -> None:
        """One step of loading; shared by all utterances that wait for it."""
        if self._loading is None:
            self._loading = load()
        try:
            if next(self._loading, self) is self:
                self._loading = None
        except BaseException:
            self._loading = None
            raise

    def _load(self) -> Generator[None, None, None]:
        assert self._model.second_pass is not None
        yield
        self._choose_device()
        place = (self._device, self._model.precision)
        self._recognizer = yield from load_whole(self._model.second_pass, *place, self._options)

    def _load_marks(self) -> Generator[None, None, None]:
        yield
        self._choose_device()
        place = (self._device, self._model.precision)
        self._punctuation = yield from load_marks(self._options["punctuation"], *place)

    def _choose_device(self) -> None:
        """The first pass's device, or the user's if the first pass computes without torch."""
        is_on_device = self._model.engine in _ON_THE_DEVICE
        self._device = open_device(self._model, self._device if is_on_device else None)

    # --- failing --------------------------------------------------------------------------------

    def _give_up(self, error: Exception) -> Problem | None:
        """A full card may have room later, a bad directory will not mend; both let go of everything.

        A model that stumbled over one recording is kept for the next.
        """
        problem = problem_of(error)
        if problem is STUMBLED:
            print_without_words(error)
        error.__traceback__ = None  # its frames hold tensors
        if problem is not STUMBLED or not self.is_loaded:
            is_full = problem.code == OUT_OF_MEMORY_CODE
            self._blocked_until_s = self._clock() + TRY_AGAIN_AFTER_S if is_full else float("inf")
            self.release()
        if problem.code in self._told:
            return None
        self._told.add(problem.code)
        return replace(problem, sentence=f"{problem.sentence} The text of the first pass was taken.")
