"""The check of a model directory, with what is wrong told as engines tell it."""

from __future__ import annotations

from recognizer.models.problems import ModelFailed
from recognizer.models.structure import StreamingModel as ModelDir
from recognizer.models.structure import open_streaming
from recognizer.worker.engine import EngineError

__all__ = ["ModelDir", "open_model_dir"]


def open_model_dir(path: str | None) -> ModelDir:
    """Check a directory. Raises ``EngineError`` with a sentence and a remedy."""
    try:
        return open_streaming(path)
    except ModelFailed as failed:
        raise EngineError(failed.problem) from failed
