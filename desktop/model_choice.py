"""Which model the user means: the embedded one, an installed one by name, or a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import resources
from audio.events import Problem
from desktop.oslayer.paths import AppPaths
from desktop.settings.schema import ModelSettings, Settings
from recognizer.events import ModelSpec
from recognizer.local import EMBEDDED_MODEL
from recognizer.models.manifest import passes_of
from recognizer.text.options import DEFERRED, TextOptions

EMBEDDED_NAME: Final = "pocketsphinx"
FUNASR_ENGINE: Final = "paraformer-streaming"
WHOLE_ENGINE: Final = "whole"
"""For a model that hears whole utterances only: text comes when one has ended, files go in batches."""
WHOLE_KINDS: Final = ("SenseVoiceSmall", "Paraformer", "SeacoParaformer", "FunASRNano")
_KIND: Final = re.compile(r"^model:\s*['\"]?(\w+)", re.MULTILINE)
_KIND_LIES_WITHIN: Final = 1 << 16
SHIPPED: Final = Path(resources.__file__).parent / "models"
"""Models that come with the program."""


class ModelUnknown(Exception):
    """There is no such model; ``problem`` names those there are."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def model_folders(paths: AppPaths) -> tuple[Path, ...]:
    """Where models are looked for by name; what the user installed comes first."""
    return (paths.models, SHIPPED)


def choose_model(settings: ModelSettings, folders: Iterable[Path]) -> ModelSpec:
    """The model that the settings name. Raises ``ModelUnknown``."""
    if settings.path:
        return _in_folder(Path(settings.path).expanduser(), settings)
    if settings.name == EMBEDDED_NAME:
        return EMBEDDED_MODEL
    found = installed(folders).get(settings.name)
    if found is None:
        raise ModelUnknown(_no_such(settings.name, installed(folders)))
    return _in_folder(found, settings)


def choose_or_keep(settings: ModelSettings, folders: Sequence[Path]) -> tuple[ModelSpec, Problem | None]:
    """The same for the running program: a model that is missing stays chosen, so that nothing else
    hears the user in its place; loading it fails with a sentence, and what was said is kept.
    """
    try:
        return choose_model(settings, folders), None
    except ModelUnknown as unknown:
        path = Path(settings.path or str(folders[0] / settings.name))
        return ModelSpec(engine=FUNASR_ENGINE, name=path.name, path=str(path)), unknown.problem


def with_finish(model: ModelSpec, settings: Settings, folders: Iterable[Path]) -> ModelSpec:
    """``model`` with what follows its first pass: second pass, punctuation, speakers, the user's wishes
    for the text.

    Only for engines that recognise; the scripted one proves what it heard by its text.
    """
    if model.engine not in (FUNASR_ENGINE, WHOLE_ENGINE, EMBEDDED_MODEL.engine):
        return model
    found = installed(folders)
    options = {
        "punctuation": _name_or_folder(settings.model.punctuation, found),
        "language": settings.model.language,
        "hotwords_file": settings.text.hotwords_file,
        "speakers_model": _name_or_folder(settings.captions.speaker_turns, found),
    }
    told = tuple((name, value) for name, value in options.items() if value)
    is_whole = model.engine == WHOLE_ENGINE
    second_pass = None if is_whole else _name_or_folder(settings.model.second_pass, found) or None
    wishes = text_options(settings).as_options()
    if second_pass and model.engine == EMBEDDED_MODEL.engine:  # has none itself; that after it may have
        model = replace(model, precision=settings.model.precision)
    return replace(model, second_pass=second_pass, options=model.options + told + wishes)


def text_options(settings: Settings) -> TextOptions:
    """What the user wants done to every final text."""
    text = settings.text
    return TextOptions(
        text.numbers,
        text.space_scripts,
        text.sentence_case,
        text.fillers,
        text.traditional,
        text.replacements_file,
    )


def finished_model(settings: Settings, folders: Sequence[Path]) -> ModelSpec:
    """The model that the settings name, with what follows its first pass. Raises ``ModelUnknown``."""
    return with_finish(choose_model(settings.model, folders), settings, folders)


def _name_or_folder(told: str, found: dict[str, Path]) -> str:
    """An installed model by its name, else a folder."""
    return str(found.get(told, Path(told).expanduser())) if told else ""


def installed(folders: Iterable[Path]) -> dict[str, Path]:
    """Model folders by name; hidden ones are models on their way here."""
    found: dict[str, Path] = {}
    for folder in folders:
        for config in sorted(folder.glob("[!.]*/config.yaml")):
            found.setdefault(config.parent.name, config.parent)
    return found


def installed_for_live(folders: Iterable[Path]) -> dict[str, Path]:
    """Those that can write while one speaks, as far as is known: second passes and the like are not."""
    found = installed(folders)
    return {name: folder for name, folder in found.items() if "live" in (passes_of(folder) or ("live",))}


def engine_of(folder: Path) -> str:
    """The engine for a model's folder; whether the model is sound is seen when it is loaded."""
    try:
        with (folder / "config.yaml").open(encoding="utf-8", errors="replace") as config:
            found = _KIND.search(config.read(_KIND_LIES_WITHIN))
    except OSError:
        return FUNASR_ENGINE
    return WHOLE_ENGINE if found and found[1] in WHOLE_KINDS else FUNASR_ENGINE


def _in_folder(folder: Path, settings: ModelSettings) -> ModelSpec:
    if not folder.is_dir():
        raise ModelUnknown(_no_folder(folder))
    return ModelSpec(
        engine=engine_of(folder),
        name=folder.resolve().name,
        path=str(folder.resolve()),
        device=settings.device,
        precision=settings.precision,
        second_pass=settings.second_pass or None,
        options=() if settings.cuda_graphs == "auto" else (("cuda_graphs", settings.cuda_graphs),),
        memory_fraction=settings.memory_fraction or None,
    )


def _no_such(name: str, found: dict[str, Path]) -> Problem:
    names = ", ".join([EMBEDDED_NAME, *sorted(found)])
    return Problem("model.no_such", f"There is no model called {name!r}.", f"Installed are: {names}.")


def _no_folder(folder: Path) -> Problem:
    return Problem(
        "model.no_folder", f"There is no model folder {folder}.", "Check its name, or choose another model."
    )


def deferred(model: ModelSpec) -> ModelSpec:
    """The model with texts of files left raw until a group of them is finished."""
    if model.engine == "scripted" or DEFERRED in model.options:
        return model
    return replace(model, options=(*model.options, DEFERRED))
