"""What can be wrong with a model directory, said so that the user knows what to do."""

from __future__ import annotations

from audio.events import Problem
from recognizer.models.problems import damaged, incomplete, missing, unknown_kind

__all__ = [
    "damaged",
    "incomplete",
    "missing",
    "not_finite",
    "not_weights",
    "unknown_kind",
    "wrong_shapes",
    "wrong_tokens",
]

_AGAIN = "Remove the model and install it again."


def not_weights(file_name: str) -> Problem:
    """A pickle with something else in it; it was not run."""
    return Problem(
        "model-not-weights",
        f"The file {file_name} holds something else than weights; it was not opened, for it could run code.",
        "Take the model from a source that you trust.",
    )


def not_finite(part: str) -> Problem:
    """Training went wrong, or the file is damaged."""
    return Problem(
        "model-not-finite",
        f"The model contains or computed something that is not a number ({part}).",
        "Install the model again, or choose another precision in the settings.",
    )


def wrong_shapes(part: str) -> Problem:
    """Weights and config do not belong together."""
    return Problem(
        "model-wrong-shapes",
        f"The weights do not fit the model's config.yaml ({part}).",
        "Both must come from the same model: " + _AGAIN[0].lower() + _AGAIN[1:],
    )


def wrong_tokens(tokens: int, rows: int) -> Problem:
    """The list of tokens belongs to another model."""
    return Problem(
        "model-wrong-tokens",
        f"The model writes {rows} different tokens, but tokens.json lists {tokens}.",
        "Both must come from the same model: " + _AGAIN[0].lower() + _AGAIN[1:],
    )
