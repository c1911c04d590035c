"""Where the captions window stands: remembered for each screen, in shares of it. No Qt.

A place is kept in shares of the screen's usable area, so that it stays sensible when the resolution, the
scale or a panel changes. A window near an edge is docked: it keeps its distance to that edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from desktop.ui import tokens

DOCK_WITHIN_PX: Final = tokens.SPACE_6_PX
MARGIN_PX: Final = tokens.SPACE_6_PX
NARROWEST_PX: Final = 240
MOST_SCREENS: Final = 16
MIDDLE: Final = 0.5


class Edge(StrEnum):
    """What the window is docked to."""

    NONE = "free"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the desk, in device-independent pixels."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @property
    def right_px(self) -> int:
        """The first column to the right of it."""
        return self.left_px + self.width_px

    @property
    def bottom_px(self) -> int:
        """The first row below it."""
        return self.top_px + self.height_px


@dataclass(frozen=True, slots=True)
class CaptionsPlace:
    """A place on the screen named ``screen``; the shares (0–1) are of the usable area of that screen.

    ``x_share`` and ``y_share`` tell the window's middle. ``width_share`` 0 means: as wide as the look says.
    """

    screen: str
    edge: Edge = Edge.BOTTOM
    x_share: float = MIDDLE
    y_share: float = MIDDLE
    width_share: float = 0.0

    def written(self) -> str:
        """One line of text, for the settings."""
        shares = " ".join(f"{share:.4f}" for share in (self.x_share, self.y_share, self.width_share))
        return f"{self.edge.value} {shares} {self.screen}"


def parse(line: str) -> CaptionsPlace | None:
    """A place from its line of text; nothing for a line that is none."""
    try:
        edge, x, y, width, screen = line.split(" ", 4)
        shares = [float(each) for each in (x, y, width)]
        place = CaptionsPlace(screen, Edge(edge), *shares)
    except ValueError:
        return None
    is_sensible = all(math.isfinite(share) and 0.0 <= share <= 1.0 for share in shares)
    return place if is_sensible and screen else None


class CaptionsPlaces:
    """The place on every screen; the last one is where the user wants the window."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._places: dict[str, CaptionsPlace] = {}
        for line in lines:
            if (place := parse(line)) is not None:
                self.remember(place)

    def remember(self, place: CaptionsPlace) -> None:
        """The user put the window there."""
        self._places.pop(place.screen, None)
        self._places[place.screen] = place
        for old in list(self._places)[:-MOST_SCREENS]:
            del self._places[old]

    def best(self, screens: Sequence[str]) -> CaptionsPlace:
        """Where to be, given the screens there are (the main one first)."""
        for place in reversed(self._places.values()):
            if place.screen in screens:
                return place
        return CaptionsPlace(screens[0])

    def on(self, screen: str) -> CaptionsPlace:
        """The place on one screen."""
        return self._places.get(screen, CaptionsPlace(screen))

    def written(self) -> tuple[str, ...]:
        """For the settings; the last one is where the user wants the window."""
        return tuple(place.written() for place in self._places.values())


def window_area(place: CaptionsPlace, usable: Area, width_percent: int, height_px: int) -> Area:
    """Where the window goes; wholly inside the usable area if it fits at all."""
    share = place.width_share or width_percent / 100.0
    most_px = usable.width_px - 2 * tokens.SPACE_2_PX
    width_px = min(max(round(usable.width_px * share), NARROWEST_PX), most_px)
    left_px = usable.left_px + round(usable.width_px * place.x_share - width_px / 2)
    match place.edge:
        case Edge.TOP:
            top_px = usable.top_px + MARGIN_PX
        case Edge.BOTTOM:
            top_px = usable.bottom_px - MARGIN_PX - height_px
        case Edge.NONE:
            top_px = usable.top_px + round(usable.height_px * place.y_share - height_px / 2)
    return clamped(Area(left_px, top_px, width_px, height_px), usable)


def clamped(window: Area, usable: Area) -> Area:
    """``window`` moved so that it is inside; its top left corner stays visible where it is too large."""
    left_px = max(usable.left_px, min(window.left_px, usable.right_px - window.width_px))
    top_px = max(usable.top_px, min(window.top_px, usable.bottom_px - window.height_px))
    return Area(left_px, top_px, window.width_px, window.height_px)


def docked(window: Area, usable: Area) -> tuple[Area, Edge]:
    """``window`` as it is drawn towards an edge or the middle when it is let go near it."""
    inside = clamped(window, usable)
    left_px, top_px, edge = inside.left_px, inside.top_px, Edge.NONE
    if abs(2 * left_px + window.width_px - 2 * usable.left_px - usable.width_px) <= 2 * DOCK_WITHIN_PX:
        left_px = usable.left_px + (usable.width_px - window.width_px) // 2
    if usable.bottom_px - inside.bottom_px <= MARGIN_PX + DOCK_WITHIN_PX:
        edge, top_px = Edge.BOTTOM, usable.bottom_px - MARGIN_PX - window.height_px
    elif top_px - usable.top_px <= MARGIN_PX + DOCK_WITHIN_PX:
        edge, top_px = Edge.TOP, usable.top_px + MARGIN_PX
    return Area(left_px, top_px, window.width_px, window.height_px), edge


def place_of(window: Area, usable: Area, screen: str, edge: Edge) -> CaptionsPlace:
    """The place of a window that stands on ``screen``."""
    return CaptionsPlace(
        screen,
        edge,
        _share(window.left_px + window.width_px / 2 - usable.left_px, usable.width_px),
        _share(window.top_px + window.height_px / 2 - usable.top_px, usable.height_px),
        _share(window.width_px, usable.width_px),
    )


def _share(part_px: float, whole_px: int) -> float:
    return min(1.0, max(0.0, part_px / max(1, whole_px)))
