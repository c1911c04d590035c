"""The embedded engine: PocketSphinx with the US English model inside its wheel. No download, no torch.

Partials come from a live decode. Its cepstral mean starts as a guess, which costs half of the
words of a first utterance, so the final is decoded once more as a whole, with the mean of the
whole. Measured by ``tests/benchmarks/bench_embedded.py`` on 71 utterances, 282 s (word error rate;
CPU time for each second of sound):

===============================  ============  ========  =========  =====
decode                           native human  L2 human  flite rms  cost
===============================  ============  ========  =========  =====
live, cold mean                  45.9 %        90.3 %    20.3 %     0.21
live, mean of the one before     33.6 %        68.1 %     9.4 %     0.18
whole, limits of search off      28.4 %        71.0 %    10.9 %     0.30
whole                            28.4 %        70.6 %    10.9 %     0.20
===============================  ============  ========  =========  =====

So the final is the last line, and partials start from the mean of the utterance before. (Decoding the whole
again in pieces, so that the lock below is held for a moment only, says the same if its own mean is set anew
before each piece: 28.0, 70.3, 10.9 %. But nothing tells that mean without a search: a third decoder with one
key phrase does, for 27 MiB and 15 % more time.) As the final may differ anywhere, partials are tentative.

There is a decoder for each of the two. The live one leaves out PocketSphinx's second and third search, which
it would make at the end of the utterance for nothing: a fifth of the time after the release (0.06 of
0.31 s for each second of sound), at the price of 91 MiB of the worker.
PocketSphinx keeps Python's global lock during a call: while a whole utterance is decoded the
worker hears nothing, not even ``Exit``. The driver's ladder allows for it by its signal.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

import pocketsphinx

from audio.events import Problem
from audio.pcm import duration_ms, level_dbfs
from recognizer.events import ModelSpec, Word
from recognizer.messages import MemoryHeld
from recognizer.worker.engine import EngineError, Outcome, Running, TellStage, Text
from recognizer.worker.host_memory import host_only
from recognizer.worker.steady_words import SteadyWords

_FRAME_MS: Final = 10
_PIECE_BYTES: Final = 6_400
_SILENCE_DBFS: Final = -70.0
_ALTERNATE: Final = re.compile(r"\(\d+\)$")

DECODER_SETTINGS: Final = {"maxhmmpf": 5_000, "maxwpf": 20}
"""Limits of the search: a third less time than without, the same words (``bench_embedded``)."""

LIVE_SETTINGS: Final = {**DECODER_SETTINGS, "fwdflat": False, "bestpath": False}

MODEL_MISSING = Problem(
    "embedded-model-missing",
    "The embedded English model is missing or damaged.",
    "Install the program again.",
)


class PocketSphinxEngine:
    """Open-vocabulary US English on the CPU; one live decoder for each utterance, one for all finals."""

    step_bytes = _PIECE_BYTES

    def __init__(self) -> None:
        self._idle: list[LiveDecoder] = []
        self._whole: WholeDecoder | None = None
        self._mean: str | None = None

    def prepare(self, model: ModelSpec, tell_stage: TellStage) -> None:
        """Everything this engine has lives on the host: prepared is loaded."""
        tell_stage("weights")
        if not self._idle:
            self._idle.append(_made(LiveDecoder))
        self._whole = self._whole or _made(WholeDecoder)

    def load(self, model: ModelSpec, tell_stage: TellStage) -> Running:
        """Raises ``EngineError`` when the model in the wheel is missing or damaged."""
        self.prepare(model, tell_stage)
        return Running("cpu")

    def open(self) -> PocketSphinxStream:
        """Begin an utterance with a free decoder, or one more."""
        decoder = self._idle.pop() if self._idle else _made(LiveDecoder)
        return PocketSphinxStream(self, decoder, self._mean)

    def release(self, decoder: LiveDecoder) -> None:
        """Take a decoder back."""
        if not self._idle:
            self._idle.append(decoder)

    def words_of_whole(self, pcm: bytes) -> tuple[Word, ...]:
        """The final words of an utterance; the next one's partials start from its cepstral mean."""
        self._whole = self._whole or _made(WholeDecoder)
        words = self._whole.words_of(pcm)
        self._mean = self._whole.mean()
        return words

    def memory(self) -> MemoryHeld:
        """Host figures only."""
        return host_only()

    def clean(self) -> None:
        """There is no device cache."""

    def for_files(self) -> None:
        """It hears one after the other."""

    def rest(self) -> bool:
        """There is no work of its own."""
        return False


