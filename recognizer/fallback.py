"""What to try when the device has no room for a model. Pure."""

from __future__ import annotations

from dataclasses import replace

from recognizer.events import ModelSpec


def next_smaller(model: ModelSpec) -> ModelSpec | None:
    """The next smaller way to run ``model`` after out of memory: bf16, no second pass, the CPU.

    ``None`` when it ran on the CPU already: there is nothing smaller.
    """
    if model.device == "cpu" or model.engine == "pocketsphinx":
        return None
    if model.precision in ("auto", "fp32"):
        return replace(model, precision="bf16")
    if model.second_pass is not None:
        return replace(model, second_pass=None)
    return replace(model, device="cpu", precision="auto")
