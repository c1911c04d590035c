"""Out of memory: the next smaller way, down to the CPU, and then the end."""

from __future__ import annotations

from recognizer.events import ModelSpec
from recognizer.fallback import next_smaller


def test_the_way_down_ends_on_the_cpu() -> None:
    model: ModelSpec | None = ModelSpec(
        "paraformer-streaming", "m", "dir", device="cuda:0", second_pass="big"
    )
    way = []
    while (model := next_smaller(model)) is not None:
        way.append((model.device, model.precision, model.second_pass))
    assert way == [("cuda:0", "bf16", "big"), ("cuda:0", "bf16", None), ("cpu", "auto", None)]


def test_nothing_is_smaller_than_the_cpu() -> None:
    assert next_smaller(ModelSpec("paraformer-streaming", "m", device="cpu")) is None
    assert next_smaller(ModelSpec("pocketsphinx", "m")) is None
