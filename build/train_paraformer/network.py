"""FunASR's ParaformerStreaming, wrapped so that its own training forward matches its streaming inference.

What stands in the way, and what is done about it here (found by experiment with funasr 1.4.16):

* The rescaled weights of the predictor add up to N - 1e-7, so the last token of an utterance often
  never fires: the target length is raised by 2e-4 on its way into the predictor.
* The integrate-and-fire code fails when the last utterance of a batch has no token: the batch maker
  puts one with tokens last.
* Streaming starts with five all-zero frames behind the position code and positions grow until the
  utterance ends: training prepends such frames and begins at a random position.
* Only the first of several chunk sizes would ever be trained: exactly one is configured, the
  [0, 10, 5] that the program streams with.
* The predictor learns only the number of words, which takes long and stays inexact: here the starts of
  the words, known from the synthesiser, teach it where each word's weight has to lie.
* A phone CTC on the encoder output (dropped on export) gives the encoder a direct goal. As every CTC
  it sits on a plateau for a thousand steps first; at the start of training the phones of each word are
  therefore also taught by place, spread evenly over the word.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import funasr.models.paraformer.cif_predictor as cif
import funasr.models.paraformer.decoder
import funasr.models.paraformer_streaming.model
import funasr.models.scama.encoder  # noqa: F401  (importing registers the classes)
import torch
from batches import LEAD_FRAMES, PHONES_PER_FRAME, Batch
from features import MEL_BINS, STACK, STRIDE
from funasr.register import tables
from vocabulary import TOKENS, phone_ids_of_tokens, phone_inventory

_LATEST_POSITION = 700
_RAISED = 1 + 2e-4


@dataclass(frozen=True)
class Size:
    """Width, feed-forward width and depths of the model."""

    width: int = 128
    feed_forward: int = 512
    encoder_blocks: int = 5
    decoder_blocks: int = 2
    heads: int = 4


def configuration(size: Size) -> dict[str, Any]:
    """FunASR's config.yaml of the model, as a dict."""
    common = {
        "attention_heads": size.heads,
        "linear_units": size.feed_forward,
        "dropout_rate": 0.0,
        "positional_dropout_rate": 0.0,
        "kernel_size": 11,
    }
    return {
        "model": "ParaformerStreaming",
        "model_conf": {
            "ctc_weight": 0.0,
            "lsm_weight": 0.1,
            "length_normalized_loss": True,
            "predictor_weight": 1.0,
            "predictor_bias": 0,
            "sampling_ratio": 0.0,
        },
        "encoder": "SANMEncoderChunkOpt",
        "encoder_conf": {
            **common,
            "output_size": size.width,
            "num_blocks": size.encoder_blocks,
            "attention_dropout_rate": 0.0,
            "input_layer": "pe_online",
            "pos_enc_class": "SinusoidalPositionEncoder",
            "normalize_before": True,
            "sanm_shfit": 0,
            "selfattention_layer_type": "sanm",
            "chunk_size": [15],
            "stride": [10],
            "pad_left": [0],
            "encoder_att_look_back_factor": [4],
            "decoder_att_look_back_factor": [1],
        },
        "decoder": "ParaformerSANMDecoder",
        "decoder_conf": {
            **common,
            "num_blocks": size.decoder_blocks,
            "att_layer_num": size.decoder_blocks,
            "self_attention_dropout_rate": 0.0,
            "src_attention_dropout_rate": 0.0,
            "sanm_shfit": 5,
        },
        "predictor": "CifPredictorV2",
        "predictor_conf": {
            "idim": size.width,
            "threshold": 1.0,
            "l_order": 1,
            "r_order": 1,
            "tail_threshold": 0.45,
        },
        "frontend": "WavFrontendOnline",
        "frontend_conf": {
            "fs": 16000,
            "window": "hamming",
            "n_mels": MEL_BINS,
            "frame_length": 25,
            "frame_shift": 10,
            "lfr_m": STACK,
            "lfr_n": STRIDE,
            "dither": 0.0,
        },
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": True},
    }


def build(size: Size) -> torch.nn.Module:
    """A fresh ParaformerStreaming."""
    conf = copy.deepcopy(configuration(size))
    return tables.model_classes["ParaformerStreaming"](
        **conf["model_conf"],
        **{key: conf[key] for part in ("encoder", "decoder", "predictor") for key in (part, f"{part}_conf")},
        vocab_size=len(TOKENS),
        input_size=MEL_BINS * STACK,
    )


