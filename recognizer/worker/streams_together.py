"""Several utterances through a streaming Paraformer together: files, when there is no model for whole ones.

They go chunk by chunk side by side, the longest first, so that each that has ended leaves its row at the end
and nothing is padding. The encoder, most of the work, computes all of them at once, which spares a card most
of its launches; a CPU gains nothing by it and takes one after the other. What is said is as each says alone.
A step is one chunk of each.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch

from recognizer.worker.engine import Outcome
from recognizer.worker.frames import CHUNK_SAMPLES, FRAME_MS, MIN_TAIL_SAMPLES
from recognizer.worker.heard_pieces import Samples
from recognizer.worker.look_back import LookBack
from recognizer.worker.paraformer_runner import FiredToken, ParaformerRunner, StreamState
from recognizer.worker.pieces import GrowingText, Piece

MOST_ON_A_CPU: Final = 1
"""Measured at the released size, fp32 and bf16: eight at once take 0.98 to 1.05 of the time of one by one."""
MOST_ON_A_CARD: Final = 32
"""Not measured. Each utterance's look-back takes 11 MB in fp32."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Features of each whole chunk, then of the rest (``None``: there is hardly any). Of ``sound_ms``."""

    chunks: list[torch.Tensor]
    rest: torch.Tensor | None
    sound_ms: int


@dataclass(slots=True)
class _Utterance:
    """An utterance under way: its place among those that were asked for, and what fired so far."""

    place: int
    prepared: _Prepared
    fired: list[FiredToken] = field(default_factory=list)


class StreamsTogether:
    """A ``WholeRecognizer`` that is the first pass. ``most`` utterances at once; 1 in int8, whose activations
    share one scale."""

    is_written = False

    def __init__(self, runner: ParaformerRunner, tokens: list[str], most: int) -> None:
        self._runner = runner
        self._tokens = tokens
        self._most = most

    def hear(self, samples: Samples) -> Outcome:
        """The text of an utterance (float32, −1 … 1, at least 400 samples)."""
        return self.hear_prepared([self.prepare(samples)])[0]

    def prepare(self, samples: Samples) -> _Prepared:
        """Its features, cut as a stream is cut."""
        frontend: dict[str, Any] = {}
        sound = torch.from_numpy(samples)
        whole = len(sound) // CHUNK_SAMPLES
        starts = range(0, whole * CHUNK_SAMPLES, CHUNK_SAMPLES)
        with torch.inference_mode():
            chunks = [
                self._runner.features(sound[start : start + CHUNK_SAMPLES], frontend, is_last=False)
                for start in starts
            ]
            last = sound[whole * CHUNK_SAMPLES :]
            is_long = len(last) >= MIN_TAIL_SAMPLES
            rest = self._runner.features(last, frontend, is_last=True) if is_long else None
        return _Prepared(chunks, rest, len(sound) // 16)

    def hear_prepared(self, prepared: Sequence[_Prepared]) -> list[Outcome]:
        """The texts of several utterances."""
        steps = self.hear_in_steps(prepared)
        while True:
            try:
                next(steps)
            except StopIteration as last:
                outcomes: list[Outcome] = last.value
                return outcomes

    def hear_in_steps(self, prepared: Sequence[_Prepared]) -> Generator[None, None, list[Outcome]]:
        """The same, a chunk of each at a step."""
        outcomes: dict[int, Outcome] = {}
        by_length = sorted(range(len(prepared)), key=lambda place: -len(prepared[place].chunks))
        for first in range(0, len(by_length), self._most):
            places = by_length[first : first + self._most]
            utterances = [_Utterance(place, prepared[place]) for place in places]
            yield from self._hear_side_by_side(utterances)
            outcomes |= {each.place: self._outcome(each) for each in utterances}
        return [outcomes[place] for place in range(len(prepared))]

    def _hear_side_by_side(self, utterances: list[_Utterance]) -> Generator[None, None, None]:
        """``utterances`` by length, the longest first."""
        with torch.inference_mode():
            look_back = self._runner.encoder_look_back(len(utterances))
            states = [self._runner.new_state(look_back.part(row, row + 1)) for row in range(len(utterances))]
        for chunk in range(len(utterances[0].prepared.chunks) + 1):
            going_on = sum(len(each.prepared.chunks) > chunk for each in utterances)
            with torch.inference_mode():
                for row in range(going_on, len(states)):
                    states[row].encoder = look_back.part(row, row + 1)
                    self._end(utterances[row], states[row])
                if going_on < len(states):
                    states, look_back = states[:going_on], look_back.part(0, going_on)
                if states:
                    self._hear_chunk(utterances, states, look_back, chunk)
            yield

    def _hear_chunk(
        self, utterances: list[_Utterance], states: list[StreamState], look_back: LookBack, chunk: int
    ) -> None:
        """The same chunk of each utterance that has it; they are the first."""
        features = [each.prepared.chunks[chunk] for each in utterances[: len(states)]]
        fired = self._runner.chunks(features, states, look_back)
        for each, tokens in zip(utterances, fired, strict=False):
            each.fired += tokens

    def _end(self, utterance: _Utterance, state: StreamState) -> None:
        """What waited for its right context, alone: the last window has a length of its own."""
        rest = utterance.prepared.rest
        if rest is None:
            utterance.fired += self._runner.tail(state)
        else:
            utterance.fired += self._runner.chunk(rest, state, is_last=True)

    def _outcome(self, utterance: _Utterance) -> Outcome:
        text = GrowingText()
        for token in utterance.fired:
            end_ms = min(utterance.prepared.sound_ms, (token.frame + 1) * FRAME_MS)
            text.add(Piece(self._tokens[token.token_id], end_ms))
        text.finish()
        return Outcome(text.committed, tuple(text.words))
