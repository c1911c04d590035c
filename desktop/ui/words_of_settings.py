"""How the settings window names settings, pages and choices. No Qt."""

from __future__ import annotations

from desktop.settings.option import Option
from desktop.ui.words import spoken
from resources.translations.settings import CHOICES, SECTIONS, SETTINGS, UNITS


def page_name(section: str) -> str:
    """The name of a section; one without a translation names itself."""
    return SECTIONS.get(section, (section, section))[spoken()]


def setting_name(option: Option) -> str:
    """A short name; a setting without one is called like its key."""
    bare = option.key.partition(".")[2].replace("_", " ").capitalize()
    return SETTINGS.get(option.key, (bare, bare, ""))[spoken()]


def explanation(option: Option) -> str:
    """What it does, in a sentence."""
    chinese = SETTINGS.get(option.key, ("", "", ""))[2]
    return chinese if spoken() and chinese else option.sentence


def choice_name(value: str) -> str:
    """What a value is called."""
    return CHOICES.get(value, (value, value))[spoken()]


def unit_name(unit: str) -> str:
    """What stands behind a number."""
    return UNITS.get(unit, (unit, unit))[spoken()]
