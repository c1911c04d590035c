"""Writes a FunASR model directory: config.yaml, tokens.json, am.mvn, configuration.json, model.pt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from batches import Normalisation
from features import STACK, Frames
from network import Size, configuration
from vocabulary import TOKENS


def _kaldi_matrix_file(normalisation: Normalisation) -> str:
    """The text format FunASR reads its feature normalisation from: added shift, then scale."""

    def row(values: Frames) -> str:
        return " ".join(f"{value:.6f}" for value in np.tile(values, STACK))

    width = len(normalisation.mean) * STACK
    return (
        f"<Nnet>\n<Splice> {width} {width}\n[ 0 ]\n"
        f"<AddShift> {width} {width}\n<LearnRateCoef> 0 [ {row(-normalisation.mean)} ]\n"
        f"<Rescale> {width} {width}\n<LearnRateCoef> 0 [ {row(1 / normalisation.deviation)} ]\n</Nnet>\n"
    )


_DESCRIPTION = {
    "framework": "pytorch",
    "task": "auto-speech-recognition",
    "model": {"type": "funasr"},
    "file_path_metas": {
        "init_param": "model.pt",
        "config": "config.yaml",
        "tokenizer_conf": {"token_list": "tokens.json"},
        "frontend_conf": {"cmvn_file": "am.mvn"},
    },
}


# A peak of 0.98 would wait for the next word before it fires, and then be decoded without the sound of
# its own chunk, so streaming multiplies the weights by a little more than one.
_STREAMED_WEIGHTS = {"smooth_factor": 1.02}


def _streaming_configuration(size: Size) -> dict[str, Any]:
    shipped = configuration(size)
    shipped["predictor_conf"] |= _STREAMED_WEIGHTS
    return shipped


def write(folder: Path, size: Size, state: dict[str, torch.Tensor], normalisation: Normalisation) -> None:
    """Write the model directory; weights stay fp32."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "config.yaml": yaml.safe_dump(_streaming_configuration(size), sort_keys=False),
        "tokens.json": json.dumps(TOKENS),
        "am.mvn": _kaldi_matrix_file(normalisation),
        "configuration.json": json.dumps(_DESCRIPTION, indent=1) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    weights = {name: value.detach().cpu().contiguous().clone() for name, value in state.items()}
    partial = folder / ".model.partial.pt"
    torch.save(weights, partial)
    partial.replace(folder / "model.pt")
