"""The models that Plosive knows by name: what they are, how large, under which licence, and where they lie.

The data is a TOML file that comes with the program; nothing here goes to the network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

HUBS: Final = ("modelscope", "huggingface")
ENDPOINTS: Final = {"modelscope": "https://www.modelscope.cn", "huggingface": "https://huggingface.co"}
PASSES: Final = ("live", "second", "punctuation", "speakers")


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """``size_bytes`` and ``vram_mib`` (weights alone, by precision) are about right, not exact.

    ``files`` are glob patterns of what is fetched, one path part for each ``*``; ``required`` must be there.
    ``sha256`` holds checksums known beforehand; others are taken at installing. ``is_shipped`` models come
    with the program and are not fetched.
    """

    name: str
    about: str
    about_zh: str
    passes: tuple[str, ...]
    languages: tuple[str, ...]
    licence: str
    size_bytes: int
    files: tuple[str, ...]
    required: tuple[str, ...]
    repositories: Mapping[str, str] = field(default_factory=dict)
    vram_mib: Mapping[str, int] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    is_shipped: bool = False

    def page(self, hub: str) -> str:
        """Where people read about it; empty if it is not on that hub."""
        repository = self.repositories.get(hub, "")
        middle = "/models/" if hub == "modelscope" else "/"
        return f"{ENDPOINTS[hub]}{middle}{repository}" if repository else ""


def read_catalogue(file: Path) -> dict[str, CatalogueModel]:
    """Models by name, in the order of the file. Raises ``OSError``, ``ValueError`` (also for bad TOML)."""
    with file.open("rb") as stream:
        entries = tomllib.load(stream)["model"]
    models = [_model(entry) for entry in entries]
    if len({model.name for model in models}) != len(models):
        raise ValueError("a model is in the catalogue twice")
    return {model.name: model for model in models}


def _model(entry: Mapping[str, Any]) -> CatalogueModel:
    """One entry; an unknown or missing key is a ``ValueError``."""
    values: dict[str, Any] = {k: tuple(each) if isinstance(each, list) else each for k, each in entry.items()}
    hubs: dict[str, str] = {hub: values.pop(hub) for hub in HUBS if hub in values}
    try:
        model = CatalogueModel(repositories=hubs, **values)
    except TypeError as error:
        raise ValueError(f"catalogue entry {entry.get('name')!r}: {error}") from error
    if not set(model.passes) <= set(PASSES):
        raise ValueError(f"catalogue entry {model.name!r}: unknown pass")
    return model
