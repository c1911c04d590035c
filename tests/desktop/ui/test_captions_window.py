"""The captions' window on a real X server: leaves the focus, lets clicks through, can be moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.captions_scenes import SETUP
from tests.fakes.ui_process import UiProcess

WINDOW = """
window = CaptionsWindow(reduced_motion=True)
tell_signals(window, ["closed", "pause_requested", "lock_requested", "lines_requested", "moved"])
hello = said(("Others", "hello", ""))
def card():
    c = window._stand.card
    return [c.left_px, c.top_px, c.width_px, c.height_px]
def centre(name):
    button = getattr(window._controls, name)
    p = button.mapToGlobal(button.rect().center())
    return [p.x(), p.y()]
def sync():
    app.primaryScreen().grabWindow(0, 0, 0, 1, 1)  # answered by the X server after all that was asked before
"""
BELOW = """
from PySide6.QtWidgets import QPushButton
below = QPushButton("below")
below.clicked.connect(lambda: tell(is_clicked=True))
below.showFullScreen()
"""


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop)
    process.run(SETUP + WINDOW)
    yield process
    process.close()


@pytest.fixture
def other(virtual_desktop: VirtualDesktop) -> Iterator[UiProcess]:
    """Somebody else's window over the whole screen, with the focus."""
    process = UiProcess(virtual_desktop)
    process.run(BELOW)
    process.until("below.isActiveWindow()")
    yield process
    process.close()


def point(desktop: VirtualDesktop, x: float, y: float, *more: str) -> None:
    """Not ``--sync``: that waits 15 s for a pointer that is there already to move."""
    desktop.run(["xdotool", "mousemove", str(round(x)), str(round(y)), *more])


