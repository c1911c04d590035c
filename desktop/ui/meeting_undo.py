"""What was deleted in the window of meetings and can still be taken back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.ui import tokens
from desktop.ui.words import say

PLAIN: Final = Qt.TextFormat.PlainText


class DeletedMeetings(QWidget):
    """A bar that tells what was deleted last. ``changed`` carries the keys of all that is deleted now."""

    changed = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self._deleted: list[tuple[list[str], str]] = []
        self.text, self.undo = QLabel(wordWrap=True, textFormat=PLAIN), QPushButton(say("meetings.undo"))
        bar = QHBoxLayout(self)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(tokens.SPACE_3_PX)
        bar.addWidget(self.text, 1)
        bar.addWidget(self.undo)
        self.undo.clicked.connect(self.take_back)
        self.hide()

    @property
    def keys(self) -> list[str]:
        """Of all meetings that are deleted."""
        return [key for keys, _ in self._deleted for key in keys]

    def add(self, keys: list[str], sentence: str) -> None:
        """These are deleted; ``sentence`` says so."""
        self._deleted.append((keys, sentence))
        self._tell()

    def take_back(self) -> None:
        """What was deleted last is there again."""
        if self._deleted:
            self._deleted.pop()
            self._tell()

    def forget(self) -> None:
        """Nothing can be taken back any more."""
        self._deleted.clear()
        self._tell()

    def _tell(self) -> None:
        self.text.setText(self._deleted[-1][1] if self._deleted else "")
        self.setVisible(bool(self._deleted))
        self.changed.emit(self.keys)
