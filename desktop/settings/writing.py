"""The settings file as text: every setting explained, those at their default commented out. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

import tomli_w

from desktop.settings.migrations import Document
from desktop.settings.option import Option, Value
from desktop.settings.reading import SECTIONS
from desktop.settings.schema import OPTIONS, VERSION, Settings, section_sentence

HEADER: Final = f"""\
# Settings of Plosive. A line that begins with "#" is at its default: take the "#" away to change it.
# The program writes this file anew when a setting is changed; comments of your own are not kept. While it
# runs, it takes up what you change here with the next change of a setting, or at its next start.

version = {VERSION}
"""


def write_document(settings: Settings, unknown: Document) -> str:
    """The whole file; ``unknown`` (see ``Reading``) is carried along."""
    parts = [HEADER]
    loose = {name: value for name, value in unknown.items() if not isinstance(value, dict)}
    tables = {name: value for name, value in unknown.items() if isinstance(value, dict)}
    if loose:
        parts.append("\n# Not known to this version, kept as it was.\n" + tomli_w.dumps(loose))
    for section in SECTIONS:
        parts.append("\n".join(_section_lines(settings, section)) + "\n")
        parts.append(_kept(tables.pop(section, {}), section))
    if tables:
        parts.append("\n# Not known to this version, kept as it was.\n" + tomli_w.dumps(tables))
    return "".join(parts)


def _section_lines(settings: Settings, section: str) -> Iterator[str]:
    yield ""
    yield f"[{section}]"
    yield f"# {section_sentence(section)}"
    for key, each in OPTIONS.items():
        if key.startswith(section + "."):
            yield ""
            yield from textwrap.wrap(each.sentence, 100, initial_indent="# ", subsequent_indent="# ")
            yield _allowed(each)
            yield _assignment(each, settings.get(key))


def _allowed(each: Option) -> str:
    default = _toml("x", each.default).partition("= ")[2]
    return f"# {each.allowed}; default {default}"


def _assignment(each: Option, value: Value) -> str:
    line = _toml(each.key.partition(".")[2], value)
    return line if value != each.default else f"# {line}"


def _toml(name: str, value: Value) -> str:
    """One line: arrays of texts, too (tomli_w would spread them over several)."""
    if isinstance(value, tuple):
        texts = [_toml("x", part).partition("= ")[2] for part in value]
        return f"{name} = [{', '.join(texts)}]"
    return tomli_w.dumps({name: value}).strip()


def _kept(table: Document, section: str) -> str:
    """Unknown keys of a known section, right below it; sub-tables as ``[section.name]``."""
    if not table:
        return ""
    text = tomli_w.dumps({section: table})
    return "\n# Not known to this version, kept as it was.\n" + text.removeprefix(f"[{section}]\n")
