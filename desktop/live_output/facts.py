"""What the live output is told and what it tells. Immutable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audio.events import Problem


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """Captions over a WebSocket of this computer; port 0 is any that is free."""

    token_file: Path
    port: int = 0


@dataclass(frozen=True, slots=True)
class ObsChoice:
    """Captions in OBS; ``text_source`` is a text source of it to be written to as well ("": none)."""

    url: str
    password_file: Path | None = None
    text_source: str = ""


@dataclass(frozen=True, slots=True)
class LiveOutputSettings:
    """Who gets the captions; ``None``: not this way."""

    server: ServerChoice | None = None
    obs: ObsChoice | None = None


@dataclass(frozen=True, slots=True)
class LiveOutputChanged:
    """How it does. ``url`` is where captions can be read ("": nowhere), ``listeners`` how many do.

    ``obs`` is "off", "connecting", "connected" or "not streaming".
    """

    url: str = ""
    listeners: int = 0
    obs: str = "off"


@dataclass(frozen=True, slots=True)
class LiveOutputTroubled:
    """Something does not work, and the user should know."""

    problem: Problem


LiveOutputFact = LiveOutputChanged | LiveOutputTroubled
