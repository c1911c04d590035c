"""``python -m desktop`` with the test instrument in the place of the models; for tests only.

Everything is the real program, save what the settings' model names mean: ``$SCRIPTED_MODEL`` is a JSON file
with ``name``, ``device`` and ``options`` of ``recognizer.worker.scripted_engine``, read anew whenever the
settings are applied. So a worker process claims to be on a card where there is none. What the audio thread
hands to the recognizer is counted as well: ``$FED`` gets a line ``<SHA-256 of all PCM> <samples>`` for each
utterance, in the words of the instrument.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from desktop import model_choice
from desktop.__main__ import main
from recognizer import local
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec


def scripted_model(*_: object) -> tuple[ModelSpec, None]:
    """What the file tells."""
    told = json.loads(Path(os.environ["SCRIPTED_MODEL"]).read_text(encoding="utf-8"))
    options = tuple((str(name), str(value)) for name, value in told["options"].items())
    return ModelSpec("scripted", told["name"], device=told["device"], options=options), None


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
        with Path(os.environ["FED"]).open("a", encoding="utf-8") as file:
            file.write(f"{hashlib.sha256(pcm).hexdigest()} {len(pcm) // 2}\n")
        super().end(utterance_id)


if __name__ == "__main__":
    local.RecognizerDriver = CountedRecognizer  # type: ignore[misc]
    model_choice.choose_or_keep = scripted_model
    sys.exit(main())
