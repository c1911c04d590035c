"""Paraformer and SeACo-Paraformer (paraformer-zh) as second pass: whole utterances, word times.

SeACo also takes hotwords. Neither writes punctuation or digits.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from recognizer.worker.engine import EngineError, Outcome
from recognizer.worker.hotwords import Hotwords
from recognizer.worker.lean_funasr import import_parts
from recognizer.worker.model_problems import wrong_tokens
from recognizer.worker.pieces import GrowingText, Piece
from recognizer.worker.second_pass_dir import WholeModelDir, read_tokens
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
    "funasr.tokenizer.char_tokenizer",
    "funasr.frontends.wav_frontend",
    "funasr.models.sanm.encoder",
    "funasr.models.paraformer.decoder",
    "funasr.models.paraformer.cif_predictor",
    "funasr.models.paraformer.model",
)
_SEACO_PARTS: Final = (
    "funasr.models.bicif_paraformer.cif_predictor",
    "funasr.models.seaco_paraformer.model",
)
_UNUSED: Final = ("decoder.embed.", "ctc.", "seaco_decoder.embed.")
_SEACO_UNUSED: Final = ("ctc.", "seaco_decoder.embed.")
_UNKNOWN: Final = "<unk>"
_FILTERED_HOTWORDS: Final = 50


def load_paraformer(
    model_dir: WholeModelDir, device: str, precision: str, hotwords: Hotwords
) -> Generator[None, None, ParaformerOffline]:
    """Load in steps. Raises ``EngineError`` or ``ImportError``."""
    is_seaco = model_dir.kind == "SeacoParaformer"
    tables = import_parts(_PARTS + _SEACO_PARTS * is_seaco)
    yield
    frontend = open_frontend(tables, model_dir)
    tokens = read_tokens(model_dir.need("tokenizer_conf", "token_list", "tokens.json"))
    arguments = {"vocab_size": len(tokens), "input_size": frontend.output_size()}
    network = build(tables, model_dir, **arguments)
    yield
    place = choose_place(device, precision, parameters_of(network))
    fill(network, model_dir, _without_bf16_weights(place), unused=_SEACO_UNUSED if is_seaco else _UNUSED)
    if network.decoder.output_layer is not None and _rows(network.decoder.output_layer) != len(tokens):
        raise EngineError(wrong_tokens(len(tokens), _rows(network.decoder.output_layer)))
    syllables = model_dir.find("tokenizer_conf", "seg_dict_file", "seg_dict") if is_seaco else None
    speller = Speller(tokens, read_spellings(syllables)) if is_seaco else None
    return ParaformerOffline(network, frontend, tokens, place, speller, hotwords)


class Speller:
    """Hotwords as token ids; those with unknown parts are left out."""

    def __init__(self, tokens: Sequence[str], spellings: Mapping[str, Sequence[str]]) -> None:
        self._ids = {token: index for index, token in enumerate(tokens) if token != _UNKNOWN}
        self._spellings = spellings

    def spell(self, hotword: str) -> list[int] | None:
        """Chinese by character, Latin words by the model's list of spellings or as a whole."""
        ids: list[int] = []
        for word in hotword.lower().split():
            pieces = self._spellings.get(word) or ([word] if word in self._ids else list(word))
            if any(piece not in self._ids for piece in pieces):
                return None
            ids += [self._ids[piece] for piece in pieces]
        return ids or None


