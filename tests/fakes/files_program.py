"""``python -m desktop`` with the instrument of ``recognizer.worker.scripted_engine`` as its model; for tests.

All is the real program, save what the settings' model means: ``$SCRIPTED_MODEL`` is a JSON file with the
instrument's options. ``$FED`` gets a line ``<SHA-256 of all PCM> <samples>`` for each utterance given to it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from desktop.__main__ import main
from desktop.cli import transcribe_files
from recognizer import local
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec


def scripted_model(*_: object) -> ModelSpec:
    """What the variable tells."""
    return ModelSpec(
        "scripted", "instrument", None, "cpu", options=(("script", os.environ["SCRIPTED_MODEL"]),)
    )


class CountedRecognizer(RecognizerDriver):
    """The same, and writes down what it was given."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._given: defaultdict[int, bytearray] = defaultdict(bytearray)

    def feed(self, utterance_id: int, pcm: bytes) -> None:
        self._given[utterance_id] += pcm
        super().feed(utterance_id, pcm)

    def end(self, utterance_id: int) -> None:
        pcm = bytes(self._given.pop(utterance_id, b""))
        if "FED" in os.environ:
            with Path(os.environ["FED"]).open("a", encoding="utf-8") as file:
                file.write(f"{hashlib.sha256(pcm).hexdigest()} {len(pcm) // 2}\n")
        super().end(utterance_id)


if __name__ == "__main__":
    local.RecognizerDriver = CountedRecognizer  # type: ignore[misc]
    transcribe_files.finished_model = scripted_model  # type: ignore[assignment]
    sys.exit(main())
