"""Looks at the directory of a second-pass, punctuation or speaker model before FunASR sees it.

Needs no torch. What can only be seen in the weights themselves is checked by ``checkpoint`` and
``second_pass_network``.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from recognizer.models.problems import damaged, incomplete, missing
from recognizer.worker.engine import EngineError

HEARING_KINDS: Final = ("SenseVoiceSmall", "Paraformer", "SeacoParaformer", "FunASRNano")
WRITING_KINDS: Final = ("SenseVoiceSmall", "FunASRNano")
"""Those that write punctuation and digits themselves."""
PUNCTUATION_KINDS: Final = ("CTTransformer",)
SPEAKER_KINDS: Final = ("CAMPPlus",)


@dataclass(frozen=True, slots=True)
class WholeModelDir:
    """``kind`` is the class that ``config.yaml`` names; ``metas`` are the hub's names of files."""

    path: Path
    kind: str
    config: dict[str, Any]
    metas: dict[str, Any]
    weights_path: Path

    def section(self, name: str) -> dict[str, Any]:
        """A copy of a part of the configuration. Raises ``EngineError`` if it is no table."""
        found = self.config.get(name) or {}
        if not isinstance(found, dict):
            raise EngineError(damaged("config.yaml"))
        return dict(found)

    def find(self, section: str, key: str, *names: str) -> Path | None:
        """The file that the hub calls ``key`` of ``section``, else the first of ``names`` there is.

        Only names inside the directory count.
        """
        told = self.metas.get(section)
        renamed = told.get(key) if isinstance(told, dict) else None
        for name in (renamed, *names):
            if isinstance(name, str) and name and Path(name).name == name and (self.path / name).exists():
                return self.path / name
        return None

    def need(self, section: str, key: str, *names: str) -> Path:
        """The same; raises ``EngineError`` when there is none."""
        found = self.find(section, key, *names)
        if found is None:
            raise EngineError(incomplete(names[0]))
        return found


def open_whole_model_dir(path: str, kinds: Collection[str]) -> WholeModelDir:
    """Check a directory whose model is one of ``kinds``. Raises ``EngineError``."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise EngineError(missing(path))
    metas = _read_metas(folder / "configuration.json")
    config = _read_config(folder / "config.yaml")
    kind = config.get("model")
    if not isinstance(kind, str) or kind not in kinds:
        raise EngineError(_unknown_kind(str(kind), kinds))
    name = metas.get("init_param")
    weights = folder / (name if isinstance(name, str) and Path(name).name == name else "model.pt")
    if not weights.is_file() or weights.stat().st_size == 0:
        raise EngineError(incomplete(weights.name))
    return WholeModelDir(folder, kind, config, metas, weights)


def read_tokens(file: Path) -> list[str]:
    """The vocabulary of a ``tokens.json``. Raises ``EngineError``."""
    try:
        tokens = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise EngineError(damaged(file.name)) from error
    if not isinstance(tokens, list) or not all(isinstance(each, str) for each in tokens):
        raise EngineError(damaged(file.name))
    return tokens


def _read_metas(file: Path) -> dict[str, Any]:
    try:
        metas = json.loads(file.read_bytes())["file_path_metas"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return metas if isinstance(metas, dict) else {}


def _read_config(file: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    if not file.is_file():
        raise EngineError(incomplete(file.name))
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise EngineError(damaged(file.name)) from error
    if not isinstance(config, dict):
        raise EngineError(damaged(file.name))
    return config


def _unknown_kind(name: str, kinds: Collection[str]) -> Problem:
    return Problem(
        "second-pass-unknown-kind",
        f"config.yaml names {name}, which cannot be used here.",
        f"Choose a folder with one of these models: {', '.join(kinds)}.",
    )
