"""Models that hear whole utterances: which there are, and how each is loaded, in steps.

Imports no torch until one is loaded.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from recognizer.events import ModelSpec
from recognizer.worker.hotwords import Hotwords
from recognizer.worker.second_pass_dir import (
    HEARING_KINDS,
    PUNCTUATION_KINDS,
    WRITING_KINDS,
    open_whole_model_dir,
)
from recognizer.worker.whole_recognizer import WholeRecognizer


def load_whole(
    folder: str, device: str, precision: str, options: dict[str, str]
) -> Generator[None, None, WholeRecognizer]:
    """The model in ``folder``. Raises ``EngineError``, ``ImportError`` or torch's ``OutOfMemoryError``."""
    model_dir = open_whole_model_dir(folder, HEARING_KINDS)
    language = options.get("language", "auto")
    hotwords = Hotwords(options.get("hotwords_file", ""))
    match model_dir.kind:
        case "SenseVoiceSmall":
            from recognizer.worker.sensevoice import load_sensevoice

            return (yield from load_sensevoice(model_dir, device, precision, language))
        case "FunASRNano":
            from recognizer.worker.funasr_nano import load_nano

            return (yield from load_nano(model_dir, device, precision, language, hotwords))
        case _:
            from recognizer.worker.paraformer_offline import load_paraformer

            return (yield from load_paraformer(model_dir, device, precision, hotwords))


def load_marks(folder: str, device: str, precision: str) -> Generator[None, None, Any]:
    """The punctuation model in ``folder``. Raises as ``load_whole``."""
    from recognizer.worker.ct_punc import load_punctuation

    return (yield from load_punctuation(open_whole_model_dir(folder, PUNCTUATION_KINDS), device, precision))


def open_device(model: ModelSpec, first_pass_device: str | None) -> str:
    """Threads, the device of the first pass (``None``: the user's) and its ceiling; the device."""
    import torch

    from recognizer.worker.device import choose_device
    from recognizer.worker.paraformer_model import use_threads

    use_threads()
    device = first_pass_device or choose_device(model.device)[0]
    if model.memory_fraction is not None and device.startswith("cuda"):
        torch.cuda.set_per_process_memory_fraction(model.memory_fraction, device)
    return device


def writes_itself(folder: str) -> bool:
    """Whether the model in ``folder`` writes punctuation and digits. Raises ``EngineError``."""
    return open_whole_model_dir(folder, HEARING_KINDS).kind in WRITING_KINDS
