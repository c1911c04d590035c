"""What is told at the very first start. No Qt."""

from __future__ import annotations

from desktop.ui.words import say, spoken


def how_to_begin(key: str) -> str:
    """The one thing that the icon does not show."""
    return say("welcome.key", held=key)


def why_models() -> str:
    """Why the models are shown unasked; empty where the built-in one hears the user's language."""
    return say("welcome.models") if spoken() else ""
