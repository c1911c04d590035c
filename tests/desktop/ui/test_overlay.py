"""The pill on a real X server: keeps the focus where it is, lets clicks through, is no black box."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.ui_process import UiProcess

BUILD = """
from desktop.core.commands import OverlayView as View, Phase
from desktop.ui.overlay import Overlay, screen_at_pixel
overlay = Overlay()
def box():
    g = overlay.geometry()
    return [g.x(), g.y(), g.width(), g.height()]
"""
GROUND = "#2266AA"
LONG = "one two three four five six seven eight nine ten " * 12


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop)
    process.run(BUILD)
    yield process
    process.close()


def focused(desktop: VirtualDesktop) -> str:
    return desktop.run(["xdotool", "getwindowfocus", "getwindowname"]).strip()


def open_terminal(desktop: VirtualDesktop) -> str:
    """A real window over the whole screen, which prints what is typed; returns its id."""
    shell = ["xterm", "-T", "somebody else", "-geometry", "200x60+0+0", "-e", "cat > typed.txt"]
    desktop.start(shell, cwd=desktop.folder)
    search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "somebody else"]
    window = desktop.run(search).split()[0]
    desktop.run(["xdotool", "windowactivate", "--sync", window])
    return window


def test_focus_stays_in_the_other_window_and_keys_arrive_there(
    virtual_desktop: VirtualDesktop, ui: UiProcess
) -> None:
    open_terminal(virtual_desktop)
    for view in ("View(Phase.LISTENING, 'hello', ' wor', -20)", f"View(Phase.LISTENING, {LONG!r}, '', -30)"):
        ui.run(f"overlay.show_view({view})")
        ui.until("overlay.isVisible()")
        assert focused(virtual_desktop) == "somebody else"
    virtual_desktop.run(["xdotool", "type", "--delay", "20", "typed beneath"])
    virtual_desktop.run(["xdotool", "key", "Return"])
    typed = virtual_desktop.folder / "typed.txt"
    ui.until(f"open({str(typed)!r}).read() == 'typed beneath\\n'")
    assert not ui.ask("overlay.isActiveWindow()")


def test_click_goes_to_the_window_below(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    other = UiProcess(virtual_desktop)
    other.run("""
        from PySide6.QtWidgets import QPushButton
        below = QPushButton("below")
        below.clicked.connect(lambda: tell(is_clicked=True))
        below.showFullScreen()
    """)
    other.until("below.isActiveWindow()")
    ui.run("overlay.show_view(View(Phase.LISTENING, 'hello', '', -20))")
    ui.until("overlay.isVisible()")
    x, y, width, height = ui.ask("box()")
    where = ["mousemove", "--sync", str(x + width // 2), str(y + height // 2)]
    virtual_desktop.run(["xdotool", *where, "click", "1"])
    assert other.wait_for("is_clicked")
    other.close()


def test_corners_show_what_is_behind_without_a_compositor(
    virtual_desktop: VirtualDesktop, ui: UiProcess, tmp_path: Path
) -> None:
    ui.run(f"""
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QLabel
        behind = QLabel()
        behind.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)
        behind.setStyleSheet("background: {GROUND}")
        behind.setGeometry(0, 0, 1280, 800)
        behind.show()
        overlay.show_view(View(Phase.LISTENING, 'hello', '', -20))
        overlay.raise_()
    """)
    ui.until("overlay.isVisible()")
    x, y, width, height = ui.ask("box()")
    picture = QImage()
    while picture.isNull() or picture.pixelColor(x + width // 2, y + 4) == QColor(GROUND):
        virtual_desktop.screenshot(tmp_path / "screen.png")
        picture = QImage(str(tmp_path / "screen.png"))
    for corner in ((x, y), (x + width - 1, y), (x, y + height - 1), (x + width - 1, y + height - 1)):
        assert picture.pixelColor(*corner) == QColor(GROUND)
    assert picture.pixelColor(x + width // 2, y + 4).name().upper() in {"#FCFCFD", "#1B1F27"}


def test_place_and_growth(ui: UiProcess) -> None:
    ui.run("overlay.show_view(View(Phase.LISTENING))")
    x, y, width, height = ui.ask("box()")
    assert height == 44
    assert abs(x + width / 2 - 640) <= 1
    assert y + height + 48 == 800
    ui.run(f"overlay.show_view(View(Phase.LISTENING, {LONG!r}, 'the last words'))")
    _, _, wide, tall = ui.ask("box()")
    assert (wide, tall) == (640, 68)
    ui.run("overlay.show_view(View(Phase.RECOGNISING, 'short'))")
    assert ui.ask("box()")[2] == wide, "it does not tremble while on show"


@pytest.mark.parametrize("text", [LONG, "大家早上好感谢各位今天到场" * 15])
def test_last_words_are_always_visible(ui: UiProcess, text: str) -> None:
    for length in range(10, len(text), 37):
        ui.run(f"overlay.show_view(View(Phase.LISTENING, {text[:length]!r}, '🙂 末尾 last'))")
        assert ui.ask("overlay.text_on_show").endswith("🙂 末尾 last")


def test_words_for_each_phase(ui: UiProcess) -> None:
    for view, words in {
        "View(Phase.LISTENING)": "Listening",
        "View(Phase.LISTENING, loading_ms=900.0)": "Listening · loading 0.9 s",
        "View(Phase.RECOGNISING)": "Recognising",
        "View(Phase.INSERTING)": "Inserting",
        "View(Phase.LANDED)": "Inserted",
        "View(Phase.FAILED, 'hello', notice='The window was closed.')": "hello\nThe window was closed.",
    }.items():
        ui.run(f"overlay.show_view({view})")
        assert ui.ask("overlay.text_on_show") == words


def test_a_long_notice_is_shown_to_its_end(ui: UiProcess) -> None:
    ui.run("overlay.show_view(View(Phase.FAILED, 'hello', notice='Look.'))")
    short_px = ui.ask("box()")[3]
    notice = "Choose another microphone in the settings, or plug one in. " * 3
    ui.run(f"overlay.show_view(View(Phase.FAILED, 'hello', notice={notice!r}))")
    assert ui.ask("overlay.text_on_show") == f"hello\n{notice}"
    assert ui.ask("box()")[3] > short_px
    metrics = "overlay._face._small_metrics.horizontalAdvance"
    room = "overlay._face._small.shown_lines * (box()[2])"
    assert ui.ask(f"{metrics}({notice!r}) < {room}"), "all of it has room"


def test_hides_after_a_while_unless_something_new_is_said(ui: UiProcess) -> None:
    ui.run("overlay.show_view(View(Phase.LANDED, 'hello')); overlay.hide_after(60)")
    ui.until("not overlay.isVisible()")
    ui.run("overlay.show_view(View(Phase.LANDED, 'hello')); overlay.hide_after(200)")
    ui.run("overlay.show_view(View(Phase.LISTENING, 'again'))")
    assert ui.ask("overlay._hiding.isActive()") is False
    assert ui.ask("overlay.isVisible()")


def test_fade_is_short_and_off_with_reduced_motion(ui: UiProcess) -> None:
    ui.run("fading, still = (Overlay(has_compositor=True) for _ in range(2)); still.set_motion(True)")
    ui.run("[each.show_view(View(Phase.LISTENING)) for each in (fading, still)]")
    ui.until("fading.windowOpacity() == 1.0")
    assert ui.ask("fading._fade.duration()") <= 150
    assert ui.ask("still.windowOpacity()") == 1.0
    ui.run("[each.hide_after(0) for each in (fading, still)]")
    ui.until("not fading.isVisible() and not still.isVisible()")


def test_every_phrase_fits_in_both_languages(virtual_desktop: VirtualDesktop) -> None:
    for language in ("en", "zh"):
        ui = UiProcess(virtual_desktop)
        ui.run(f"from desktop.ui.words import choose_language; choose_language({language!r})")
        ui.run(BUILD)
        for phase in ("LISTENING", "RECOGNISING"):
            view = f"View(Phase.{phase}, loading_ms=12345.0, elapsed_ms=99999.0, locked=True)"
            ui.run(f"overlay.show_view({view})")
            assert ui.ask("overlay._face.size.width()") < ui.ask("overlay._look().most_px")
        ui.close()


def test_place_at_twice_the_scale() -> None:
    with VirtualDesktop(screen="2560x1600x24") as desktop:
        ui = UiProcess(desktop, QT_SCALE_FACTOR="2")
        ui.run(BUILD)
        ui.run("overlay.show_view(View(Phase.LISTENING, 'hello'))")
        assert ui.ask("screen_at_pixel((2559, 1599)) is app.primaryScreen()")
        x, y, width, height = ui.ask("box()")
        assert (y + height + 48, abs(x + width / 2 - 640) <= 1) == (800, True)
        ui.close()


def test_screen_of_the_focused_window(virtual_desktop: VirtualDesktop, ui: UiProcess) -> None:
    open_terminal(virtual_desktop)
    ui.run("from desktop.oslayer.focus_place import FocusPlace")
    x, y = ui.ask("FocusPlace().middle()")
    assert 0 < x < 1280 and 0 < y < 800
    assert ui.ask("screen_at_pixel(FocusPlace().middle()) is app.primaryScreen()")
    assert ui.ask("[screen_at_pixel((5000, 0)), FocusPlace(':987').middle()]") == [None, None]


def test_compositor_is_known(virtual_desktop: VirtualDesktop) -> None:
    code = "from desktop.oslayer.compositor import has_compositor; print(has_compositor())"
    root = str(Path(__file__).resolve().parents[3])
    for environment, expected in (({}, "False"), ({"WAYLAND_DISPLAY": "wayland-0"}, "True")):
        told = subprocess.run(
            [sys.executable, "-c", code],
            env=virtual_desktop.environment | {"PYTHONPATH": root} | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == expected
