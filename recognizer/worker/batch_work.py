"""Hears the ended utterances of files in batches, with the model for whole utterances.

Sound of a file is not heard while it comes: the first pass is skipped, the utterance waits until it has ended
and is then cut into pieces that the model takes at once. ``BatchPlan`` chooses which pieces are heard
together. One call of ``step`` is one step of loading or one batch; between two the worker looks for whoever
is in more of a hurry. Every utterance is answered exactly once: after out of memory its pieces wait on, in
smaller batches; what does not fit alone is cut; what the model stumbles over goes to the first pass, or is
refused.

Over 250 lines because it is one queue: what comes in, what is chosen, what goes wrong, what is answered.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from recognizer.worker.batch_memory import BatchMemory
from recognizer.worker.batch_plan import BatchPlan, Piece, padded_ms_of
from recognizer.worker.engine import EngineError, Outcome
from recognizer.worker.feature_thread import FeatureThread
from recognizer.worker.heard_pieces import Heard, joined, samples_of
from recognizer.worker.queue_of_work import OpenUtterance, QueueOfWork
from recognizer.worker.second_pass import LEAST_SAMPLES, SecondPass
from recognizer.worker.second_pass_problems import is_out_of_memory, print_without_words
from recognizer.worker.sound_cutting import halves_of, is_silent, pieces_of
from recognizer.worker.whole_recognizer import WholeRecognizer

_BYTES_PER_MS: Final = 32
LEAST_CUT_MS: Final = 2_000
"""A piece that is shorter is not cut any further when it does not fit."""


@dataclass(slots=True)
class _Utterance:
    """An utterance whose sound stays in ``utterance.sound``, and what its pieces said so far."""

    utterance: OpenUtterance
    open_pieces: int = 0
    parts: list[tuple[int, int, Outcome]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Sound:
    """A piece: bytes ``start`` to ``end`` of its utterance. ``is_alone``: a batch with it failed."""

    of: _Utterance
    start: int
    end: int
    is_alone: bool = False

    @property
    def length_ms(self) -> int:
        return (self.end - self.start) // _BYTES_PER_MS

    def pcm(self) -> bytes:
        return bytes(self.of.utterance.sound[self.start : self.end])


@dataclass(frozen=True, slots=True)
class _Planned:
    """A batch whose features are being made."""

    pieces: tuple[Piece, ...]
    ticket: int


@dataclass(slots=True)
class _Running:
    """A batch under way, and how long it took so far."""

    pieces: tuple[Piece, ...]
    steps: Generator[None, None, list[Outcome]]
    took_ms: float = 0.0

    def go_on(self) -> list[Outcome] | None:
        """One step; the outcomes after the last."""
        started_s = time.monotonic()
        try:
            next(self.steps)
        except StopIteration as last:
            outcomes: list[Outcome] = last.value
            return outcomes
        finally:
            self.took_ms += (time.monotonic() - started_s) * 1000.0
        return None


@dataclass(frozen=True, slots=True)
class Answers:
    """What becomes of an utterance: a text, a refusal, or the ordinary way through the first pass."""

    answer: Callable[[OpenUtterance, Heard], None]
    refuse: Callable[[OpenUtterance, EngineError], None]
    leaves_raw: Callable[[int], bool]


class BatchWork:
    """All calls come from the worker's one thread; ``memory_fraction``: see ``ModelSpec``."""

    def __init__(
        self,
        second_pass: SecondPass,
        work: QueueOfWork,
        answers: Answers,
        memory_fraction: float | None = None,
        plan: BatchPlan | None = None,
    ) -> None:
        self._second_pass = second_pass
        self._work = work
        self._answers = answers
        self._fraction = memory_fraction
        self._plan = plan or BatchPlan()
        self._memory: BatchMemory | None = None
        self._features = FeatureThread()
        self._keys = itertools.count()
        self._taken: dict[int, _Utterance] = {}
        self._waiting: dict[int, _Sound] = {}
        self._planned: _Planned | None = None
        self._running: _Running | None = None
        self._loading: Generator[None, None, None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether an utterance of a file may begin here."""
        return self._second_pass.hears_whole

    @property
    def has_work(self) -> bool:
        """Whether ``step`` has something to do."""
        return bool(self._waiting) or len(self._work.for_a_batch()) > len(self._taken)

    @property
    def highest_reserved_bytes(self) -> int:
        """What the card's allocator held at its height; batches start torch's own figure anew."""
        return self._memory.highest_reserved_bytes if self._memory is not None else 0

    def forget_highest(self) -> None:
        """Count the highest figure from now on."""
        if self._memory is not None:
            self._memory.forget_highest()

    def step(self) -> None:
        """Take in what has ended; then a step of loading, or one batch."""
        self._drop_cancelled()
        for utterance in self._work.for_a_batch():
            if utterance.utterance_id not in self._taken:
                self._take_in(utterance)
        if not self._waiting:
            return
        recognizer = self._second_pass.recognizer
        if recognizer is None or self._loading is not None:
            self._load_some()
        else:
            self._hear_batch(recognizer)

    # --- what comes in, and what is answered ------------------------------------------------------

    def _take_in(self, utterance: OpenUtterance) -> None:
        """Cut it, leaving out silence; without any speech it is answered at once."""
        utterance.heard_bytes = len(utterance.pending)
        utterance.sound, utterance.pending = utterance.pending, bytearray()
        taken = self._taken[utterance.utterance_id] = _Utterance(utterance)
        for start, pcm in pieces_of(bytes(utterance.sound), self._second_pass.longest_piece_s):
            self._wait(_Sound(taken, start, start + len(pcm)), pcm)
        if not taken.open_pieces:
            self._answer(taken)

    def _wait(self, sound: _Sound, pcm: bytes) -> None:
        if len(pcm) // 2 >= LEAST_SAMPLES and not is_silent(pcm):
            self._waiting[next(self._keys)] = sound
            sound.of.open_pieces += 1

    def _drop_cancelled(self) -> None:
        for utterance_id, taken in list(self._taken.items()):
            if self._work.get(utterance_id) is not taken.utterance:
                self._forget(taken)

    def _forget(self, taken: _Utterance) -> None:
        del self._taken[taken.utterance.utterance_id]
        self._waiting = {key: each for key, each in self._waiting.items() if each.of is not taken}
        if self._running and not any(piece.key in self._waiting for piece in self._running.pieces):
            self._running = None

    def _answer(self, taken: _Utterance) -> None:
        outcome = joined(sorted(taken.parts, key=lambda part: part[0]))
        heard = Heard(outcome, is_written=bool(outcome.text) and self._second_pass.writes_itself)
        if not self._answers.leaves_raw(taken.utterance.priority):
            heard = self._second_pass.marked(heard)
        self._forget(taken)
        self._answers.answer(taken.utterance, heard)

    def _give_back(self, taken: _Utterance, error: Exception) -> None:
        """The model cannot hear it: the first pass may, if there is one."""
        self._forget(taken)
        utterance = taken.utterance
        if self._second_pass.is_alone:
            self._answers.refuse(utterance, self._second_pass.refusal(error))
            return
        utterance.pending, utterance.sound = utterance.sound, bytearray()
        utterance.heard_bytes = 0
        utterance.is_for_a_batch = False

    # --- one step -----------------------------------------------------------------------------------

    def _load_some(self) -> None:
        is_raw = all(self._answers.leaves_raw(each.of.utterance.priority) for each in self._waiting.values())
        try:
            self._loading = self._loading or self._second_pass.make_ready(with_marks=not is_raw)
            if next(self._loading, self) is self:
                self._loading = None
        except Exception as error:  # noqa: BLE001 - a library may raise anything, and the words are owed
            self._loading = None
            for taken in list(self._taken.values()):
                self._give_back(taken, error)

    def _hear_batch(self, recognizer: WholeRecognizer) -> None:
        """Begin with a batch, or go on with it; its last step answers."""
        memory = self._memory = self._memory or BatchMemory(self._second_pass.device, self._fraction)
        planned = None if self._running else self._next_planned(recognizer)
        pieces = self._running.pieces if self._running else planned.pieces if planned else ()
        if not pieces:
            return
        try:
            if planned is not None:
                prepared = self._features.take(planned.ticket)
                self._planned = self._prepare_another(recognizer, pieces)
                memory.begin()
                self._running = _Running(pieces, recognizer.hear_in_steps(prepared))
            assert self._running is not None
            outcomes = self._running.go_on()
        except Exception as error:  # noqa: BLE001 - a library may raise anything, and the words are owed
            self._failed(pieces, error)
            return
        if outcomes is not None:
            took_ms, self._running = self._running.took_ms, None
            self._plan.succeeded(padded_ms_of(pieces), took_ms, memory.peak_bytes())
            for piece, outcome in zip(pieces, outcomes, strict=True):
                self._heard(piece, outcome)

    def _next_planned(self, recognizer: WholeRecognizer) -> _Planned | None:
        """The batch that was prepared, or another if one of its pieces is not wanted any more."""
        planned, self._planned = self._planned, None
        if planned is not None and all(piece.key in self._waiting for piece in planned.pieces):
            return planned
        return self._prepare_another(recognizer, ())

    def _prepare_another(self, recognizer: WholeRecognizer, but: tuple[Piece, ...]) -> _Planned | None:
        """Choose a batch out of what waits, ``but`` for the one under way, and begin with its features."""
        under_way = {piece.key for piece in but}
        waiting = [(key, each) for key, each in self._waiting.items() if key not in under_way]
        lonely = next((key for key, each in waiting if each.is_alone), None)
        if lonely is not None:
            waiting = [(lonely, self._waiting[lonely])]
        room = self._memory.room_bytes() if self._memory is not None else None
        pieces = self._plan.choose([Piece(key, each.length_ms) for key, each in waiting], room)
        if not pieces:
            return None
        sounds = [samples_of(self._waiting[piece.key].pcm()) for piece in pieces]
        return _Planned(pieces, self._features.ask(recognizer.prepare, sounds))

    def _heard(self, piece: Piece, outcome: Outcome) -> None:
        sound = self._waiting.pop(piece.key, None)
        if sound is None:
            return  # it was cancelled meanwhile
        sound.of.parts.append((sound.start // _BYTES_PER_MS, sound.end // _BYTES_PER_MS, outcome))
        sound.of.open_pieces -= 1
        if not sound.of.open_pieces:
            self._answer(sound.of)

    # --- what goes wrong --------------------------------------------------------------------------------

    def _failed(self, pieces: tuple[Piece, ...], error: Exception) -> None:
        is_full = is_out_of_memory(error)
        if not is_full:
            print_without_words(error)
        error.__traceback__ = None  # its frames hold tensors
        self._planned = self._running = None  # what is planned may be as large
        if is_full:
            self._second_pass.clean()
            self._plan.ran_out_of_memory(padded_ms_of(pieces))
        pieces = tuple(piece for piece in pieces if piece.key in self._waiting)
        if len(pieces) == 1 and (self._waiting[pieces[0].key].is_alone or not is_full):
            self._failed_alone(pieces[0], error, is_full=is_full)
        elif len(pieces) == 1 or not is_full:
            for piece in pieces:
                self._replace(piece.key, is_alone=True)

    def _failed_alone(self, piece: Piece, error: Exception, *, is_full: bool) -> None:
        """Also with nothing beside it and the cache given back."""
        sound = self._waiting[piece.key]
        if not is_full or sound.length_ms < 2 * LEAST_CUT_MS:
            self._give_back(sound.of, error)
            return
        pcm = sound.pcm()
        first, second = halves_of(pcm)
        middle = sound.start + len(first)
        del self._waiting[piece.key]
        sound.of.open_pieces -= 1
        self._wait(_Sound(sound.of, sound.start, middle), first)
        self._wait(_Sound(sound.of, middle, sound.end), second)
        if not sound.of.open_pieces:
            self._answer(sound.of)

    def _replace(self, key: int, *, is_alone: bool) -> None:
        sound = self._waiting[key]
        self._waiting[key] = _Sound(sound.of, sound.start, sound.end, is_alone)
