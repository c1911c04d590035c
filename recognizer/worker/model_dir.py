"""Looks at a model directory before FunASR sees it, and names what is wrong with it.

Needs no torch. What can only be seen in the weights themselves is checked by ``checkpoint``.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recognizer.worker.engine import EngineError
from recognizer.worker.model_problems import damaged, incomplete, missing, unknown_kind

_KINDS: Final = {
    "model": "ParaformerStreaming",
    "encoder": "SANMEncoderChunkOpt",
    "decoder": "ParaformerSANMDecoder",
    "predictor": "CifPredictorV2",
    "frontend": "WavFrontendOnline",
    "tokenizer": "CharTokenizer",
}
_NAMES: Final = {"config": "config.yaml", "weights": "model.pt", "tokens": "tokens.json", "mean": "am.mvn"}
_LEGACY_MAGIC: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


@dataclass(frozen=True, slots=True)
class ModelDir:
    """A directory that has all its parts; ``config`` is its parsed ``config.yaml``."""

    path: Path
    config: dict[str, Any]
    tokens: list[str]
    mean_path: Path
    weights_path: Path


def open_model_dir(path: str | None) -> ModelDir:
    """Check a directory. Raises ``EngineError`` with a sentence and a remedy."""
    if not path or not Path(path).is_dir():
        raise EngineError(missing(path))
    folder = Path(path)
    files = {part: folder / name for part, name in _file_names(folder).items()}
    for file in files.values():
        if not file.is_file() or file.stat().st_size == 0:
            raise EngineError(incomplete(file.name))
    config = _read_config(files["config"])
    _check_mean(files["mean"], config)
    _check_container(files["weights"])
    return ModelDir(folder, config, _read_tokens(files["tokens"]), files["mean"], files["weights"])


def _file_names(folder: Path) -> dict[str, str]:
    """Names of the four files; hubs may rename them in ``configuration.json``."""
    names = dict(_NAMES)
    try:
        metas = json.loads((folder / "configuration.json").read_bytes())["file_path_metas"]
        renamed = {
            "config": metas.get("config"),
            "weights": metas.get("init_param"),
            "tokens": metas.get("tokenizer_conf", {}).get("token_list"),
            "mean": metas.get("frontend_conf", {}).get("cmvn_file"),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return names
    usable = {
        part: name for part, name in renamed.items() if isinstance(name, str) and Path(name).name == name
    }
    return names | usable


def _read_config(file: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EngineError(damaged(file.name)) from error
    if not isinstance(config, dict):
        raise EngineError(damaged(file.name))
    for part, known in _KINDS.items():
        if config.get(part) != known:
            raise EngineError(unknown_kind(str(config.get(part))))
        if part != "model" and not isinstance(config.setdefault(f"{part}_conf", {}), dict):
            raise EngineError(damaged(file.name))
    return config


def _read_tokens(file: Path) -> list[str]:
    try:
        tokens = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EngineError(damaged(file.name)) from error
    is_list = isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)
    if not is_list or len(set(tokens)) != len(tokens) or "<unk>" not in tokens:
        raise EngineError(damaged(file.name))
    return list(tokens)


def _check_mean(file: Path, config: dict[str, Any]) -> None:
    frontend = config["frontend_conf"]
    width = int(frontend.get("n_mels", 80)) * int(frontend.get("lfr_m", 1))
    try:
        rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
        vectors = [[float(x) for x in row[3:-1]] for row in rows if row[:1] == ["<LearnRateCoef>"]]
    except (UnicodeDecodeError, ValueError) as error:
        raise EngineError(damaged(file.name)) from error
    if [len(vector) for vector in vectors] != [width, width]:
        raise EngineError(damaged(file.name))


def _check_container(file: Path) -> None:
    """A half-copied checkpoint lacks the directory at its end; older ones are a bare pickle."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if any(name.endswith("/data.pkl") for name in archive.namelist()):
                return
    else:
        with file.open("rb") as start:
            if start.read(len(_LEGACY_MAGIC)) == _LEGACY_MAGIC:
                return
    raise EngineError(damaged(file.name))
