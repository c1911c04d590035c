"""What people say in a meeting, as captions: for looking at the window and for tests of it.

    python -m tests.fakes.captions_scenes FOLDER [SCALE [LANGUAGE [SCENE …]]]

takes a picture of every scene on a virtual desktop, with and without a compositor, over white, over black
and over something like a film.
"""

from __future__ import annotations

import sys
from pathlib import Path

from desktop.oslayer.compositor import has_compositor
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.ui_process import UiProcess
from tests.fakes.x_user import wait_until

SETUP = """
from desktop.core.captions_view import CaptionsLine as Line, CaptionsState as State, CaptionsView as View
from desktop.oslayer.compositor import has_compositor
from desktop.ui.captions_look import CaptionsLook as Look
from desktop.ui.captions_window import CaptionsWindow
def box(window):
    g = window.geometry()
    return [g.x(), g.y(), g.width(), g.height()]
def said(*lines, state=State.LIVE, notice=""):
    made = [Line(key, *line, is_final=not line[2]) for key, line in enumerate(lines, 1)]
    return View(tuple(made), state, notice)
"""
BEHIND = """
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QLabel
import random
def film(width, height):
    chance = random.Random(5)
    picture = QPixmap(width, height)
    painter = QPainter(picture)
    sky = QLinearGradient(0, 0, width, height)
    for place, colour in ((0, "#F7E9C8"), (0.4, "#5A8FB5"), (0.7, "#E8743B"), (1, "#1A2A18")):
        sky.setColorAt(place, QColor(colour))
    painter.fillRect(picture.rect(), sky)
    for _ in range(1500):
        colour = QColor.fromHsv(chance.randrange(360), chance.randrange(200), chance.randrange(256), 140)
        side = chance.randrange(4, 60)
        painter.fillRect(chance.randrange(width), chance.randrange(height), side, side, colour)
    painter.end()
    return picture
behind = QLabel()
behind.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)
behind.setGeometry(app.primaryScreen().geometry())
behind.setScaledContents(True)
def put_behind(name):
    colour = {"white": "#FFFFFF", "black": "#000000"}.get(name)
    picture = film(1280, 800)
    if colour:
        picture.fill(QColor(colour))
    behind.setPixmap(picture)
    behind.show()
    behind.lower()
"""
ENGLISH = (
    ("Others", "Good morning, and thank you all for coming.", ""),
    ("Others", "Before we begin, is there anything left from last week that we should talk about?", ""),
    ("Me", "Yes, the second measurement is still open. I will ", "send you the"),
)
CHINESE = (
    ("对方", "大家早上好，感谢各位今天到场。我们先看第一个议题：上周的结果（第二部分）还没有全部确认。", ""),
    ("我", "好的，我来补充一点。GPU 的占用率已经降到 30% 以下，", "明天可以发"),
)
MIXED = (
    ("Others", "Look 👩‍👩‍👧 👍🏽 🇩🇪 and 🎉 in the middle of a sentence, then é, Ǻ and ḝ.", ""),
    ("Me", "مرحبا بكم في اجتماع اليوم، لدينا 3 نقاط عن GPU ونبدأ الآن ", "بالنقطة الأولى"),
)
LONG_WORDS = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsaufsichtsrat "
    "is one word, and pneumonoultramicroscopicsilicovolcanoconiosis "
)
LONG = (("Others", LONG_WORDS, "another"),)
TROUBLE = "state=State.TROUBLE, notice="
SILERO = "The speech detector Silero is not installed; a simpler one listens, which noise can fool."
SCENES = {
    "english": f"Look(), said(*{ENGLISH!r})",
    "chinese": f"Look(), said(*{CHINESE!r})",
    "mixed": f"Look(lines=3), said(*{MIXED!r})",
    "long": f"Look(), said(*{LONG!r})",
    "six": f"Look(lines=6), said(*{(*ENGLISH, *CHINESE)!r})",
    "one": f"Look(lines=1, font_px=20), said(*{ENGLISH!r})",
    "calm": f"Look(), said(*{[(who, text, '') for who, text, _ in ENGLISH]!r})",
    "large": f"Look(font_px=56, width_percent=90), said(*{ENGLISH!r})",
    "clear": f"Look(opacity_percent=0), said(*{ENGLISH!r})",
    "light": f"Look(text_colour='#171B22', ground_colour='#FCFCFD'), said(*{ENGLISH!r})",
    "notice": f"Look(), said(*{ENGLISH!r}, {TROUBLE}'There is no sound output to listen to.')",
    "long-notice": f"Look(width_percent=30), said(*{ENGLISH!r}, {TROUBLE}{SILERO!r})",
    "paused": f"Look(), said(*{ENGLISH!r}, state=State.PAUSED)",
    "loading": "Look(), said(state=State.LOADING)",
    "hovered": f"Look(), said(*{ENGLISH!r})",
    "waiting": "Look(), said()",
}


def start_compositor(desktop: VirtualDesktop) -> None:
    """Blend windows from now on."""
    desktop.start(["xcompmgr"])
    wait_until(lambda: has_compositor(desktop.environment), "the compositor is up")


def take_pictures(folder: Path, scale: int, names: list[str], language: str = "en") -> None:
    """A picture of each scene over each ground."""
    with VirtualDesktop(screen=f"{1280 * scale}x{800 * scale}x24") as desktop:
        for is_blended in (False, True):
            if is_blended:
                start_compositor(desktop)
            ui = UiProcess(desktop, QT_SCALE_FACTOR=str(scale))
            ui.run(f"from desktop.ui.words import choose_language; choose_language({language!r})")
            ui.run(SETUP + BEHIND)
            for ground in ("white", "black", "film") if is_blended else ("film",):
                ui.run(f"put_behind({ground!r})")
                for name in names:
                    ui.run(f"""
                        look, view = {SCENES[name]}
                        window = CaptionsWindow(look, has_compositor={is_blended}, reduced_motion=True)
                        window.set_click_through({name != "hovered"})
                        window.show_captions(view)
                    """)
                    ui.until("window.isVisible()")
                    if name == "hovered":
                        desktop.run(["xdotool", "mousemove", str(640 * scale), str(735 * scale)])
                        ui.until("window._is_hovered")
                    ui.ask("[app.processEvents() for _ in range(20)] and None")
                    kind = "blended" if is_blended else "plain"
                    desktop.screenshot(folder / f"{name}-{ground}-{kind}-{scale}x-{language}.png")
                    ui.run("window.hide()")
            ui.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    scale_, language_, *names_ = [*sys.argv[2:], "1", "en"][:2] if len(sys.argv) < 4 else sys.argv[2:]
    take_pictures(target, int(scale_), names_ or list(SCENES), language_)
