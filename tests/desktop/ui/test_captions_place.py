"""Where the captions' window stands and what a drag does with it, without any window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ui.captions_grip import Drag, Side, side_at
from desktop.ui.captions_place import (
    Area,
    CaptionsPlace,
    CaptionsPlaces,
    Edge,
    clamped,
    docked,
    parse,
    place_of,
    window_area,
)

SCREEN = Area(100, 30, 1280, 770)
AREAS = st.builds(
    Area, st.integers(-2000, 3000), st.integers(-2000, 3000), st.integers(240, 1264), st.integers(60, 300)
)


def test_default_is_bottom_centre() -> None:
    area = window_area(CaptionsPlace("one"), SCREEN, 60, 104)
    assert area == Area(356, 672, 768, 104)
    assert SCREEN.bottom_px - area.bottom_px == 24


@given(AREAS)
def test_whatever_the_user_does_the_window_stays_on_the_screen_and_comes_back_there(window: Area) -> None:
    area, edge = docked(window, SCREEN)
    assert clamped(area, SCREEN) == area
    place = place_of(area, SCREEN, "one", edge)
    again = parse(place.written())
    assert again is not None
    back = window_area(again, SCREEN, 60, area.height_px)
    for one, other in zip(
        (area.left_px, area.top_px, area.width_px), (back.left_px, back.top_px, back.width_px), strict=True
    ):
        assert abs(one - other) <= 1


@given(AREAS, st.integers(200, 4000), st.integers(150, 3000))
def test_on_another_screen_it_is_inside_too(window: Area, width_px: int, height_px: int) -> None:
    area, edge = docked(window, SCREEN)
    other = Area(-50, 7, width_px, height_px)
    moved = window_area(place_of(area, SCREEN, "one", edge), other, 60, 104)
    assert (moved.left_px >= other.left_px, moved.top_px >= other.top_px) == (True, True)
    if other.width_px >= 260:
        assert moved.right_px <= other.right_px and moved.bottom_px <= other.bottom_px


def test_docks_near_edges_and_the_middle() -> None:
    wide = Area(0, 0, 600, 104)
    for top, edge in ((40, Edge.TOP), (300, Edge.NONE), (660, Edge.BOTTOM), (5000, Edge.BOTTOM)):
        area, found = docked(Area(430, top, wide.width_px, wide.height_px), SCREEN)
        assert (area.left_px, found) == (440, edge), "the middle is near"
    assert docked(Area(300, 300, 600, 104), SCREEN)[0].left_px == 300, "the middle is far"


def test_a_docked_window_keeps_its_distance_when_the_screen_changes() -> None:
    place = place_of(Area(440, 672, 600, 104), SCREEN, "one", Edge.BOTTOM)
    small = window_area(place, Area(0, 0, 640, 400), 60, 104)
    assert small.bottom_px == 400 - 24
    assert small.left_px + small.width_px // 2 == 320


@pytest.mark.parametrize(
    "line",
    ["", "bottom", "bottom 0.5 0.5 0.5", "bottom 0.5 0.5 x one", "middle 0.5 0.5 0.5 one",
     "bottom 0.5 nan 0.5 one", "bottom 0.5 0.5 inf one", "bottom -1 0.5 0.5 one", "bottom 2 0.5 0.5 one"],
)  # fmt: skip
def test_a_line_that_is_no_place_is_left_out(line: str) -> None:
    assert parse(line) is None
    assert CaptionsPlaces([line]).best(["one"]) == CaptionsPlace("one")


def test_every_screen_has_its_place_and_the_last_one_wins() -> None:
    kept = CaptionsPlaces()
    at_home, at_work = (
        CaptionsPlace("DELL U2720Q 7X", Edge.TOP),
        CaptionsPlace("eDP-1", Edge.NONE, 0.25, 0.75),
    )
    for place in (at_work, at_home):
        kept.remember(place)
    again = CaptionsPlaces(kept.written())
    assert again.best(["eDP-1", "DELL U2720Q 7X"]) == at_home
    assert again.best(["eDP-1"]) == at_work, "the other screen is gone"
    assert again.best(["HDMI-1"]) == CaptionsPlace("HDMI-1")
    again.remember(at_work)
    assert again.best(["DELL U2720Q 7X", "eDP-1"]) == at_work
    for number in range(100):
        again.remember(CaptionsPlace(f"screen {number}"))
    assert len(again.written()) == 16


@pytest.mark.parametrize(
    ("point", "side"),
    [((5, 50), Side.LEFT), ((595, 50), Side.RIGHT), ((300, 3), Side.TOP), ((300, 99), Side.BOTTOM),
     ((2, 2), Side.LEFT | Side.TOP), ((599, 103), Side.RIGHT | Side.BOTTOM), ((300, 50), Side.NONE)],
)  # fmt: skip
def test_sides(point: tuple[int, int], side: Side) -> None:
    assert side_at(*point, Area(0, 0, 600, 104)) == side


def test_drag_keeps_the_opposite_side_and_whole_lines() -> None:
    start = Area(100, 500, 600, 104)

    def pulled(side: Side, right_px: int, down_px: int) -> Area:
        return Drag(10, 10, side, start, 40, 24).moved_to(10 + right_px, 10 + down_px)

    assert pulled(Side.NONE, 7, -9) == Area(107, 491, 600, 104)
    assert pulled(Side.LEFT, 50, 99) == Area(150, 500, 550, 104)
    assert pulled(Side.LEFT, 5000, 0) == Area(460, 500, 240, 104), "not narrower than can be read"
    assert pulled(Side.RIGHT, -5000, 0) == Area(100, 500, 240, 104)
    assert pulled(Side.TOP, 0, -45) == Area(100, 460, 600, 144)
    assert pulled(Side.BOTTOM, 0, 5000).height_px == 24 + 6 * 40
    assert pulled(Side.BOTTOM | Side.RIGHT, 20, -5000) == Area(100, 500, 620, 64)
