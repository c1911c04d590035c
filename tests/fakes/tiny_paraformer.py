"""Makes a streaming Paraformer directory with random weights, through FunASR's own classes.

Small enough to be made in a test, real enough that ``funasr.AutoModel`` loads it. The output layer
is widened so that random weights say varied things; ``firing`` moves how often a token is fired.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

from recognizer.worker.lean_funasr import import_streaming_parts


@dataclass(frozen=True)
class Size:
    """Dimensions of the network; the defaults are tiny, ``FULL`` is that of the released model."""

    width: int = 64
    heads: int = 4
    hidden: int = 128
    encoder_blocks: int = 3
    decoder_blocks: int = 2
    vocabulary: int = 120


FULL = Size(512, 4, 2048, 50, 16, 8404)


def make_paraformer(
    folder: Path, size: Size | None = None, *, seed: int = 0, pieces: bool = False, firing: float = 0.0
) -> Path:
    """Write config.yaml, tokens.json, am.mvn and model.pt to ``folder``; ``pieces`` adds English BPE."""
    size = size or Size()
    folder.mkdir(parents=True, exist_ok=True)
    config = _config(size)
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    tokens = _tokens(size.vocabulary, pieces)
    (folder / "tokens.json").write_text(json.dumps(tokens, ensure_ascii=False), encoding="utf-8")
    (folder / "am.mvn").write_text(_mean(-8.0, 0.2), encoding="utf-8")
    torch.save(_model(config, folder, len(tokens), seed, firing).state_dict(), folder / "model.pt")
    return folder


def _model(
    config: dict[str, Any], folder: Path, vocabulary: int, seed: int, firing: float
) -> torch.nn.Module:
    tables = import_streaming_parts()
    torch.manual_seed(seed)
    arguments = dict(config)
    arguments |= config["model_conf"]
    arguments |= {"vocab_size": vocabulary, "input_size": 560}
    model: torch.nn.Module = tables.model_classes["ParaformerStreaming"](**arguments).eval()
    with torch.no_grad():
        model.get_parameter("decoder.output_layer.weight").normal_(0.0, 1.0)
        model.get_parameter("decoder.output_layer.bias").zero_()
        model.get_parameter("predictor.cif_output.bias").fill_(firing)
    return model


def _tokens(count: int, pieces: bool) -> list[str]:
    english = ["hel@@", "lo", "wor@@", "ld", "ok", "a", "sp@@", "ea@@", "king"] * pieces
    start = ["<blank>", "<s>", "</s>", *english]
    chinese = [chr(0x4E00 + 2 * i) for i in range(count - len(start) - 1)]
    return [*start, *chinese, "<unk>"]


def _mean(shift: float, scale: float, width: int = 560) -> str:
    lines = [f"<Nnet>\n<Splice> {width} {width}\n[ 0 ]"]
    for kind, value in (("AddShift", shift), ("Rescale", scale)):
        numbers = " ".join([str(value)] * width)
        lines.append(f"<{kind}> {width} {width}\n<LearnRateCoef> 0 [ {numbers} ]")
    return "\n".join([*lines, "</Nnet>", ""])


def _config(size: Size) -> dict[str, Any]:
    common = {
        "attention_heads": size.heads,
        "linear_units": size.hidden,
        "dropout_rate": 0.1,
        "kernel_size": 11,
    }
    return {
        "model": "ParaformerStreaming",
        "model_conf": {"ctc_weight": 0.0, "lsm_weight": 0.1, "predictor_weight": 1.0, "sampling_ratio": 0.75},
        "encoder": "SANMEncoderChunkOpt",
        "encoder_conf": common
        | {
            "output_size": size.width,
            "num_blocks": size.encoder_blocks,
            "input_layer": "pe_online",
            "pos_enc_class": "SinusoidalPositionEncoder",
            "normalize_before": True,
            "sanm_shfit": 0,
            "selfattention_layer_type": "sanm",
            "chunk_size": [12, 15],
            "stride": [8, 10],
            "pad_left": [0, 0],
            "encoder_att_look_back_factor": [4, 4],
            "decoder_att_look_back_factor": [1, 1],
        },
        "decoder": "ParaformerSANMDecoder",
        "decoder_conf": common
        | {"num_blocks": size.decoder_blocks, "att_layer_num": size.decoder_blocks, "sanm_shfit": 5},
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
            "n_mels": 80,
            "frame_length": 25,
            "frame_shift": 10,
            "lfr_m": 7,
            "lfr_n": 6,
            "dither": 0.0,
        },
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": True},
        "normalize": None,
    }