def middle(box: list[int]) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def drag(desktop: VirtualDesktop, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move in steps as a hand does, and let go."""
    point(desktop, *start, "mousedown", "1")
    for step in range(1, 6):
        part = step / 5
        point(desktop, *(a + (b - a) * part for a, b in zip(start, end, strict=True)))
    desktop.run(["xdotool", "mouseup", "1"])


def show(ui: UiProcess, view: str = "hello") -> list[int]:
    """Show captions; where the card is."""
    ui.run(f"window.show_captions({view})")
    ui.until("window.isVisible() and window.windowHandle().isExposed()")
    card: list[int] = ui.ask("card()")
    return card


def test_never_takes_the_focus(virtual_desktop: VirtualDesktop, ui: UiProcess, other: UiProcess) -> None:
    card = show(ui)
    assert other.ask("below.isActiveWindow()")
    point(virtual_desktop, *middle(card), "click", "1")
    ui.until("window._is_hovered")
    for button in ("pause", "lock"):
        point(virtual_desktop, *ui.ask(f"centre({button!r})"), "click", "1")
        ui.wait_for("signal", f"{button}_requested")
    assert other.ask("below.isActiveWindow()")
    assert not ui.ask("window.isActiveWindow()")
    name = virtual_desktop.run(["xdotool", "getwindowfocus"]).strip()
    assert int(name) == other.ask("int(below.winId())")


def test_locked_it_lets_clicks_through_and_unlocked_it_takes_them(
    virtual_desktop: VirtualDesktop, ui: UiProcess, other: UiProcess
) -> None:
    ui.run("window.set_click_through(True)")
    where = middle(show(ui))
    point(virtual_desktop, *where, "click", "1")
    assert other.wait_for("is_clicked")
    assert not ui.ask("window._is_hovered")
    ui.run("window.set_click_through(False)")
    point(virtual_desktop, where[0] + 1, where[1])
    ui.until("window._is_hovered")
    virtual_desktop.run(["xdotool", "click", "1"])
    ui.run("window.set_click_through(True)")
    ui.ask("sync()")
    assert not ui.ask("window._is_hovered")
    point(virtual_desktop, *where, "click", "1")
    assert other.wait_for("is_clicked")


def test_strip_that_is_not_on_show_lets_clicks_through(
    virtual_desktop: VirtualDesktop, ui: UiProcess, other: UiProcess
) -> None:
    left, top, width, _ = show(ui)
    point(virtual_desktop, left + width / 2, top - 12, "click", "1")
    assert other.wait_for("is_clicked")
    point(virtual_desktop, left + width / 2, top + 20)
    ui.until("window._is_hovered")
    point(virtual_desktop, left + width / 2, top - 12)
    assert ui.ask("window._is_hovered"), "the strip is there while the pointer is on the window"
    point(virtual_desktop, 5, 5)
    ui.until("not window._is_hovered")


def test_is_above_a_window_that_comes_later(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    card = show(ui)
    late = UiProcess(virtual_desktop)
    late.run(BELOW)
    late.until("below.isActiveWindow()")
    point(virtual_desktop, *middle(card))
    ui.until("window._is_hovered")
    late.close()


def test_controls_and_their_words(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    card = show(ui)
    assert not ui.ask("window._controls.isVisible()")
    point(virtual_desktop, *middle(card))
    ui.until("window._controls.isVisible()")
    assert ui.ask("window._controls.pause.accessibleName()") == "Pause captions"
    show(ui, "said(('Others', 'hello', ''), state=State.PAUSED)")
    assert ui.ask("window._controls.pause.toolTip()") == "Go on"
    point(virtual_desktop, *ui.ask("centre('close_')"), "click", "1")
    ui.wait_for("signal", "closed")
    ui.until("not window.isVisible()")


def test_drag_docks_near_an_edge_and_is_remembered(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    card = show(ui)
    assert card == [256, 672, 768, 104], "60 % of the screen, bottom centre, two lines"
    x, y = middle(card)
    drag(virtual_desktop, (x, y), (x - 203, y - 300))
    free = ui.wait_for("signal", "moved")["value"][0]
    assert ui.ask("card()") == [53, 372, 768, 104]
    drag(virtual_desktop, (x - 203, y - 300), (x - 190, 95))
    top = ui.wait_for("signal", "moved")["value"][0]
    assert ui.ask("card()")[1] == 24, "docked to the top"
    assert top[-1].startswith("top ")
    point(virtual_desktop, *middle(ui.ask("card()")))
    ui.until("window._is_hovered")
    drag(virtual_desktop, middle(ui.ask("card()")), (646, 790))
    ui.wait_for("signal", "moved")
    assert ui.ask("card()") == card, "docked to the bottom and to the middle"
    ui.run(f"window = CaptionsWindow(places={free!r})")
    assert ui.ask("card()") == [53, 372, 768, 104], "it comes back where it was"


def test_resize_changes_width_and_lines(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    left, top, width, height = show(ui)
    drag(virtual_desktop, (left + width - 3, top + 40), (left + width + 97, top + 40))
    ui.wait_for("signal", "moved")
    assert ui.ask("card()")[2] == width + 100
    point(virtual_desktop, left + 200, top + 50)
    ui.until("window._is_hovered")
    box = ui.ask("box(window)")
    drag(virtual_desktop, (left + 200, box[1] + 3), (left + 200, box[1] + 3 - 80))
    assert ui.wait_for("signal", "lines_requested")
    ui.until("window._look.lines == 4")
    wanted = [left, top - 80, width + 100, height + 80]
    ui.until(f"card() == {wanted}")


@pytest.mark.parametrize("scale", [1, 2])
def test_goes_to_the_screen_that_is_left_and_comes_back(scale: int) -> None:
    """Screens are real ones of RandR: monitors that are made and taken away while the program runs."""
    with VirtualDesktop(screen=f"{1600 * scale}x{600 * scale}x24") as desktop:
        half = f"{800 * scale}/200x{600 * scale}/150"
        desktop.run(["xrandr", "--setmonitor", "one", f"{half}+0+0", "screen"])
        desktop.run(["xrandr", "--setmonitor", "two", f"{half}+{800 * scale}+0", "none"])
        ui = UiProcess(desktop, QT_SCALE_FACTOR=str(scale))
        ui.run(SETUP + WINDOW)
        ui.run("on = lambda: window.screen().name()")
        card = show(ui)
        assert (card, ui.ask("on()")) == ([160, 472, 480, 104], "one")
        corner = ui.ask("app.screens()[1].geometry().left()")
        centre = middle([each * scale for each in card])
        point(desktop, *centre, "mousedown", "1")
        point(desktop, centre[0] + 10, centre[1] - 10)
        point(desktop, 1300 * scale, 300 * scale, "mouseup", "1")
        kept = ui.wait_for("signal", "moved")["value"][0]
        assert kept[-1].endswith(" two")
        on_two = ui.ask("card()")
        assert on_two[0] >= corner
        desktop.run(["xrandr", "--delmonitor", "two"])
        ui.until("on() == 'one'")
        ui.until(f"card() == {card}")
        assert ui.ask("window.isVisible()")
        desktop.run(["xrandr", "--setmonitor", "two", f"{half}+{800 * scale}+0", "none"])
        ui.until("on() == 'two'")
        ui.until(f"card() == {on_two}")
        ui.close()


def test_smaller_screen_keeps_the_window_inside() -> None:
    with VirtualDesktop() as desktop:
        ui = UiProcess(desktop)
        ui.run(SETUP + WINDOW)
        show(ui)
        desktop.run(["xrandr", "--setmonitor", "small", "400/100x300/80+0+0", "screen"])
        ui.until("card()[0] >= 0 and card()[0] + card()[2] <= 400 and card()[1] + card()[3] <= 300")
        ui.close()


def test_hides_when_told_but_not_under_the_pointer(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    card = show(ui)
    point(virtual_desktop, *middle(card))
    ui.until("window._is_hovered")
    ui.run("window.hide_after(0)")
    ui.ask("app.processEvents()")
    assert ui.ask("window.isVisible()")
    point(virtual_desktop, 5, 5)
    ui.until("not window.isVisible()")
    show(ui)
    ui.run("window.hide_after(5); window.show_captions(said(('Others', 'hello again', '')))")
    assert ui.ask("window._fading._waiting.isActive()") is False
    ui.run("window.hide_after(0)")
    ui.until("not window.isVisible()")
    assert ui.ask("window.text_on_show") == ""


def test_text_on_show_and_notice(ui: UiProcess) -> None:
    show(ui, "said(('Others', 'hello', ' wor'), ('Me', 'yes', ''))")
    assert ui.ask("window.text_on_show") == "Others: hello wor\nMe: yes"
    before = ui.ask("card()")
    show(ui, "said(('Me', 'yes', ''), state=State.TROUBLE, notice='There is no microphone.')")
    assert ui.ask("window.text_on_show").endswith("There is no microphone.")
    assert ui.ask("card()") == before, "a notice moves no word"
    show(ui, "said()")
    assert ui.ask("window.text_on_show") == "Waiting for speech"


def test_motion_is_given_up_and_taken_up_while_it_runs(ui: UiProcess) -> None:
    ui.run("window = CaptionsWindow(has_compositor=True); window.show_captions(hello)")
    ui.run("window._fading._motion.setCurrentTime(1000); window.hide_after(0)")
    ui.until("not window.isVisible()")
    assert ui.ask("window.windowOpacity()") == 0.0
    ui.run("window.set_motion(True); window.show_captions(hello)")
    assert ui.ask("[window.isVisible(), window.windowOpacity()]") == [True, 1.0], "it can be read"
    ui.run("window.hide_after(0)")
    ui.until("not window.isVisible()")
    assert ui.ask("window.windowOpacity()") == 1.0
    ui.run("window.set_motion(False)")
    assert ui.ask("[window._roll.is_smooth, window._fading.is_smooth]") == [True, True]