class _StreamingStart(torch.nn.Module):
    """Position code as a stream sees it: zero frames first, then positions from a given start."""

    def __init__(self, encoding: torch.nn.Module) -> None:
        super().__init__()
        self.encoding = encoding
        self.start = 0

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        speech = self.encoding(frames[:, LEAD_FRAMES:], {"start_idx": self.start})
        return torch.cat([torch.zeros_like(frames[:, :LEAD_FRAMES]), speech], 1)


class _ObservedPredictor(torch.nn.Module):
    """The predictor in full precision, with the target raised, keeping the weights it gave last.

    While `batch` is set, each word's weight is scaled to one within the word's own time before it fires:
    else one word missed or counted twice teaches the decoder wrong words for the rest of the utterance.
    """

    def __init__(self, inner: Any, encoder: Any) -> None:
        super().__init__()
        self.inner = inner
        self.batch: Batch | None = None
        self.weights = torch.zeros(0)
        self._chunks = encoder.overlap_chunk_cls

    def forward(self, hidden: torch.Tensor, *arguments: Any, **named: Any) -> Any:
        target = named["target_label_length"].float() * _RAISED
        named["target_label_length"] = target
        with torch.autocast(hidden.device.type, enabled=False):
            hidden = hidden.float()
            embedded, total, scaled, fires = self.inner(hidden, *arguments, **named)
            own = scaled * (total / target.clamp(min=1)).unsqueeze(1)
            in_order = self._frames_in_order(own)
            self.weights = own[:, in_order]
            if self.batch is not None:
                in_time = _scaled_by_word(self.weights, self.batch, target)
                scaled = torch.zeros_like(own).index_copy(1, in_order, in_time)
                embedded, fires = cif.cif_v1(hidden, scaled, self.inner.threshold)
        return embedded, total, scaled, fires

    def _frames_in_order(self, weights: torch.Tensor) -> torch.Tensor:
        """Chunks overlap: the indices at which each frame stands once, in order of time."""
        mask = self._chunks.get_mask_chunk_predictor(None, device=weights.device, batch_size=1)
        return torch.nonzero(mask[0, : weights.shape[1], 0] > 0)[:, 0]

    def gen_frame_alignments(self, *arguments: Any) -> Any:
        return self.inner.gen_frame_alignments(*arguments)


def _word_of_frames(frames: int, batch: Batch) -> torch.Tensor:
    """[rows, frames]: 0 before the first known start of a word, then 1, 2, ..."""
    centres = torch.arange(frames, device=batch.boundaries.device) + 0.5
    begun = (batch.boundaries[:, 1:, None] <= centres) & (batch.gains_known[:, :, None] > 0)
    return begun.sum(1).clamp(max=batch.gains.shape[1] - 1)


def _scaled_by_word(weights: torch.Tensor, batch: Batch, target: torch.Tensor) -> torch.Tensor:
    """The weights with the right sum in each word, and in all."""
    word = _word_of_frames(weights.shape[1], batch)
    sums = torch.zeros_like(batch.gains).scatter_add(1, word, weights)
    scale = batch.gains * batch.gains_known / sums.clamp(min=1e-4)
    aligned = weights * scale.gather(1, word)
    return aligned * (target / aligned.sum(1).clamp(min=1e-4)).unsqueeze(1)


@dataclass(frozen=True)
class Weights:
    """Of the losses beside FunASR's own.

    Weight of each word, its concentration on one frame, phone order (CTC), phone places (flat start).
    """

    word: float
    peak: float
    phone_order: float
    phone_place: float
    aligned: bool = False  # whether each word is weighed within its own time


def _phone_order_loss(scores: torch.Tensor, lengths: torch.Tensor, batch: Batch) -> torch.Tensor:
    """CTC of the phones of all words."""
    phones = phone_ids_of_tokens()
    labels = [
        [phone for token in row[:count] for phone in phones[token]]
        for row, count in zip(batch.tokens.tolist(), batch.token_counts.tolist(), strict=True)
    ]
    return torch.nn.functional.ctc_loss(
        scores.log_softmax(-1).transpose(0, 1),
        torch.tensor([phone for row in labels for phone in row], dtype=torch.long),
        lengths.long().cpu(),
        torch.tensor([len(row) for row in labels]),
        zero_infinity=True,
    )


