"""SenseVoiceSmall as second pass: zh, en, yue, ja, ko, with punctuation and written numbers.

Its text begins with tags (``<|zh|><|NEUTRAL|><|Speech|><|withitn|>``), which are taken off.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, Final

import torch

from recognizer.events import Word
from recognizer.models.problems import damaged
from recognizer.worker.engine import EngineError, Outcome
from recognizer.worker.lean_funasr import import_parts
from recognizer.worker.second_pass_dir import WholeModelDir
from recognizer.worker.second_pass_network import (
    FRAME_MS,
    Place,
    Samples,
    build,
    choose_place,
    features,
    fill,
    in_batches,
    open_frontend,
    padded,
    parameters_of,
)
from recognizer.worker.whole_recognizer import HearsAtOnce

_PARTS: Final = (
    "funasr.tokenizer.sentencepiece_tokenizer",
    "funasr.frontends.wav_frontend",
    "funasr.models.sense_voice.model",
)
_QUERIES: Final = 4
"""Frames before the sound that ask for language, event, emotion and text form."""
_EVENT_AND_EMOTION: Final = (1, 2)
_TAG: Final = re.compile(r"<\|[^|<>]*\|>")
_SPACES: Final = re.compile(r"\s+")
_WORD_START: Final = "▁"
_SAID_OF_NOISE: Final = frozenset({"The.", ".", "。"})
"""What it writes when there was only noise."""


def load_sensevoice(
    model_dir: WholeModelDir, device: str, precision: str, language: str
) -> Generator[None, None, SenseVoice]:
    """Load in steps. Raises ``EngineError`` or ``ImportError``."""
    tables = import_parts(_PARTS)
    yield
    frontend = open_frontend(tables, model_dir)
    tokenizer = _open_tokenizer(tables, model_dir)
    arguments = {"vocab_size": tokenizer.get_vocab_size(), "input_size": frontend.output_size()}
    network = build(tables, model_dir, **arguments)
    yield
    place = choose_place(device, precision, parameters_of(network))
    fill(network, model_dir, place)
    return SenseVoice(network, frontend, tokenizer, place, language)


class SenseVoice(HearsAtOnce):
    """See ``load_sensevoice``. ``language``: auto, zh, en, yue, ja or ko."""

    is_written = True

    def __init__(self, network: Any, frontend: Any, tokenizer: Any, place: Place, language: str) -> None:
        self._network = network
        self._frontend = frontend
        self._tokenizer = tokenizer
        self._place = place
        queries = [network.lid_dict.get(language, 0), *_EVENT_AND_EMOTION, network.textnorm_dict["withitn"]]
        self._queries = torch.tensor([queries], device=place.device)

    def hear(self, samples: Samples) -> Outcome:
        """The text of an utterance (float32, −1 … 1, at least 400 samples)."""
        return self.hear_prepared([self.prepare(samples)])[0]

    def prepare(self, samples: Samples) -> torch.Tensor:
        """Its features."""
        return features(self._frontend, samples)

    def hear_prepared(self, prepared: Sequence[torch.Tensor]) -> list[Outcome]:
        """The texts of several utterances."""
        batches = in_batches(self._place, prepared)
        return [self._outcome(best) for batch in batches for best in self._best_tokens(batch)]

    def _best_tokens(self, batch: Sequence[torch.Tensor]) -> Iterator[list[int]]:
        """One for each frame of each utterance."""
        with torch.inference_mode(), self._place.autocast():
            rows, lengths = padded(batch, self._place.device)
            queries = self._network.embed(self._queries).to(rows.dtype).expand(len(batch), -1, -1)
            encoded = self._network.encoder(torch.cat((queries, rows), dim=1), lengths + _QUERIES)[0]
            for one, frames in zip(encoded, batch, strict=True):
                scores = self._network.ctc.ctc_lo(one[: len(frames) + _QUERIES])
                yield scores.argmax(dim=-1).tolist()

    def _outcome(self, best: list[int]) -> Outcome:
        runs = list(_runs(best, self._network.blank_id))
        text = without_tags(self._tokenizer.decode([token for token, _, _ in runs]))
        return Outcome(text, tuple(self._words(runs)) if text else ())

    def _words(self, runs: Iterable[tuple[int, int, int]]) -> Iterable[Word]:
        """Pieces to words: Latin pieces are joined up to the next that begins a word."""
        word: Word | None = None
        for token, start, end in runs:
            piece = self._tokenizer.sp.IdToPiece(token)
            if _TAG.fullmatch(piece):
                continue
            start_ms, end_ms = (max(0, frame - _QUERIES) * FRAME_MS for frame in (start, end))
            text = piece.removeprefix(_WORD_START)
            if word is not None and _goes_on(word.text, piece):
                word = Word(word.text + text, word.start_ms, end_ms)
            elif text:
                if word is not None:
                    yield word
                word = Word(text, start_ms, end_ms)
        if word is not None:
            yield word


def without_tags(text: str) -> str:
    """The words alone.

    >>> without_tags("<|en|><|HAPPY|><|Speech|><|withitn|>It works.")
    'It works.'
    >>> without_tags("<|nospeech|><|EMO_UNKNOWN|><|BGM|><|withitn|>The.")
    ''
    """
    text = _SPACES.sub(" ", _TAG.sub(" ", text)).strip()
    return "" if text in _SAID_OF_NOISE else text


def _goes_on(word: str, piece: str) -> bool:
    return piece.isascii() and piece.isalpha() and word.isascii() and word.isalpha()


def _runs(best: list[int], blank: int) -> Iterable[tuple[int, int, int]]:
    """Token, first frame, frame after the last, for each run of equal frames that is not blank."""
    at = 0
    for token, frames in itertools.groupby(best):
        count = len(list(frames))
        if token != blank:
            yield token, at, at + count
        at += count


def _open_tokenizer(tables: Any, model_dir: WholeModelDir) -> Any:
    file = model_dir.need("tokenizer_conf", "bpemodel", "chn_jpn_yue_eng_ko_spectok.bpe.model", "bpe.model")
    try:
        return tables.tokenizer_classes["SentencepiecesTokenizer"](bpemodel=str(file))
    except (RuntimeError, OSError) as error:
        raise EngineError(damaged(file.name)) from error
