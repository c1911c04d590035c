"""Who speaks in live captions: a speaker model for each utterance, and the turns that follow.

With the option ``speakers_model`` (the directory of a CAM++). It lives in the same process and on the same
thread as the recognition, works in steps, computes where the second pass does and is loaded when the first
caption ends. Whatever goes wrong, the words stand without a speaker; that is told once. The worker does not
know who is heard over the microphone and who over the loudspeakers: all are told apart, whoever shows them
counts those that he wants. Imports no torch until a model is loaded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from audio.events import Problem
from recognizer.events import ModelSpec, Priority
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker.heard_pieces import samples_of
from recognizer.worker.second_pass_dir import SPEAKER_KINDS, open_whole_model_dir
from recognizer.worker.second_pass_problems import NO_MEMORY, STUMBLED, print_without_words, problem_of
from recognizer.worker.speaker_turns import SpeakerTurns, speech_s_of
from recognizer.worker.whole_models import open_device

if TYPE_CHECKING:
    from recognizer.worker.campplus import Campplus

OPTION: Final = "speakers_model"
TRY_AGAIN_AFTER_S: Final = 60.0
LONGEST_BYTES: Final = 6 * 32_000
"""Of a longer utterance its middle: a voice is known by then, and captions wait for it (25 ms for each
second on a processor core)."""
LEAST_BYTES: Final = 8_000
"""Shorter sound (a quarter of a second) tells nothing of a voice."""

FAILED = Problem(
    "speakers-failed",
    "The model for speakers stumbled over this recording.",
    "If it happens again, choose another one, or none.",
)
FULL = Problem(
    OUT_OF_MEMORY_CODE,
    "The model for speakers found not enough free memory.",
    "Close programs that use the card; it is tried again in a minute.",
)


class Speakers:
    """``device`` tells where to compute when the model is loaded. All calls come from the worker's thread."""

    def __init__(
        self, model: ModelSpec, device: Callable[[], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model = model
        self._folder = dict(model.options).get(OPTION, "")
        self._device = device
        self._clock = clock
        self._turns = SpeakerTurns()
        self._network: Campplus | None = None
        self._loading: Generator[None, None, Campplus] | None = None
        self._blocked_until_s = 0.0
        self._notice: Problem | None = None
        self._told: set[str] = set()

    @property
    def is_loaded(self) -> bool:
        """Whether it holds memory."""
        return self._network is not None

    def are_wanted(self, priority: int) -> bool:
        """Whether utterances of this priority have speakers: those of captions."""
        return bool(self._folder) and priority == Priority.CAPTIONS

    def turn(self, pcm: bytes) -> Generator[None, None, int | None]:
        """Who says this, counted from 0 in the order of appearance; ``None`` where it cannot be known."""
        if len(pcm) < LEAST_BYTES or self._clock() < self._blocked_until_s:
            return None
        try:
            while self._network is None:
                self._load_some()
                yield
            embedding = self._network.embed(samples_of(_middle(pcm)))
            return self._turns.turn(embedding, speech_s_of(pcm))
        except Exception as error:  # noqa: BLE001 - a library may raise anything, and the words stand
            self._give_up(error)
            return None

    def take_notice(self) -> Problem | None:
        """What went wrong since, once."""
        notice, self._notice = self._notice, None
        return notice

    def release(self) -> None:
        """Let go of the model; the next caption loads it again. The voices heard so far are remembered."""
        self._network = self._loading = None

    def _load_some(self) -> None:
        """One step of loading; shared by all utterances that wait for it."""
        if self._loading is None:
            self._loading = self._load()
        try:
            next(self._loading)
        except StopIteration as last:
            self._network, self._loading = last.value, None
        except BaseException:
            self._loading = None
            raise

    def _load(self) -> Generator[None, None, Campplus]:
        model_dir = open_whole_model_dir(self._folder, SPEAKER_KINDS)
        yield
        device = open_device(self._model, self._device())
        from recognizer.worker.campplus import load_campplus

        return (yield from load_campplus(model_dir, device))

    def _give_up(self, error: Exception) -> None:
        """As ``SecondPass`` does: full memory may be free later, a bad directory will not mend."""
        problem = problem_of(error)
        if problem is STUMBLED:
            print_without_words(error)
        error.__traceback__ = None  # its frames hold tensors
        if problem is not STUMBLED or not self.is_loaded:
            is_full = problem is NO_MEMORY
            self._blocked_until_s = self._clock() + TRY_AGAIN_AFTER_S if is_full else float("inf")
            self.release()
        own = {STUMBLED.code: FAILED, NO_MEMORY.code: FULL}.get(problem.code, problem)
        if own.code not in self._told:
            self._told.add(own.code)
            self._notice = replace(own, sentence=f"{own.sentence} Speakers are not told apart.")


def _middle(pcm: bytes) -> bytes:
    start = max(0, len(pcm) - LONGEST_BYTES) // 4 * 2  # whole samples
    return pcm[start : start + LONGEST_BYTES]
