"""How the captions look: what the user may choose, and the colours that follow from it. No Qt.

Captions must be readable over any picture. So letters stand on an outline in the opposite lightness, and
a colour that is too near to the outline is moved away from it: text that stays reaches 10:1, text that may
still change 7:1, both against the outline, whatever lies behind the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.ui import tokens

FEWEST_LINES: Final = 1
MOST_LINES: Final = 6
SMALLEST_FONT_PX: Final = 14
LARGEST_FONT_PX: Final = 96
NARROWEST_PERCENT: Final = 15
WIDEST_OUTLINE_PX: Final = 6

COMMITTED_CONTRAST: Final = 10.0
READABLE_CONTRAST: Final = 7.0
BLACK: Final = "#000000"
WHITE: Final = "#FFFFFF"
_STEPS: Final = 32


@dataclass(frozen=True, slots=True)
class CaptionsLook:
    """What the user chose. Colours are ``#RRGGBB``; an empty family is the desktop's own font.

    ``opacity_percent`` is that of the ground; where no compositor blends windows it counts as 100.
    ``width_percent`` is the window's share of its screen's width until the user resizes it there.
    """

    lines: int = 2
    font_family: str = ""
    font_px: int = 28
    text_colour: str = tokens.DARK.text
    ground_colour: str = tokens.DARK.ground
    opacity_percent: int = 84
    outline_px: int = 2
    width_percent: int = 60


@dataclass(frozen=True, slots=True)
class CaptionsColours:
    """Opaque colours to draw with. ``tentative_strength`` (0–1) is that of text over its outline.

    ``controls`` stand on the ground without an outline.
    """

    outline: str
    text: str
    label: str
    attention: str
    controls: str
    tentative_strength: float


def colours_of(look: CaptionsLook) -> CaptionsColours:
    """The colours for a look, all of them readable against the outline."""
    outline = BLACK if contrast(look.text_colour, BLACK) >= contrast(look.text_colour, WHITE) else WHITE
    theme = tokens.theme(is_dark=outline == BLACK)
    text = away_from(outline, look.text_colour, COMMITTED_CONTRAST)
    return CaptionsColours(
        outline=outline,
        text=text,
        label=away_from(outline, theme.accent, READABLE_CONTRAST),
        attention=away_from(outline, theme.attention, READABLE_CONTRAST),
        controls=max(text, outline, key=lambda colour: contrast(colour, look.ground_colour)),
        tentative_strength=weakest(text, outline, tokens.TENTATIVE_STRENGTH, READABLE_CONTRAST),
    )


def away_from(outline: str, colour: str, least_contrast: float) -> str:
    """``colour``, moved towards the opposite of ``outline`` (black or white) until it can be read."""
    far = WHITE if outline == BLACK else BLACK
    for step in range(_STEPS):
        moved = blended(far, colour, step / _STEPS)
        if contrast(moved, outline) >= least_contrast:
            return moved
    return far


def weakest(text: str, outline: str, strength: float, least_contrast: float) -> float:
    """The least strength from ``strength`` on at which ``text`` over ``outline`` can still be read."""
    for step in range(_STEPS):
        tried = strength + (1.0 - strength) * step / _STEPS
        if contrast(blended(text, outline, tried), outline) >= least_contrast:
            return tried
    return 1.0


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, 1–21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of ``#RRGGBB`` as WCAG 2 defines it, 0–1."""
    red, green, blue = (_linear(part / 255.0) for part in parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def blended(above: str, below: str, strength: float) -> str:
    """``above`` at ``strength`` (0–1) over ``below``."""
    pairs = zip(parts(above), parts(below), strict=True)
    return "#" + "".join(f"{round(a * strength + b * (1.0 - strength)):02X}" for a, b in pairs)


def parts(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#RRGGBB``, 0–255. Raises ``ValueError`` for anything else."""
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"{colour!r} is no colour like #1B1F27")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
