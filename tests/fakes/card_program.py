"""``python -m desktop`` with the test instrument in the place of the models; for tests only.

Everything is the real program, save what the settings' model names mean: ``$SCRIPTED_MODEL`` is a JSON file
with ``name``, ``device`` and ``options`` of ``recognizer.worker.scripted_engine``, read anew whenever the
settings are applied. So a worker process claims to be on a card where there is none.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from desktop import model_choice
from desktop.__main__ import main
from recognizer.events import ModelSpec


def scripted_model(*_: object) -> tuple[ModelSpec, None]:
    """What the file tells."""
    told = json.loads(Path(os.environ["SCRIPTED_MODEL"]).read_text(encoding="utf-8"))
    options = tuple((str(name), str(value)) for name, value in told["options"].items())
    return ModelSpec("scripted", told["name"], device=told["device"], options=options), None


if __name__ == "__main__":
    model_choice.choose_or_keep = scripted_model
    sys.exit(main())
