"""What can be wrong with a model directory, said so that the user knows what to do."""

from __future__ import annotations

from audio.events import Problem

_AGAIN = "Remove the model and install it again."


def missing(path: str | None) -> Problem:
    """There is no such directory."""
    return Problem(
        "model-missing",
        f"There is no model directory at {path}." if path else "No model directory is set.",
        "Install the model, or choose another one in the settings.",
    )


def incomplete(file_name: str) -> Problem:
    """A file is absent or empty."""
    return Problem(
        "model-incomplete",
        f"The model directory lacks {file_name}: it was not copied or downloaded completely.",
        _AGAIN,
    )


def damaged(file_name: str) -> Problem:
    """A file cannot be read as what it should be."""
    return Problem("model-damaged", f"The file {file_name} of the model is damaged or cut off.", _AGAIN)


def not_weights(file_name: str) -> Problem:
    """A pickle with something else in it; it was not run."""
    return Problem(
        "model-not-weights",
        f"The file {file_name} holds something else than weights; it was not opened, for it could run code.",
        "Take the model from a source that you trust.",
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


def unknown_kind(name: str) -> Problem:
    """config.yaml names a class that this engine is not."""
    return Problem(
        "model-unknown-kind",
        f"This is not a streaming Paraformer model (config.yaml names {name}).",
        "Choose a streaming Paraformer model for live text.",
    )
