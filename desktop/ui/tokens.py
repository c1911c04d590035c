"""Colours, spacings, radii and durations of everything Plosive draws itself. No Qt.

Colours are ``#RRGGBB``; lengths are device-independent pixels in multiples of 4; durations in ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SPACE_PX: Final = 4
SPACE_2_PX: Final = 8
SPACE_3_PX: Final = 12
SPACE_4_PX: Final = 16
SPACE_6_PX: Final = 24
SPACE_12_PX: Final = 48

PILL_HEIGHT_PX: Final = 44
PILL_RADIUS_PX: Final = 22
PILL_SECOND_LINE_PX: Final = 24
PILL_SMALLEST_WIDTH_PX: Final = 168
PILL_LARGEST_WIDTH_PX: Final = 640
PILL_TEXT_PX: Final = 16
PILL_SMALL_TEXT_PX: Final = 13
PILL_ABOVE_EDGE_PX: Final = 48
CARD_RADIUS_PX: Final = 8
BAR_RADIUS_PX: Final = 4

FADE_MS: Final = 120
ICON_TURN_MS: Final = 1600
ICON_STEP_MS: Final = 200
TENTATIVE_STRENGTH: Final = 0.6


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours on one kind of ground.

    ``text`` reaches 12:1 on ``ground``, ``quiet_text`` 5:1, ``accent``, ``recording`` and ``attention`` 3:1.
    """

    ground: str
    edge: str
    text: str
    quiet_text: str
    accent: str
    others: str
    track: str
    recording: str
    attention: str
    attention_quiet: str


DARK: Final = Theme(
    ground="#1B1F27",
    edge="#39404C",
    text="#F4F6FA",
    quiet_text="#A3ACBA",
    accent="#35C4B0",
    others="#8E98A8",
    track="#333A46",
    recording="#FF7A6B",
    attention="#F6B73C",
    attention_quiet="#BC882B",
)
LIGHT: Final = Theme(
    ground="#FCFCFD",
    edge="#CBD0D8",
    text="#171B22",
    quiet_text="#5B6473",
    accent="#0B8F7E",
    others="#868F9D",
    track="#E3E6EB",
    recording="#D6402F",
    attention="#A86400",
    attention_quiet="#D9AE66",
)


def theme(is_dark: bool) -> Theme:
    """The colours for a dark or a light desktop."""
    return DARK if is_dark else LIGHT
