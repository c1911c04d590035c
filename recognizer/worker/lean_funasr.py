"""Imports of FunASR only what a model needs.

``import funasr`` imports every model it has (4,159 modules, 5 s, 491 MB). A stand-in for the
package object, which only knows where the package lies, lets its sub-modules be imported one by
one (1,475 modules, 1.3 s, 241 MB, nearly all of it torch).
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_PARTS: Final = (
    "funasr.tokenizer.char_tokenizer",
    "funasr.frontends.wav_frontend",
    "funasr.models.scama.encoder",
    "funasr.models.paraformer.decoder",
    "funasr.models.paraformer.cif_predictor",
    "funasr.models.paraformer_streaming.model",
)


def import_streaming_parts() -> Any:
    """FunASR's registry with the classes of streaming Paraformer in it. Raises ``ImportError``."""
    return import_parts(_PARTS)


def import_parts(names: Iterable[str]) -> Any:
    """FunASR's registry with the classes of the modules ``names`` in it.

    Raises ``ImportError`` when FunASR or one of its own needs is not installed.
    """
    if "funasr" not in sys.modules:
        sys.modules["funasr"] = _stand_in()
    for name in names:
        importlib.import_module(name)
    return importlib.import_module("funasr.register").tables


def _stand_in() -> types.ModuleType:
    spec = importlib.machinery.PathFinder.find_spec("funasr")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("funasr is not installed")
    package = types.ModuleType("funasr")
    package.__path__ = list(spec.submodule_search_locations)
    package.__file__ = spec.origin
    package.__spec__ = spec
    version = Path(package.__path__[0]) / "version.txt"
    package.__dict__["__version__"] = version.read_text().strip() if version.exists() else "unknown"
    package.__dict__["get_import_errors"] = dict
    return package
