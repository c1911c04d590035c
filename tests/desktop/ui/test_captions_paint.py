"""The picture of captions, pixel by pixel: readable over anything, and still where nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from desktop.oslayer.virtual_desktop import VirtualDesktop
from desktop.ui.captions_look import (
    CaptionsLook,
    away_from,
    blended,
    colours_of,
    contrast,
    luminance,
    parts,
)
from tests.fakes.captions_scenes import SETUP, start_compositor
from tests.fakes.ui_process import UiProcess

COLOURS = ("#F4F6FA", "#000000", "#FF0000", "#0000FF", "#FFD400", "#808080", "#123456", "#00FF00")
PICTURES = """
import random
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPainter
from desktop.ui.captions_layout import Row
from desktop.ui.captions_look import contrast
from desktop.ui.captions_paint import row_picture, style_of

def ground_of(name, size):
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(name if name != "noise" else "black"))
    chance = random.Random(7)
    if name == "noise":
        for y in range(image.height()):
            for x in range(image.width()):
                image.setPixelColor(x, y, QColor(*(chance.randrange(256) for _ in range(3))))
    return image

def over(name, row, style):
    picture = row_picture(row, style)
    picture.setDevicePixelRatio(1.0)
    image = ground_of(name, picture.size())
    painter = QPainter(image)
    painter.drawPixmap(0, 0, picture)
    painter.end()
    return image

def least_contrast(name, row, look, ratio):
    '''Of full letter pixels against the nearest pixels outside of the letters, over this ground.'''
    style = style_of(look, ratio)
    letters = over(name, row, style)
    bare = over(name, row, style_of(replace(look, outline_px=0), ratio))
    ground = ground_of(name, letters.size())
    certain = QColor(style.colours.text).rgb()
    faded = over("black", row, style)
    inks = {certain, tentative_of(style)}
    found = []
    for y in range(2, letters.height() - 2):
        for x in range(2, letters.width() - 2):
            if letters.pixel(x, y) not in inks:
                continue
            for beside in ring(x, y, 2 * round(ratio)):
                if 0 <= beside[0] < letters.width() and bare.pixel(*beside) == ground.pixel(*beside):
                    one, other = (QColor(letters.pixel(*at)).name() for at in ((x, y), beside))
                    found.append(contrast(one, other))
    return [len(found), min(found)]

def ring(x, y, r):
    return [(x - r, y), (x + r, y), (x, y - r), (x, y + r)]

def tentative_of(style):
    from desktop.ui.captions_look import blended
    return QColor(blended(style.colours.text, style.colours.outline, style.colours.tentative_strength)).rgb()

