"""The icon's pixels: shape tells the state at the smallest size, the ring tells the shares."""

from __future__ import annotations

import itertools
import math

import pytest
from PySide6.QtGui import QColor, QImage

from desktop.ui.icons import contact_sheet, paint
from desktop.ui.tokens import DARK
from desktop.ui.tray_state import GaugeShares, IconState, Mark

GAUGE = GaugeShares(0.25, 0.25)
SIZES_PX = (16, 22, 24, 32, 48, 64)


def bright(image: QImage) -> frozenset[tuple[int, int]]:
    """Pixels of the mark: inside the ring and light, whatever their colour."""
    middle, reach = image.width() / 2, image.width() * 0.34
    inside = [
        (x, y)
        for x, y in itertools.product(range(image.width()), repeat=2)
        if math.hypot(x + 0.5 - middle, y + 0.5 - middle) < reach
    ]
    return frozenset(at for at in inside if image.pixelColor(*at).lightness() > 110)


def ring_colour(image: QImage, degrees: float) -> QColor:
    """Colour in the middle of the ring, clockwise from the top."""
    width = max(2.0, round(image.width() * 0.115))
    radius = image.width() / 2 - width / 2 - 0.5
    angle = math.radians(degrees)
    middle = image.width() / 2
    return image.pixelColor(int(middle + radius * math.sin(angle)), int(middle - radius * math.cos(angle)))


@pytest.mark.parametrize("gauge", [None, GAUGE])
@pytest.mark.parametrize("size_px", SIZES_PX)
def test_every_two_states_differ_in_shape_not_only_in_colour(size_px: int, gauge: GaugeShares | None) -> None:
    shapes = {mark: bright(paint(IconState(mark, gauge), size_px)) for mark in Mark}
    for one, other in itertools.combinations(Mark, 2):
        different = len(shapes[one] ^ shapes[other])
        assert different >= 0.02 * size_px**2, f"{one} and {other} look alike at {size_px} px: {different}"


def test_ring_tells_our_share_others_share_and_what_is_free() -> None:
    image = paint(IconState(Mark.READY, GAUGE), 64)
    assert ring_colour(image, 45) == QColor(DARK.accent)
    assert ring_colour(image, 135) == QColor(DARK.others)
    assert ring_colour(image, 270) == QColor(DARK.track)


def test_ring_turns_amber_over_the_threshold() -> None:
    image = paint(IconState(Mark.READY, GaugeShares(0.25, 0.7, is_over=True)), 64)
    assert ring_colour(image, 45) == QColor(DARK.attention)
    assert ring_colour(image, 180) == QColor(DARK.attention_quiet)


def test_no_ring_without_a_card() -> None:
    image = paint(IconState(Mark.UNLOADED), 64)
    assert {ring_colour(image, degrees).name().upper() for degrees in range(0, 360, 15)} == {DARK.ground}


def test_a_tiny_share_is_seen() -> None:
    empty, tiny = (paint(IconState(Mark.READY, GaugeShares(share, 0.0)), 22) for share in (0.0, 0.001))
    assert empty != tiny


@pytest.mark.parametrize("mark", list(Mark))
def test_mark_stands_out_on_any_panel(mark: Mark) -> None:
    """The disc brings its own ground, on which the mark has at least 4.5:1; the panel does not matter."""
    image = paint(IconState(mark), 22)
    assert all(image.pixelColor(x, y).alpha() == 255 for x, y in itertools.product(range(6, 16), repeat=2))
    strongest = max(luminance(image.pixelColor(*at)) for at in bright(image))
    assert contrast(strongest, luminance(QColor(DARK.ground))) >= 4.5


def test_loading_gap_goes_round() -> None:
    turned = [bright(paint(IconState(Mark.LOADING, None, step / 8), 22)) for step in range(8)]
    assert len(set(turned)) == 8


def test_contact_sheet_shows_every_state() -> None:
    sheet = contact_sheet([IconState(mark) for mark in Mark])
    assert sheet.height() == 72 * len(Mark)


def luminance(colour: QColor) -> float:
    """Relative luminance of WCAG."""
    red, green, blue = (linear(part) for part in colour.getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4


def contrast(one: float, other: float) -> float:
    """Contrast ratio of WCAG."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
