"""What there is to see of models: those of the catalogue and those that are installed, with their state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recognizer.models.catalogue import CatalogueModel
from recognizer.models.install import INCOMING, installed_names, size_bytes
from recognizer.models.manifest import passes_of


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """``state`` is built-in, installed, partial, available or missing; ``model`` is absent for imported ones.

    ``size_bytes`` is what is on the disk for models that are there, else what the catalogue says.
    """

    name: str
    state: str
    passes: tuple[str, ...]
    size_bytes: int
    model: CatalogueModel | None = None

    @property
    def is_here(self) -> bool:
        """Whether it can be used."""
        return self.state in {"built-in", "installed"}


def shelf(catalogue: Mapping[str, CatalogueModel], folder: Path, shipped: Path) -> Iterator[ShelfRow]:
    """The catalogue's models in its order, then the others of ``folder`` by name."""
    here = set(installed_names(folder))
    for name, model in catalogue.items():
        state = _state(model, folder, here, shipped)
        size = size_bytes(folder / name) if state == "installed" else model.size_bytes
        yield ShelfRow(name, state, model.passes, size, model)
    for name in sorted(here - set(catalogue)):
        yield ShelfRow(name, "installed", passes_of(folder / name), size_bytes(folder / name))


def _state(model: CatalogueModel, folder: Path, here: set[str], shipped: Path) -> str:
    if model.name in here:
        return "installed"
    if model.is_shipped:
        return "built-in" if (shipped / model.name / "config.yaml").is_file() else "missing"
    return "partial" if (folder / f"{INCOMING}{model.name}").is_dir() else "available"