from dataclasses import replace
"""


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop)
    process.run(SETUP + PICTURES)
    yield process
    process.close()


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_can_be_read_on_its_outline(colour: str) -> None:
    colours = colours_of(CaptionsLook(text_colour=colour))
    tentative = blended(colours.text, colours.outline, colours.tentative_strength)
    assert contrast(colours.text, colours.outline) >= 10.0
    for each in (tentative, colours.label, colours.attention):
        assert contrast(each, colours.outline) >= 7.0
    for ground in COLOURS:
        controls = colours_of(CaptionsLook(text_colour=colour, ground_colour=ground)).controls
        assert contrast(controls, ground) >= 3.0
    assert contrast(colours.text, tentative) >= 1.3, "certain and uncertain can be told apart"


def test_contrast() -> None:
    assert contrast("#FFFFFF", "#000000") == contrast("#000000", "#FFFFFF") == 21.0
    assert round(contrast("#777777", "#FFFFFF"), 2) == 4.48
    assert (luminance("#000000"), luminance("#FFFFFF")) == (0.0, pytest.approx(1.0))
    assert away_from("#000000", "#FFD400", 7.0) == "#FFD400", "a colour that can be read stays"
    for wrong in ("red", "#12345", "#12345G", ""):
        with pytest.raises(ValueError, match=r"colour|invalid"):
            parts(wrong)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("ground", ["white", "black", "noise", "#8A8A8A"])
def test_letters_reach_7_to_1_over_any_ground(ui: UiProcess, ground: str, ratio: float) -> None:
    """No ground at all under the letters: only their outline helps."""
    look = "Look(opacity_percent=0)"
    for text in ("Committed, tentative", "已确定，未确定"):
        row = f"Row(1, 0, '', {text!r}, (({len(text) // 2}, {len(text)}),))"
        count, least = ui.ask(f"least_contrast({ground!r}, {row}, {look}, {ratio})")
        assert count > 100
        assert least >= 7.0


def test_what_stays_does_not_move_when_it_becomes_certain(ui: UiProcess) -> None:
    """Shape and place of letters are the same, committed or not, in every script."""
    ui.run("""
        def shape(tentative, text):
            row = Row(1, 0, "Me", text, tentative, text.startswith("م"))
            image = row_picture(row, style_of(Look(), 1.0)).toImage()
            across, down = range(image.width()), range(image.height())
            return [[image.pixelColor(x, y).alpha() for x in across] for y in down]
    """)
    for text in ("AVAVA office To", "我们看第一个议题", "مرحبا بكم في", "👍🏽 and 👩‍👩‍👧"):
        spans = [(), ((3, len(text)),), ((0, len(text)),)]
        ui.run(f"shapes = [shape(span, {text!r}) for span in {spans!r}]")
        assert ui.ask("shapes[0] == shapes[1] == shapes[2] and any(map(any, shapes[0]))")


def test_a_picture_has_nothing_of_the_one_before(ui: UiProcess) -> None:
    """They are drawn on the same sheets."""
    ui.run("""
        look = Look(outline_px=6)
        short, long = Row(1, 0, "", "so"), Row(2, 0, "Others", "WWW 很长的一行 long")
        used, fresh = style_of(look, 2.0), style_of(look, 2.0)
        pictures = [row_picture(row, used).toImage() for row in (long, short)]
        same = pictures[1] == row_picture(short, fresh).toImage()
    """)
    assert ui.ask("same")


def test_rows_that_are_complete_keep_every_pixel(ui: UiProcess) -> None:
    """One word after the other is said, at first uncertain; each picture is compared with the one before."""
    ui.run("""
        window = CaptionsWindow(Look(lines=4), reduced_motion=True)
        window.set_click_through(True)
        words = ("so this is what we measured last week in two runs, 第一次和第二次的结果都在这里，"
                 "and nobody should be surprised that the third one took so much longer").split(" ")
        def rows():
            card, page, face = window._card_box(), window._face.page, window._face
            image = window.grab().toImage()
            line = face.style.line_px
            boxes = [face.row_box(page.first + at, card) for at in range(len(page.visible))]
            cut = [image.copy(QRect(0, box.top() + 8, image.width(), line)) for box in boxes]
            return [(row, bytes(part.constBits())) for row, part in zip(page.visible, cut)]
        compared, changed, last = 0, [], []
        for count in range(1, len(words)):
            done, guess = " ".join(words[:count]), " " + words[count]
            window.show_captions(said(("Others", done, guess)))
            now = rows()
            for row, picture in last[:-1]:
                for other, later in now:
                    if other.text == row.text:
                        compared += 1
                        if later != picture:
                            changed.append(row.text)
            last = [each for each in now if not each[0].tentative] + [("end", b"")]
    """)
    assert ui.ask("compared") > 20
    assert ui.ask("changed") == []


def test_only_what_changed_is_painted(ui: UiProcess) -> None:
    ui.run("""
        window = CaptionsWindow(Look(lines=3), reduced_motion=True)
        window.set_click_through(True)
        long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        window.show_captions(said(("", long, "")))
        painted, paint = [], window.paintEvent
        def watch(event):
            painted.append(event.rect().getRect())
            paint(event)
        window.paintEvent = watch
    """)
    ui.until("window.windowHandle().isExposed()")
    ui.ask("app.processEvents()")
    ui.run("window.repaint(); painted.clear(); window.show_captions(said(('', long + 'fifteen', '')))")
    ui.until("painted")
    line = ui.ask("window._face.style.line_px")
    assert ui.ask("max(height for _, _, _, height in painted)") <= line + 16
    assert ui.ask("max(width for _, _, width, _ in painted) <= window.width() // 2")
    ui.run("painted.clear(); window.show_captions(said(('', long + 'fifteen', '')))")
    ui.ask("app.processEvents()")
    assert ui.ask("painted") == [], "the same again costs nothing"


def test_what_is_not_painted_again_looks_the_same(ui: UiProcess) -> None:
    """Left of what is painted anew, the pictures of a row before and after it grew are equal."""
    ui.run("""
        from PySide6.QtCore import QRect
        from desktop.ui.captions_face import SIDE_PX, CaptionsFace
        from desktop.ui.captions_paint import BLEED_PX
        compared, differ = 0, []
        def grow(text, ratio):
            global compared
            face, last, card = CaptionsFace(style_of(Look(lines=1), ratio), 2000), None, QRect(0, 0, 2000, 80)
            words = text.split(" ")
            for count in range(1, len(words)):
                before = face.page
                face.show(said(("Others", " ".join(words[:count]), " " + words[count])))
                picture = row_picture(face.page.rows[0], face.style).toImage()
                boxes = list(face.changed_boxes(before, card))
                left = round((boxes[0].left() - SIDE_PX + BLEED_PX) * ratio) if boxes[0].left() else 0
                if last is not None and left:
                    compared += 1
                    both = [each.copy(0, 0, left, each.height()) for each in (last, picture)]
                    if both[0] != both[1]:
                        differ.append((words[count], ratio))
                last = picture
    """)
    for text in (
        "AVA To wait for office VAV, fine T o “Wolf” jig fjord To VA",
        "so ist es über Ähre fünf ½ jedes Jahr 第一次 and more of that",
        "we say مرحبا بكم here and there once more again",
    ):
        ui.run(f"for ratio in (1.0, 1.5, 2.0): grow({text!r}, ratio)")
    assert ui.ask("compared") > 30
    assert ui.ask("differ") == []


def test_roll_is_short_and_off_with_reduced_motion(ui: UiProcess) -> None:
    ui.run("""
        def rolled(window):
            steps = []
            window._roll.stepped.connect(lambda: steps.append(window._roll.offset_px))
            for count in (3, 30, 40):
                window.show_captions(said(("", "one two three four five " * count, "")))
            return steps
        smooth, still = CaptionsWindow(), CaptionsWindow(reduced_motion=True)
        steps, none = rolled(smooth), rolled(still)
    """)
    ui.until("len(steps) > 2 and steps[-1] == 0.0")
    assert ui.ask("smooth._roll._motion.duration()") <= 150
    assert ui.ask("steps[0]") <= 2 * ui.ask("smooth._face.style.line_px")
    assert ui.ask("none") == []


@pytest.mark.parametrize("has_compositor", [False, True])
def test_ground_is_translucent_where_it_can_be(has_compositor: bool, tmp_path: Path) -> None:
    with VirtualDesktop() as desktop:
        if has_compositor:
            start_compositor(desktop)
        ui = UiProcess(desktop)
        ui.run(SETUP)
        ui.run(f"""
            from PySide6.QtCore import Qt
            from PySide6.QtWidgets import QLabel
            behind = QLabel()
            behind.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)
            behind.setStyleSheet("background: white")
            behind.setGeometry(0, 0, 1280, 800)
            behind.show()
            motion = dict(has_compositor={has_compositor}, reduced_motion=True)
            window = CaptionsWindow(Look(opacity_percent=50), **motion)
            window.set_click_through(True)
            window.show_captions(said(("", "hello", "")))
        """)
        ui.until("window.windowHandle().isExposed()")
        wanted = "#8d8f93" if has_compositor else "#1b1f27"
        seen = ""
        for _ in range(100):
            desktop.screenshot(tmp_path / "screen.png")
            picture = QImage(str(tmp_path / "screen.png"))
            seen = picture.pixelColor(900, 720).name()
            if seen == wanted:
                break
        assert seen == wanted
        assert picture.pixelColor(256, 672) == QColor("white"), "the corner shows what is behind"
        assert picture.pixelColor(640, 660) == QColor("white"), "so does the strip that is not on show"
        ui.close()
