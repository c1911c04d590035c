"""Builds the network of a streaming Paraformer: reserved, then filled from the mapped checkpoint.

FunASR's own loader initialises 220 million random numbers, reads the checkpoint and copies it once
more (3.2 GB at its peak, 4 s); here nothing is allocated that the weights do not fill.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final

import torch

from recognizer.worker.checkpoint import UNUSED_PARTS, Weights, check_weights, give_back, open_weights
from recognizer.worker.engine import EngineError
from recognizer.worker.frames import FRAME_MS
from recognizer.worker.lean_funasr import import_streaming_parts
from recognizer.worker.model_dir import ModelDir
from recognizer.worker.model_problems import damaged, unknown_kind
from recognizer.worker.weights import quantize, without_initial_values

_SMALL_PARAMETERS: Final = 50_000_000
"""Below this fp32 is fast enough on a CPU and there is no reason to lose digits."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A network without weights, and the weights that belong into it."""

    network: Any
    frontend: Any
    weights: Weights
    tokens: list[str]

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""
        return sum(each.numel() for each in self.network.parameters())


def open_blueprint(model_dir: ModelDir) -> Blueprint:
    """Imports, an unfilled network and mapped weights; no device is touched. Raises ``EngineError``."""
    tables = import_streaming_parts()
    config = model_dir.config
    frontend_conf = {**config["frontend_conf"], "cmvn_file": str(model_dir.mean_path)}
    frontend_conf["dither"] = 0.0  # noise of ±1 bit would make a replay say something else
    frontend = tables.frontend_classes["WavFrontendOnline"](**frontend_conf)
    arguments = {**config, **config.get("model_conf", {})}
    arguments |= {"vocab_size": len(model_dir.tokens), "input_size": frontend.output_size()}
    try:
        with without_initial_values():
            network = tables.model_classes["ParaformerStreaming"](**arguments)
    except (TypeError, KeyError, ValueError, AssertionError) as error:
        raise EngineError(damaged("config.yaml")) from error
    _check_is_streaming(network, frontend)
    weights = open_weights(model_dir.weights_path)
    check_weights(network, weights, len(model_dir.tokens))
    return Blueprint(network.eval(), frontend, weights, model_dir.tokens)


def choose_precision(asked: str, device: str, parameters: int) -> str:
    """``auto`` becomes what is fastest without harm: bf16 where the device computes in it, else fp32.

    On a CPU without bf16 arithmetic a large model runs in int8.
    """
    if asked == "int8" and device != "cpu":
        return "bf16"
    if asked != "auto":
        return asked
    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    if device != "cpu" or parameters < _SMALL_PARAMETERS:
        return "fp32"
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return "bf16"
    return "int8" if torch.backends.quantized.engine in ("x86", "fbgemm", "qnnpack") else "fp32"


def fill(blueprint: Blueprint, device: str, precision: str) -> Any:
    """Put the weights in, on ``device`` and in ``precision``; the network, ready to compute.

    The predictor stays fp32, for sums that must not be rounded decide when a token fires; so do the
    memory blocks, which are faster in it.
    """
    network = blueprint.network
    for name, tensor in blueprint.weights.items():
        if name.startswith(UNUSED_PARTS):
            continue
        wanted = torch.bfloat16 if _is_reduced(name, tensor, precision) else torch.float32
        placed = tensor.detach().to(device=device, dtype=wanted)
        _assign(network, name, placed)
        if placed.data_ptr() != tensor.data_ptr():
            give_back(tensor)
    if precision == "int8":
        for part in (network.encoder, network.decoder):
            quantize(part)
    return network


def use_threads() -> int:
    """As many threads as the driver allowed (``OMP_NUM_THREADS``)."""
    threads = max(1, int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.set_num_threads(threads)
    return threads


def _is_reduced(name: str, tensor: torch.Tensor, precision: str) -> bool:
    is_sum_of_many = name.endswith("fsmn_block.weight")
    is_eligible = tensor.is_floating_point() and name.startswith(("encoder.", "decoder."))
    return precision == "bf16" and is_eligible and not is_sum_of_many


def _assign(network: torch.nn.Module, name: str, tensor: torch.Tensor) -> None:
    owner_name, _, leaf = name.rpartition(".")
    try:
        owner = network.get_submodule(owner_name)
    except AttributeError:
        return  # a part for training that this network does not have
    if leaf in owner._parameters:
        owner._parameters[leaf] = torch.nn.Parameter(tensor, requires_grad=False)
    elif leaf in owner._buffers:
        owner._buffers[leaf] = tensor


def _check_is_streaming(network: Any, frontend: Any) -> None:
    """Refuse variants whose arithmetic the runner does not do."""
    decoder, encoder = network.decoder, network.encoder
    layers = [*encoder.encoders0, *encoder.encoders, *decoder.decoders, *decoder.decoders3]
    is_known = (
        decoder.decoders2 is None
        and encoder.normalize_before
        and decoder.normalize_before
        and type(encoder.embed).__name__ == "StreamSinusoidalPositionEncoder"
        and all(layer.normalize_before and not layer.concat_after for layer in layers)
        and all(layer.self_attn.pad_fn.padding[1] == 0 for layer in decoder.decoders)
        and network.normalize is None
        and frontend.lfr_n * frontend.frame_shift == FRAME_MS
    )
    if not is_known:
        raise EngineError(unknown_kind("an unusual variant of ParaformerStreaming"))
