"""What captions call those who speak, unless the user calls them something else. No Qt."""

from __future__ import annotations

from desktop.core.captions_facts import Source
from desktop.ui.words import say


def label_of(source: Source) -> str:
    """In the language of the interface."""
    return say("captions.me") if source is Source.ME else say("captions.others")
