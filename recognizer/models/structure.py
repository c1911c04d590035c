"""Looks at a model's folder before anything of FunASR sees it, and names what is wrong with it.

Needs no torch. What can only be seen in the weights themselves is checked in the worker.
"""

from __future__ import annotations

import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recognizer.models import problems
from recognizer.models.problems import ModelFailed

STREAMING: Final = {
    "model": "ParaformerStreaming",
    "encoder": "SANMEncoderChunkOpt",
    "decoder": "ParaformerSANMDecoder",
    "predictor": "CifPredictorV2",
    "frontend": "WavFrontendOnline",
    "tokenizer": "CharTokenizer",
}
PASSES_OF_KIND: Final = {
    "ParaformerStreaming": ("live",),
    "Paraformer": ("second",),
    "SeacoParaformer": ("second",),
    "SenseVoiceSmall": ("second",),
    "FunASRNano": ("second",),
    "CTTransformer": ("punctuation",),
    "CAMPPlus": ("speakers",),
}
_NAMES: Final = {"config": "config.yaml", "weights": "model.pt", "tokens": "tokens.json", "mean": "am.mvn"}
_LEGACY_MAGIC: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_LONGEST_CONFIG_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class StreamingModel:
    """A folder that has all parts of a streaming Paraformer; ``config`` is its parsed ``config.yaml``."""

    path: Path
    config: dict[str, Any]
    tokens: list[str]
    mean_path: Path
    weights_path: Path


def open_streaming(path: str | None) -> StreamingModel:
    """Check a streaming Paraformer's folder. Raises ``ModelFailed`` with a sentence and a remedy."""
    if not path or not Path(path).is_dir():
        raise ModelFailed(problems.missing(path))
    folder = Path(path)
    files = {part: folder / name for part, name in _file_names(folder).items()}
    for file in files.values():
        _check_there(file)
    config = _streaming_config(files["config"])
    _check_mean(files["mean"], config)
    check_weights_file(files["weights"])
    return StreamingModel(folder, config, _read_tokens(files["tokens"]), files["mean"], files["weights"])


def check_model_folder(path: Path) -> tuple[str, ...]:
    """Check any folder that one of our engines could open; what it is for. Raises ``ModelFailed``."""
    if not path.is_dir():
        raise ModelFailed(problems.missing(str(path)))
    names = _file_names(path)
    for part in ("config", "weights"):
        _check_there(path / names[part])
    kind = check_kind(path / names["config"])
    if kind == STREAMING["model"]:
        open_streaming(str(path))
    else:
        _check_other(path, names)
    return PASSES_OF_KIND[kind]


def check_kind(config: Path) -> str:
    """The class that a ``config.yaml`` names, if one of our engines is that. Raises ``ModelFailed``."""
    kind = str(_read_yaml(config).get("model"))
    if kind not in PASSES_OF_KIND:
        raise ModelFailed(problems.no_kind(kind))
    return kind


def _check_other(folder: Path, names: dict[str, str]) -> None:
    """Kinds whose details only their engine knows: weights whole, lists readable where they are there."""
    check_weights_file(folder / names["weights"])
    tokens = folder / names["tokens"]
    if tokens.is_file() and tokens.suffix == ".json":
        _read_tokens(tokens, is_strict=False)


def _check_there(file: Path) -> None:
    if not file.is_file() or file.stat().st_size == 0:
        raise ModelFailed(problems.incomplete(file.name))


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
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return names
    usable = {
        part: name for part, name in renamed.items() if isinstance(name, str) and Path(name).name == name
    }
    return names | usable


def _read_yaml(file: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    if file.stat().st_size > _LONGEST_CONFIG_BYTES:
        raise ModelFailed(problems.damaged(file.name))
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none is a ValueError
        raise ModelFailed(problems.damaged(file.name)) from error
    if not isinstance(config, dict):
        raise ModelFailed(problems.damaged(file.name))
    return config


def _streaming_config(file: Path) -> dict[str, Any]:
    config = _read_yaml(file)
    for part, known in STREAMING.items():
        if config.get(part) != known:
            raise ModelFailed(problems.unknown_kind(str(config.get(part))))
        if part != "model" and not isinstance(config.setdefault(f"{part}_conf", {}), dict):
            raise ModelFailed(problems.damaged(file.name))
    return config


def _read_tokens(file: Path, *, is_strict: bool = True) -> list[str]:
    try:
        tokens = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelFailed(problems.damaged(file.name)) from error
    is_list = isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)
    if not is_list or (is_strict and (len(set(tokens)) != len(tokens) or "<unk>" not in tokens)):
        raise ModelFailed(problems.damaged(file.name))
    return list(tokens)


def _check_mean(file: Path, config: dict[str, Any]) -> None:
    frontend = config["frontend_conf"]
    try:
        width = int(frontend.get("n_mels", 80)) * int(frontend.get("lfr_m", 1))
    except (TypeError, ValueError) as error:
        raise ModelFailed(problems.damaged("config.yaml")) from error
    try:
        rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
        vectors = [[float(x) for x in row[3:-1]] for row in rows if row[:1] == ["<LearnRateCoef>"]]
    except (UnicodeDecodeError, ValueError) as error:
        raise ModelFailed(problems.damaged(file.name)) from error
    if [len(vector) for vector in vectors] != [width, width]:
        raise ModelFailed(problems.damaged(file.name))


def check_weights_file(file: Path) -> None:
    """A half-copied checkpoint lacks the directory at its end; older ones are a bare pickle. Not opened.

    Raises ``ModelFailed``.
    """
    if zipfile.is_zipfile(file):
        if any(name.endswith("/data.pkl") for name in _names_in(file)):
            return
    else:
        with file.open("rb") as start:
            if start.read(len(_LEGACY_MAGIC)) == _LEGACY_MAGIC:
                return
    raise ModelFailed(problems.damaged(file.name))


def _names_in(archive: Path) -> list[str]:
    """What the directory at its end tells; nothing if that cannot be read."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return []
