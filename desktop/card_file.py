"""What is known to fit on which card, kept between two runs of the program: one small JSON file."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop.core.gpu_policy import Fit
from recognizer.events import ModelSpec


def load_fits(path: Path) -> tuple[Fit, ...]:
    """What the file says; damaged entries are left out, they would be found out anew."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(filter(None, map(_fit, entries))) if isinstance(entries, list) else ()


def save_fits(path: Path, fits: tuple[Fit, ...]) -> None:
    """Replace the file (mode 0600) in one step. Raises nothing: it is a convenience."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump([asdict(fit) for fit in fits], file, ensure_ascii=False, indent=1)
        new.replace(path)


def _fit(entry: Any) -> Fit | None:
    try:
        asked, fitted = _model(entry["asked"]), _model(entry["fitted"])
        return Fit(str(entry["uuid"]), asked, fitted, int(entry["free_bytes"]))
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def _model(entry: dict[str, Any]) -> ModelSpec:
    options = tuple((str(name), str(value)) for name, value in entry.get("options", ()))
    model = ModelSpec(**{**entry, "options": options})
    texts = (model.engine, model.name, model.device, model.precision)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return model