def _phone_place_loss(scores: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Cross entropy with the phones of each word spread evenly over its time."""
    length = min(scores.shape[1], batch.phones.shape[1])
    return torch.nn.functional.cross_entropy(
        scores[:, :length].transpose(1, 2), batch.phones[:, :length], ignore_index=-1
    )


class Trainee(torch.nn.Module):
    """The model, its phone head and its losses."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.model = build(size)
        self.model.encoder.embed = _StreamingStart(self.model.encoder.embed)
        self._phone_classes = len(phone_inventory()) + 1
        self.phone_head = torch.nn.Linear(size.width, PHONES_PER_FRAME * self._phone_classes)
        self.model.predictor = _ObservedPredictor(self.model.predictor, self.model.encoder)
        self._encoded: tuple[torch.Tensor, torch.Tensor] | None = None
        self.model.encoder.register_forward_hook(self._keep_encoded)

    def _keep_encoded(self, _module: object, _arguments: object, outcome: tuple[Any, ...]) -> None:
        self._encoded = outcome[:2]

    def forward(self, batch: Batch, weights: Weights) -> tuple[torch.Tensor, dict[str, float]]:
        """Total loss and its parts. batch.position: where the position code begins."""
        self.model.encoder.embed.start = batch.position % _LATEST_POSITION
        self.model.predictor.batch = batch if weights.aligned else None
        loss, parts, _ = self.model(batch.speech, batch.speech_lengths, batch.tokens, batch.token_counts)
        scores, lengths = self._phone_scores()
        phones = _phone_order_loss(scores, lengths, batch)
        frames = _phone_place_loss(scores, batch) if weights.phone_place else torch.zeros(())
        word_weights = self.model.predictor.weights
        words, peaks = _word_loss(word_weights, batch), _peak_loss(word_weights, batch)
        report = {
            "token": float(parts["loss_att"]),
            "count": float(parts["loss_pre"]),
            "word": float(words.detach()),
            "peak": float(peaks.detach()),
            "phone": float(phones.detach()),
            "place": float(frames.detach()),
            "accuracy": float(parts["acc"]),
        }
        total = loss + weights.word * words + weights.peak * peaks + weights.phone_order * phones
        return (total + weights.phone_place * frames if weights.phone_place else total), report

    def _phone_scores(self) -> tuple[torch.Tensor, torch.Tensor]:
        """[rows, 20 ms frames, classes] of the encoder's last output, and the lengths."""
        assert self._encoded is not None  # set by the hook
        hidden, lengths = self._encoded
        self._encoded = None
        hidden, lengths = self.model.encoder.overlap_chunk_cls.remove_chunk(hidden.clone(), lengths, None)
        rows, frames, _ = hidden.shape
        scores = self.phone_head(hidden).reshape(rows, frames * PHONES_PER_FRAME, self._phone_classes)
        return scores.float(), lengths * PHONES_PER_FRAME


def _word_loss(weights: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Mean deviation from one of the weight between the starts of neighbouring words."""
    sums = torch.nn.functional.pad(weights.cumsum(1), (1, 0))
    place = batch.boundaries.clamp(max=sums.shape[1] - 1.001)
    left = place.floor().long()
    at_left, at_right = sums.gather(1, left), sums.gather(1, left + 1)
    reached = at_left + (at_right - at_left) * (place - left)
    missing = (reached[:, 1:] - reached[:, :-1] - batch.gains).abs() * batch.gains_known
    return missing.sum() / batch.gains_known.sum().clamp(min=1)


def _peak_loss(weights: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Mean distance from one of the largest weight in each word.

    A weight spread over many frames never adds up exactly, and words slip; one frame that saturates does.
    """
    word = _word_of_frames(weights.shape[1], batch)
    peaks = torch.zeros_like(batch.gains).scatter_reduce(1, word, weights, "amax")
    single = (batch.gains == 1) * batch.gains_known
    return ((1 - peaks).clamp(min=0) * single).sum() / single.sum().clamp(min=1)


def exported_state(trainee_state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights FunASR expects, from a Trainee's state_dict."""
    return {
        name.removeprefix("model.")
        .replace("encoder.embed.encoding.", "encoder.embed.")
        .replace("predictor.inner.", "predictor."): value
        for name, value in trainee_state.items()
        if name.startswith("model.")
    }
