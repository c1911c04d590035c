"""Compares an installed model with what was recorded when it was installed, and looks whether it is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audio.events import Problem
from recognizer.models import problems
from recognizer.models.manifest import Manifest, read_manifest, record
from recognizer.models.problems import ModelFailed
from recognizer.models.structure import check_model_folder


@dataclass(frozen=True, slots=True)
class Verdict:
    """``problem`` is the first thing found wrong; ``is_recorded`` whether there were checksums to compare."""

    name: str
    problem: Problem | None
    is_recorded: bool
    files: int = 0
    size_bytes: int = 0


def verify(folder: Path, moved: Callable[[int], None] = lambda count: None) -> Verdict:
    """Read every file of a model; ``moved`` is told of the bytes. Never raises for a bad model."""
    try:
        manifest = read_manifest(folder)
    except ValueError:
        return Verdict(folder.name, problems.damaged("plosive-model.json"), is_recorded=False)
    wrong = _first_change(folder, manifest, moved) if manifest else None
    wrong = wrong or _structure(folder)
    files = manifest.files if manifest else ()
    total = sum(file.size_bytes for file in files)
    return Verdict(folder.name, wrong, manifest is not None, len(files), total)


def _structure(folder: Path) -> Problem | None:
    try:
        check_model_folder(folder)
    except ModelFailed as failed:
        return failed.problem
    except OSError as error:
        return problems.damaged(error.filename or folder.name)
    return None


def _first_change(folder: Path, manifest: Manifest, moved: Callable[[int], None]) -> Problem | None:
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            return problems.incomplete(file.path)
        if path.stat().st_size != file.size_bytes:  # needs no reading
            return problems.changed(file.path)
    for file in manifest.files:
        try:
            if record(folder, file.path, moved) != file:
                return problems.changed(file.path)
        except OSError:
            return problems.damaged(file.path)
    return None
