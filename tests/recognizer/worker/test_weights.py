"""int8 layers say what torch's own say, number for number."""

from __future__ import annotations

import pytest
import torch

from recognizer.worker.weights import Int8Linear


def layer(seed: int, *, bias: bool = True) -> torch.nn.Linear:
    torch.manual_seed(seed)
    return torch.nn.Linear(40 + seed, 24, bias=bias)


def positive(linear: torch.nn.Linear) -> torch.nn.Linear:
    linear.weight.data.abs_()
    return linear


def negative(linear: torch.nn.Linear) -> torch.nn.Linear:
    linear.weight.data.abs_().neg_()
    return linear


def scaled(linear: torch.nn.Linear, by: float) -> torch.nn.Linear:
    linear.weight.data.mul_(by)
    return linear


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("is_reduced", [False, True])
@pytest.mark.parametrize(
    "linear",
    [layer(1), layer(2, bias=False), positive(layer(3)), negative(layer(4)), scaled(layer(5), 1e-12)],
    ids=["any", "no bias", "positive", "negative", "tiny"],
)
def test_int8_weights_are_those_of_torch(linear: torch.nn.Linear, is_reduced: bool) -> None:
    from torch.ao.nn.quantized import dynamic
    from torch.ao.quantization import default_dynamic_qconfig

    linear.qconfig = default_dynamic_qconfig  # type: ignore[assignment]
    theirs, ours = dynamic.Linear.from_float(linear), Int8Linear(linear, is_reduced=is_reduced)
    assert theirs.weight().q_scale() == ours.weight().q_scale()
    assert torch.equal(theirs.weight().int_repr(), ours.weight().int_repr())
    x = torch.randn(3, linear.in_features)
    packed = theirs._packed_params._packed_params
    assert torch.equal(torch.ops.quantized.linear_dynamic(x, packed, reduce_range=is_reduced), ours(x))
