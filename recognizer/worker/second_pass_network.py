"""What all second-pass models share: building, filling from the mapped checkpoint, precision, features."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from recognizer.models.problems import damaged
from recognizer.worker.checkpoint import Weights, give_back, open_weights
from recognizer.worker.engine import EngineError
from recognizer.worker.model_problems import wrong_shapes
from recognizer.worker.second_pass_dir import WholeModelDir
from recognizer.worker.weights import quantize, without_initial_values

FRAME_MS: Final = 60
_SMALL_PARAMETERS: Final = 50_000_000
_FOR_TRAINING: Final = ("criterion", "attention_loss.", "specaug.")

Samples = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a network computes and in what precision: fp32, bf16 or int8."""

    device: str
    precision: str

    def autocast(self) -> AbstractContextManager[Any]:
        """Multiplications in bf16, sums in fp32, if ``precision`` is bf16."""
        if self.precision != "bf16":
            return nullcontext()
        context: AbstractContextManager[Any] = torch.autocast(self.device.split(":")[0], torch.bfloat16)
        return context


def choose_place(device: str, asked: str, parameters: int) -> Place:
    """``auto``: bf16 on a card that has it; on a CPU int8 for large networks, fp32 for small ones."""
    if asked == "int8" and device != "cpu":
        asked = "bf16"
    if asked != "auto":
        return Place(device, asked)
    if device.startswith("cuda"):
        return Place(device, "bf16" if torch.cuda.is_bf16_supported() else "fp32")
    has_int8 = torch.backends.quantized.engine in ("x86", "fbgemm", "onednn", "qnnpack")
    is_large = parameters >= _SMALL_PARAMETERS
    return Place(device, "int8" if device == "cpu" and is_large and has_int8 else "fp32")


def build(tables: Any, model_dir: WholeModelDir, *, on_meta: bool = False, **arguments: Any) -> Any:
    """The network that ``config.yaml`` describes, without weights. Raises ``EngineError``.

    ``on_meta``: for parts that fill themselves otherwise, as those of ``transformers`` do.
    """
    merged = {**model_dir.section("model_conf"), **model_dir.config, **arguments}
    try:
        with torch.device("meta") if on_meta else without_initial_values():
            return tables.model_classes[model_dir.kind](**copy.deepcopy(merged)).eval()
    except (TypeError, KeyError, ValueError, AssertionError, AttributeError) as error:
        raise EngineError(damaged("config.yaml")) from error


def parameters_of(network: torch.nn.Module) -> int:
    """How many numbers it has."""
    return sum(each.numel() for each in network.parameters())


def fill(
    network: torch.nn.Module,
    model_dir: WholeModelDir,
    place: Place,
    *,
    unused: tuple[str, ...] = (),
    reduced: tuple[str, ...] | None = None,
) -> None:
    """Put the weights in, on ``place``. Parts whose names begin with ``unused`` may be absent.

    In bf16 the ``Linear`` weights are kept in bf16 (autocast would convert them at each use), or
    all weights of ``reduced``. Raises ``EngineError``.
    """
    weights = open_weights(model_dir.weights_path)
    wanted = network.state_dict()
    skipped = unused + _FOR_TRAINING
    names = {name for name in wanted if not name.startswith(skipped)}
    _check(weights, wanted, names)
    lower = _reduced_names(network, reduced) if place.precision == "bf16" else frozenset()
    placed = {}
    for name in names:
        tensor = weights[name]
        dtype = torch.bfloat16 if name in lower else _kept(tensor)
        placed[name] = tensor.detach().to(device=place.device, dtype=dtype)
        if placed[name].data_ptr() != tensor.data_ptr():
            give_back(tensor)
    network.load_state_dict(placed, strict=False, assign=True)
    network.requires_grad_(False)
    if place.precision == "int8":
        quantize(network)


def open_frontend(tables: Any, model_dir: WholeModelDir, *, needs_mean: bool = True) -> Any:
    """FunASR's filter banks with the model's mean and variance. Raises ``EngineError``."""
    mean = model_dir.find("frontend_conf", "cmvn_file", "am.mvn")
    if mean is None and needs_mean:
        model_dir.need("frontend_conf", "cmvn_file", "am.mvn")
    conf = {**model_dir.section("frontend_conf"), "cmvn_file": str(mean) if mean else None, "dither": 0.0}
    try:
        frontend = tables.frontend_classes["WavFrontend"](**conf)
    except (TypeError, ValueError, IndexError, UnicodeDecodeError) as error:
        raise EngineError(damaged(_name_of(mean))) from error
    if frontend.cmvn is not None and tuple(frontend.cmvn.shape) != (2, frontend.output_size()):
        raise EngineError(damaged(_name_of(mean)))
    return frontend


def features(frontend: Any, samples: Samples) -> torch.Tensor:
    """``(frames, width)``, on the host. At least 400 samples, or the extractor ends the process."""
    assert samples.size >= 400, samples.size
    with torch.inference_mode():
        rows, _ = frontend(torch.from_numpy(samples)[None], [samples.size])
    one: torch.Tensor = rows[0].float()
    return one


def padded(several: Sequence[torch.Tensor], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of one or more utterances as ``(utterances, frames, width)``, and their frames."""
    rows = torch.nn.utils.rnn.pad_sequence(list(several), batch_first=True)
    lengths = torch.tensor([len(each) for each in several], dtype=torch.int32)
    return rows.to(device), lengths.to(device)


def in_batches(place: Place, prepared: Sequence[torch.Tensor]) -> Iterator[Sequence[torch.Tensor]]:
    """All at once; one by one in int8, whose activations share one scale, so that a loud neighbour would
    change the words of a quiet utterance."""
    if place.precision != "int8":
        yield prepared
        return
    for each in prepared:
        yield [each]


def _check(weights: Weights, wanted: dict[str, torch.Tensor], names: set[str]) -> None:
    for name in sorted(names):
        if name not in weights:
            raise EngineError(wrong_shapes(f"{name} is missing"))
        if weights[name].shape != wanted[name].shape:
            raise EngineError(wrong_shapes(name))


def _reduced_names(network: torch.nn.Module, reduced: tuple[str, ...] | None) -> frozenset[str]:
    if reduced is not None:
        return frozenset(name for name, _ in network.named_parameters() if name.startswith(reduced))
    linear = (name for name, part in network.named_modules() if type(part) is torch.nn.Linear)
    return frozenset(f"{name}.{leaf}" for name in linear for leaf in ("weight", "bias"))


def _kept(tensor: torch.Tensor) -> torch.dtype:
    return torch.float32 if tensor.is_floating_point() else tensor.dtype


def _name_of(mean: Path | None) -> str:
    return mean.name if mean else "config.yaml"