def read_spellings(file: Path | None) -> dict[str, list[str]]:
    """``seg_dict`` of paraformer-zh: a word and its pieces on each line; nothing without a file."""
    if file is None:
        return {}
    lines = (line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return {parts[0]: parts[1:] for parts in lines if len(parts) > 1}


@dataclass(frozen=True, slots=True)
class _Fired:
    """How many tokens an utterance has, what each sounds like ``(count, width)``, and when it is complete."""

    count: int
    acoustic: torch.Tensor
    ends_ms: list[int]


class ParaformerOffline(HearsAtOnce):
    """See ``load_paraformer``. Without a ``speller`` the model takes no hotwords."""

    is_written = False

    def __init__(
        self,
        network: Any,
        frontend: Any,
        tokens: list[str],
        place: Place,
        speller: Speller | None,
        hotwords: Hotwords,
    ) -> None:
        self._network = network
        self._frontend = frontend
        self._tokens = tokens
        self._place = place
        self._speller = speller
        self._hotwords = hotwords
        self._not_text = {network.sos, network.eos, network.blank_id}

    def hear(self, samples: Samples) -> Outcome:
        """The text of an utterance (float32, −1 … 1, at least 400 samples)."""
        return self.hear_prepared([self.prepare(samples)])[0]

    def prepare(self, samples: Samples) -> torch.Tensor:
        """Its features."""
        return features(self._frontend, samples)

    def hear_prepared(self, prepared: Sequence[torch.Tensor]) -> list[Outcome]:
        """The texts of several utterances."""
        batches = in_batches(self._place, prepared)
        return [outcome for batch in batches for outcome in self._hear_batch(batch)]

    def _hear_batch(self, batch: Sequence[torch.Tensor]) -> list[Outcome]:
        """Encoder and decoder for all at once; what counts tokens for each alone.

        FunASR's predictor looks a frame beyond the end of an utterance, at padding.
        """
        with torch.inference_mode():
            rows, lengths = padded(batch, self._place.device)
            with self._place.autocast():
                encoded = self._network.encode(rows, lengths)[0]
            encoded = encoded.float()  # the predictor's sums must not be rounded
            fired = [self._fire(encoded[i : i + 1, : len(each)]) for i, each in enumerate(batch)]
            spoken = [index for index, each in enumerate(fired) if each.count]
            found: dict[int, list[int]] = {}
            for group in self._decodable(spoken):
                found |= self._decode(encoded, lengths, fired, group)
        return [
            self._outcome(found[index], each.ends_ms) if index in found else Outcome("")
            for index, each in enumerate(fired)
        ]

    def _fire(self, encoded: torch.Tensor) -> _Fired:
        """The tokens of one utterance, ``encoded`` being ``(1, frames, width)``."""
        lengths = torch.tensor([encoded.shape[1]], dtype=torch.int32, device=encoded.device)
        acoustic, counts, alphas, _ = self._network.calc_predictor(encoded, lengths)
        counts = counts.round().long()
        count = int(counts[0])
        if count < 1:
            return _Fired(0, acoustic[0, :0], [])
        return _Fired(count, acoustic[0, :count], self._ends_ms(encoded, lengths, counts, alphas[0]))

    def _decodable(self, spoken: list[int]) -> list[list[int]]:
        """Which utterances may be decoded together: FunASR filters many hotwords by the first one's sound."""
        is_filtered = self._speller is not None and len(self._hotwords.read()) >= _FILTERED_HOTWORDS
        return [[index] for index in spoken] if is_filtered else [spoken] if spoken else []

    def _decode(
        self, encoded: torch.Tensor, lengths: torch.Tensor, fired: Sequence[_Fired], group: list[int]
    ) -> dict[int, list[int]]:
        """The best tokens of each utterance of ``group``."""
        longest = max(int(lengths[index]) for index in group)
        counts = torch.tensor([fired[index].count for index in group], device=encoded.device)
        acoustic = torch.nn.utils.rnn.pad_sequence([fired[index].acoustic for index in group], True)
        scores = self._scores(encoded[group, :longest], lengths[group], acoustic, counts)
        best = scores.argmax(dim=-1).tolist()
        return {index: best[row][: fired[index].count] for row, index in enumerate(group)}

    def _scores(
        self, encoded: torch.Tensor, lengths: torch.Tensor, acoustic: torch.Tensor, counts: torch.Tensor
    ) -> torch.Tensor:
        scores: torch.Tensor
        if self._speller is None:
            scores = self._network.cal_decoder_with_predictor(encoded, lengths, acoustic, counts)[0]
        else:
            scores = self._network._seaco_decode_with_ASF(
                encoded, lengths, acoustic, counts, hw_list=self._spelled(self._speller)
            )
        return scores

    def _spelled(self, speller: Speller) -> list[list[int]] | None:
        spelled = [ids for word in self._hotwords.read() if (ids := speller.spell(word))]
        return [*spelled, [self._network.sos]] if spelled else None

    def _ends_ms(
        self, encoded: torch.Tensor, lengths: torch.Tensor, counts: torch.Tensor, alphas: torch.Tensor
    ) -> list[int]:
        """When each token is complete: where the sum of ``alphas`` passes a whole number."""
        frame_ms = float(FRAME_MS)
        if hasattr(self._network.predictor, "get_upsample_timestamp"):
            alphas = self._network.calc_predictor_timestamp(encoded, lengths, counts)[2][0]
            frame_ms = FRAME_MS / self._network.predictor.upsample_times
        count = int(counts[0])
        passed = torch.cumsum(alphas.float().clamp(min=0.0), dim=0)
        passed = passed * (count / max(float(passed[-1]), 1e-6))
        wanted = torch.arange(1, count + 1, device=passed.device, dtype=passed.dtype) - 1e-3
        frames = torch.searchsorted(passed, wanted).clamp(max=len(passed) - 1)
        return [round((frame + 1) * frame_ms) for frame in frames.tolist()]

    def _outcome(self, best: Iterable[int], ends_ms: Iterable[int]) -> Outcome:
        text = GrowingText()
        for token, end_ms in zip(best, ends_ms, strict=True):
            if token not in self._not_text:
                text.add(Piece(self._tokens[token], end_ms))
        text.finish()
        return Outcome(text.committed, tuple(text.words))


def _without_bf16_weights(place: Place) -> Place:
    """Only the encoder computes in bf16, by autocast; the weights stay as they are."""
    return Place(place.device, "fp32") if place.precision == "bf16" else place


def _rows(layer: Any) -> int:
    weight = layer.weight() if callable(layer.weight) else layer.weight
    return int(weight.shape[0])
