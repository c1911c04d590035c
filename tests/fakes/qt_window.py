"""Other people's Qt programs, run as processes of their own: ``qt_window.py ROLE FOLDER``.

edit     a QTextEdit; its text is in FOLDER/text after every change
deaf     a window that takes keys but knows no paste; the typed text is in FOLDER/text
keys     a window that lists the keys it gets in FOLDER/text, whatever their modifiers
history  a clipboard history: reads the clipboard whenever it changes, into FOLDER/history
source   puts text, HTML and a picture on CLIPBOARD, other text and HTML on PRIMARY, then serves them
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

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
    image.save(buffer, "PNG")
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


def main() -> int:
    """Play the role until stopped."""
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
    else:
        offer(clipboard)
    write("ready", "")
    return app.exec()


sys.exit(main())
