"""Older settings files brought to the layout of today: one hook for each version.

A hook takes the document as TOML gives it and answers the one of the next version. Hooks are never
changed once released; a new layout is a new hook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from desktop.settings.schema import VERSION

Document = dict[str, Any]
Hook = Callable[[Document], Document]

HOOKS: Final[Mapping[int, Hook]] = {}
"""Version → what brings that version to the next one. Version 1 is the first released."""


def migrate(document: Document, hooks: Mapping[int, Hook] = HOOKS, target: int = VERSION) -> Document:
    """``document`` in the layout of ``target``; a newer one or one of unknown version stays as it is."""
    migrated = deepcopy(document)
    version = version_of(migrated)
    while version < target and version in hooks:
        migrated = hooks[version](migrated)
        version += 1
        migrated["version"] = version
    return migrated


def version_of(document: Document) -> int:
    """The layout of a document; 1 where it does not say."""
    version = document.get("version", 1)
    return version if isinstance(version, int) and not isinstance(version, bool) and version >= 1 else 1


def rename(document: Document, old: str, new: str) -> Document:
    """For hooks: move the value of one dotted key to another; nothing if it is not there."""
    section, _, name = old.partition(".")
    table = document.get(section)
    if isinstance(table, dict) and name in table:
        new_section, _, new_name = new.partition(".")
        document.setdefault(new_section, {})[new_name] = table.pop(name)
    return document
