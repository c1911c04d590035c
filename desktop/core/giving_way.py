"""When the card is left to somebody else: full screen, GameMode, listed programs, pressure. Pure.

``GivingWay`` turns what the desktop and the driver say into ``GiveWayStarted`` and ``GiveWayEnded``;
``KeepAlive`` decides what that means for the model, and that the key comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.core.events import TimePassed
from desktop.core.keep_alive_commands import GiveWayEnded, GiveWayStarted, SettingsChanged
from desktop.core.unload_proof import memory_text, process_name
from recognizer.gpu_reading import GpuReading, GpuSnapshot


@dataclass(frozen=True, slots=True)
class FullScreenStarted:
    """A window of another program covers the screen; ``name`` is its class or title."""

    name: str


@dataclass(frozen=True, slots=True)
class FullScreenEnded:
    """None does any more."""


@dataclass(frozen=True, slots=True)
class GameModeStarted:
    """A game registered with GameMode."""


@dataclass(frozen=True, slots=True)
class GameModeEnded:
    """The last one left."""


@dataclass(frozen=True, slots=True)
class ListedProgramsChanged:
    """Which programs of the user's list run now."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivingWaySettings:
    """What counts. ``floor_bytes``: give way when less is free because others grew (0: never).

    ``settle_s``: a full screen must last this long (a picture opened for a moment is no game);
    ``calm_s``: a reason must be gone this long before we come back.
    """

    full_screen: bool = True
    game_mode: bool = True
    listed: bool = True
    floor_bytes: int = 512 << 20
    settle_s: float = 2.0
    calm_s: float = 5.0


Way = GiveWayStarted | GiveWayEnded
GROWTH_BYTES: Final = 256 << 20
"""Others must have grown by this much since the best moment; what we fill ourselves is no pressure."""
_ORDER: Final = ("game mode", "listed", "full screen", "pressure")


class GivingWay:
    """Any number of reasons at once; the card is given back when the last is gone."""

    def __init__(self, settings: GivingWaySettings) -> None:
        self.settings = settings
        self._reasons: dict[str, str] = {}
        self._since_ms: dict[str, float] = {}
        self._calm_since_ms: float | None = None
        self._is_giving = False
        self._ours_bytes: dict[str, int] = {}
        self._least_others_bytes: dict[str, int] = {}
        self._has_card: bool | None = None  # not known before the first reading

    @property
    def wake_at_ms(self) -> float | None:
        """When something changes by time alone."""
        if self._is_giving:
            calm_ms = self.settings.calm_s * 1000.0
            return None if self._calm_since_ms is None else self._calm_since_ms + calm_ms
        return min((self._due_ms(kind) for kind in self._valid()), default=None)

    @property
    def wants_gpu_watch(self) -> bool:
        """Whether only the driver can tell when we may come back."""
        return self._is_giving and "pressure" in self._reasons

    def handle(self, event: object, now_ms: float) -> list[Way]:
        """Facts for ``KeepAlive`` that follow from ``event``."""
        match event:
            case FullScreenStarted(name):
                self._set("full screen", f"full screen: {name}" if name else "full screen", now_ms)
            case FullScreenEnded():
                self._clear("full screen")
            case GameModeStarted():
                self._set("game mode", "GameMode", now_ms)
            case GameModeEnded():
                self._clear("game mode")
            case ListedProgramsChanged(names):
                self._set("listed", ", ".join(names), now_ms)
            case GpuSnapshot():
                self._look(event, now_ms)
            case TimePassed() | SettingsChanged():
                pass
            case _:
                return []
        return self._decide(now_ms)

    # --- reasons --------------------------------------------------------------------------------

    def _set(self, kind: str, reason: str, now_ms: float) -> None:
        if not reason:
            self._clear(kind)
            return
        self._since_ms.setdefault(kind, now_ms)
        self._reasons[kind] = reason

    def _clear(self, kind: str) -> None:
        self._reasons.pop(kind, None)
        self._since_ms.pop(kind, None)

    def _look(self, snapshot: GpuSnapshot, now_ms: float) -> None:
        """Pressure: too little is free, and not because of us.

        What we held is added to the floor while we are away, or we would come back into the same
        pressure and leave again for ever.
        """
        self._has_card = bool(snapshot.readings) or bool(self._has_card)  # it may fail for a moment
        pressed = [card for card in snapshot.readings if not card.is_asleep and self._is_pressed(card)]
        self._set("pressure", _pressure(pressed[0]) if pressed else "", now_ms)

    def _is_pressed(self, card: GpuReading) -> bool:
        floor_bytes = self.settings.floor_bytes
        if self._is_giving:
            held_bytes = 0 if card.ours_bytes else self._ours_bytes.get(card.uuid, 0)
            return "pressure" in self._reasons and card.free_bytes < floor_bytes + held_bytes
        if card.ours_bytes:
            self._ours_bytes[card.uuid] = card.ours_bytes
        least_bytes = min(card.others_bytes, self._least_others_bytes.get(card.uuid, card.others_bytes))
        self._least_others_bytes[card.uuid] = least_bytes
        return card.free_bytes < floor_bytes and card.others_bytes >= least_bytes + GROWTH_BYTES

    # --- deciding -------------------------------------------------------------------------------

    def _due_ms(self, kind: str) -> float:
        settle_s = self.settings.settle_s if kind in ("full screen", "pressure") else 0.0
        return self._since_ms[kind] + settle_s * 1000.0

    def _valid(self) -> list[str]:
        if self._has_card is False:
            return []
        chosen = {
            "game mode": self.settings.game_mode,
            "listed": self.settings.listed,
            "full screen": self.settings.full_screen,
            "pressure": self.settings.floor_bytes > 0,
        }
        return [kind for kind in _ORDER if kind in self._reasons and chosen[kind]]

    def _decide(self, now_ms: float) -> list[Way]:
        valid = self._valid()
        due = [kind for kind in valid if now_ms >= self._due_ms(kind)]
        if not self._is_giving:
            if not due:
                return []
            self._is_giving, self._calm_since_ms = True, None
            return [GiveWayStarted(self._reasons[due[0]], now_ms)]
        if valid:
            self._calm_since_ms = None
            return []
        if self._calm_since_ms is None:
            self._calm_since_ms = now_ms
        if now_ms < self._calm_since_ms + self.settings.calm_s * 1000.0:
            return []
        self._is_giving, self._calm_since_ms = False, None
        return [GiveWayEnded(now_ms)]


def _pressure(card: GpuReading) -> str:
    others = [each for each in card.processes if not each.is_ours and each.used_bytes]
    biggest = max(others, key=lambda each: each.used_bytes or 0, default=None)
    free = f"only {memory_text(card.free_bytes)} free"
    return f"{free}, {process_name(biggest)} uses {memory_text(biggest.used_bytes or 0)}" if biggest else free
