"""When the model is on the card and when it is not: events in, commands out."""

from __future__ import annotations

from enum import StrEnum

from desktop.core.keep_alive_commands import KeepAliveCommand, KeepAliveSettings
from recognizer.events import ModelSpec


class State(StrEnum):
    """What the user sees. Busy: a lease is held; idle: none is, and the clock to unload runs."""

    UNLOADED = "unloaded"
    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    IDLE = "idle"
    UNLOADING = "unloading"


class KeepAlive:
    """The life cycle of the model; see the module's docstring.

    ``handle(event, now_ms)`` takes any event; unknown ones mean nothing here.
    """

    def __init__(self, settings: KeepAliveSettings, model: ModelSpec | None) -> None:
        self.settings = settings
        self._model = model

    @property
    def state(self) -> State:
        """For tray and status."""
        return State.UNLOADED

    @property
    def holders(self) -> tuple[str, ...]:
        """Who holds a lease, in the order they came."""
        return ()

    @property
    def our_pids(self) -> frozenset[int]:
        """Workers whose memory counts as ours (add the tray's own pid)."""
        return frozenset()

    @property
    def wants_gpu_watch(self) -> bool:
        """A model is on its way to, on or leaving a card: poll the driver."""
        return False

    def handle(self, event: object, now_ms: float) -> list[KeepAliveCommand]:
        """Commands that follow from ``event``."""
        return []
