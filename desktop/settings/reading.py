"""A settings document checked value by value: what is wrong is told, and does not stop the program. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from audio.events import Problem
from desktop.settings.migrations import Document, migrate, version_of
from desktop.settings.option import BadValue
from desktop.settings.schema import OPTIONS, VERSION, Settings

SECTIONS: Final = tuple(dict.fromkeys(key.partition(".")[0] for key in OPTIONS))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says. ``unknown`` is kept when the file is written again."""

    settings: Settings = field(default_factory=Settings)
    problems: tuple[Problem, ...] = ()
    unknown: Document = field(default_factory=dict)


def read_document(document: Document) -> Reading:
    """``document`` as settings; for each broken value its default and a problem."""
    migrated = migrate(document)
    settings, problems, unknown = Settings(), list[Problem](), Document()
    if version_of(migrated) > VERSION:
        problems.append(_newer())
    for name, table in migrated.items():
        if name == "version":
            continue
        if name not in SECTIONS:
            unknown[name] = table
            continue
        if not isinstance(table, dict):
            problems.append(_no_section(name))
            continue
        settings, strange = _read_section(settings, name, table, problems)
        if strange:
            unknown[name] = strange
    problems += [_unknown(key) for key in unknown_keys(unknown)]
    return Reading(settings, tuple(problems), unknown)


def unknown_keys(unknown: Document) -> list[str]:
    """The names of what this version does not know: ``section.key`` or a whole ``section``."""
    keys = []
    for name, value in unknown.items():
        keys += [f"{name}.{key}" for key in value] if name in SECTIONS else [name]
    return keys


def _read_section(
    settings: Settings, section: str, table: dict[str, Any], problems: list[Problem]
) -> tuple[Settings, dict[str, Any]]:
    strange = {}
    for name, raw in table.items():
        key = f"{section}.{name}"
        if key not in OPTIONS:
            strange[name] = raw
            continue
        try:
            settings = settings.replace(key, raw)
        except BadValue as error:
            problems.append(_broken(key, error))
    return settings, strange


def shown(value: object) -> str:
    """A value as the user would write it in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)


def _broken(key: str, error: BadValue) -> Problem:
    return Problem(
        "settings.value",
        f"The setting {key} {error}; {shown(OPTIONS[key].default)} is used instead.",
        f"Set it again: plosive config set {key} VALUE (allowed: {OPTIONS[key].allowed}).",
    )


def _no_section(section: str) -> Problem:
    return Problem(
        "settings.value",
        f"In the settings file {section} must be a section; its settings are at their defaults.",
        f"Write [{section}] on a line of its own and the settings below it.",
    )


def _unknown(key: str) -> Problem:
    return Problem(
        "settings.unknown",
        f"The settings file holds {key}, which this version does not know; it has no effect.",
        "Correct its name, or remove it from the file (plosive config path).",
    )


def _newer() -> Problem:
    return Problem(
        "settings.newer",
        "The settings file was written by a newer version of Plosive.",
        "Check the settings, or install the newer version again.",
    )
