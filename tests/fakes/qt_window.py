"""Other people's Qt programs, run as processes of their own: ``qt_window.py ROLE FOLDER``.

edit     a QTextEdit; its text is in FOLDER/text after every change
deaf     a window that takes keys but knows no paste; the typed text is in FOLDER/text
keys     a window that lists the keys it gets in FOLDER/text, whatever their modifiers
history  a clipboard history: reads the clipboard whenever it changes, into FOLDER/history
manager  a clipboard manager: keeps the text when the owner of the clipboard leaves (SAVE_TARGETS)
tool     keeps selections alike: takes each over as soon as anybody owns it, with the same text
picture  copies a picture in two formats; one of them takes longer to make than anybody waits
source   puts text, HTML and a picture on CLIPBOARD, other text and HTML on PRIMARY, then serves them
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from Xlib import X, Xatom

from desktop.oslayer.injection.offer import Content, Offer
from desktop.oslayer.injection.owner import SelectionOwner
from desktop.oslayer.injection.port import XPort
from desktop.oslayer.injection.reader import SelectionReader

ROLE, FOLDER = sys.argv[1], Path(sys.argv[2])
PICTURE_SIDE = 700  # of noise: well over one X request, so it goes in pieces


def write(name: str, text: str) -> None:
    """Replace a file in one step, for whoever reads it meanwhile."""
    new = FOLDER / f"{name}.new"
    new.write_text(text, encoding="utf-8")
    new.replace(FOLDER / name)


class Edit(QtWidgets.QTextEdit):
    """A text field like those of many programs."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptRichText(False)
        self.textChanged.connect(lambda: write("text", self.toPlainText()))


class Deaf(QtWidgets.QWidget):
    """Takes characters, ignores Shift+Insert."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        write("text", "")

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        self._text += event.text()
        write("text", self._text)


class Keys(QtWidgets.QWidget):
    """Takes keys with their modifiers."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        self._text += f"{QtGui.QKeySequence(event.key()).toString()} "
        write("text", self._text)


def picture() -> bytes:
    """A PNG of noise."""
    image = QtGui.QImage(
        os.urandom(PICTURE_SIDE * PICTURE_SIDE * 4),
        PICTURE_SIDE,
        PICTURE_SIDE,
        QtGui.QImage.Format.Format_RGB32,
    )
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    QtGui.QImageWriter(buffer, QtCore.QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def offer(clipboard: QtGui.QClipboard) -> None:
    """Copy something rich."""
    rich = QtCore.QMimeData()
    rich.setText("old 文字")
    rich.setHtml("<b>old</b>")
    rich.setData("image/png", picture())
    clipboard.setMimeData(rich, QtGui.QClipboard.Mode.Clipboard)
    selected = QtCore.QMimeData()
    selected.setText("selected")
    selected.setHtml("<i>selected</i>")
    clipboard.setMimeData(selected, QtGui.QClipboard.Mode.Selection)


def manage() -> int:
    """A clipboard manager as the X rules describe it; Qt has none inside."""
    port = XPort()
    reader = SelectionReader(port)
    clipboard, manager = port.atom("CLIPBOARD"), port.atom("CLIPBOARD_MANAGER")
    saved: list[Offer | None] = []

    def save(event: Any) -> None:
        if event.selection == manager:
            saved.append(reader.read(clipboard))

    port.on(X.SelectionRequest, save)  # before the owner's handler: it answers when all is saved
    owner = SelectionOwner(port)
    owner.own(manager, Offer({port.atom("SAVE_TARGETS"): Content(port.atom("NULL"), 32, ())}))
    write("ready", "")
    while True:
        port.pump(0.05)
        if saved and saved[-1] is not None:
            owner.own(clipboard, saved.pop() or Offer({}))


def take_over() -> int:
    """A clipboard tool that synchronises, like autocutsel."""
    port = XPort()
    reader, owner = SelectionReader(port), SelectionOwner(port)
    connection = port.connection
    connection.xfixes_query_version()
    selections = (port.atom("CLIPBOARD"), int(Xatom.PRIMARY))
    for selection in selections:
        connection.xfixes_select_selection_input(port.window, selection, 1)
    taken: list[int] = []

    def changed(event: Any) -> None:
        if event.owner.id != port.window.id:
            taken.append(event.selection)

    port.on(connection.query_extension("XFIXES").first_event, changed)
    connection.sync()
    write("ready", "")
    while True:
        port.pump(60.0, lambda: bool(taken))
        while taken:
            selection = taken.pop()
            text = Content(port.atom("UTF8_STRING"), 8, reader.text(selection))
            owner.own(selection, Offer({text.kind: text}))


class SlowPicture(QtCore.QMimeData):
    """An XPM of a picture takes seconds, and nothing else is answered meanwhile."""

    def formats(self) -> list[str]:
        return ["image/xpm", "image/png"]

    def retrieveData(self, mime_type: str, _type: object) -> object:
        if mime_type == "image/xpm":
            time.sleep(60.0)
        return QtCore.QByteArray(picture())


def main() -> int:
    """Play the role until stopped."""
    if ROLE == "manager":
        return manage()
    if ROLE == "tool":
        return take_over()
    app = QtWidgets.QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    clipboard = app.clipboard()
    window: QtWidgets.QWidget | None = None
    windows = {"edit": Edit, "deaf": Deaf, "keys": Keys}
    if ROLE in windows:
        window = windows[ROLE]()
        window.setWindowTitle(ROLE)
        window.resize(500, 200)
        window.show()
    elif ROLE == "history":
        clipboard.dataChanged.connect(lambda: write("history", clipboard.text()))
    elif ROLE == "picture":
        clipboard.setMimeData(SlowPicture())
    else:
        offer(clipboard)
    write("ready", "")
    return app.exec()


sys.exit(main())