class PocketSphinxStream:
    """One utterance."""

    def __init__(self, engine: PocketSphinxEngine, decoder: LiveDecoder, mean: str | None) -> None:
        self._engine = engine
        self._decoder = decoder
        self._sound = bytearray()
        self._steady = SteadyWords()
        decoder.start(mean)

    def feed(self, pcm: bytes) -> Text | None:
        """Decode live; the steady words of the present hypothesis, any of which the final may change."""
        self._sound += pcm
        self._decoder.hear(pcm)
        hypothesis = [word.text for word in self._decoder.words()]
        words = self._steady.take(hypothesis, duration_ms(self._sound))
        return Text("", " ".join(words)) if words else None

    def end(self) -> Outcome:
        """Decode the whole utterance once more, with its own cepstral mean."""
        self.close()
        sound = bytes(self._sound)
        if level_dbfs(sound) < _SILENCE_DBFS:  # it hears words in digital silence
            return Outcome("")
        words = self._engine.words_of_whole(sound)
        return Outcome(_joined(words), words)

    def close(self) -> None:
        """No more sound; the decoder is free again."""
        self._decoder.stop()
        self._engine.release(self._decoder)


class LiveDecoder:
    """PocketSphinx's decoder for an utterance that is being spoken: its first, fast search only."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(loglevel="FATAL", **LIVE_SETTINGS)
        self._first_mean = self._decoder.get_cmn()

    def start(self, mean: str | None) -> None:
        """Begin an utterance whose cepstral mean starts as ``mean`` (``None``: the model's guess)."""
        self._decoder.set_cmn(mean or self._first_mean)
        self._decoder.start_utt()

    def hear(self, pcm: bytes) -> None:
        """Search through a piece of sound."""
        if pcm:
            self._decoder.process_raw(pcm)

    def stop(self) -> None:
        """End the utterance."""
        self._decoder.end_utt()

    def words(self) -> tuple[Word, ...]:
        """The hypothesis by now."""
        return _words(self._decoder)


class WholeDecoder:
    """PocketSphinx's decoder for an utterance that is over: all its searches, batch normalisation."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(loglevel="FATAL", **DECODER_SETTINGS)

    def words_of(self, pcm: bytes) -> tuple[Word, ...]:
        """What was said; it does not depend on the utterances before."""
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        return _words(self._decoder)

    def mean(self) -> str:
        """Cepstral mean of the utterance before, as PocketSphinx writes it."""
        return str(self._decoder.get_cmn())


AnyDecoder = TypeVar("AnyDecoder", LiveDecoder, WholeDecoder)


def _made(kind: type[AnyDecoder]) -> AnyDecoder:
    try:
        return kind()
    except (RuntimeError, OSError) as error:
        raise EngineError(MODEL_MISSING) from error


def _words(decoder: pocketsphinx.Decoder) -> tuple[Word, ...]:
    """The hypothesis as words with times, without fillers and marks of pronunciation."""
    segments = decoder.seg() if decoder.hyp() is not None else None
    return tuple(_word(each) for each in segments or () if _is_speech(each.word))


def _joined(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def _is_speech(word: str) -> bool:
    return bool(word) and word[0] not in "<[+"


def _word(segment: pocketsphinx.Segment) -> Word:
    text = _ALTERNATE.sub("", segment.word).lower()
    return Word(text, segment.start_frame * _FRAME_MS, (segment.end_frame + 1) * _FRAME_MS)
