"""The captions for screen readers: the text on show as a name, each finished sentence as an announcement."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.core.captions_view import CaptionsLine, CaptionsView

KEPT_KEYS: Final = 64


class SpokenCaptions(QLabel):
    """Lies over the text, draws nothing and takes no clicks. A reader announces politely, never in between.

    What may still change is in the name but is not announced, because a word once spoken cannot be taken
    back; a sentence is announced once, also when the second pass replaces it.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._announced: dict[int, None] = {}
        self._notice = ""

    def tell(self, view: CaptionsView, text: str, notice: str) -> None:
        """``text`` is what can be read in the window, ``notice`` what its strip says."""
        whole = "\n".join(filter(None, (text, notice)))
        if whole != self.accessibleName():
            self.setAccessibleName(whole)
        for line in view.lines:
            if line.is_final and line.key not in self._announced:
                self._announced[line.key] = None
                self._announce(sentence_of(line))
        for old in list(self._announced)[:-KEPT_KEYS]:
            del self._announced[old]
        if notice and notice != self._notice:
            self._announce(notice)
        self._notice = notice

    def _announce(self, text: str) -> None:
        if text and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Nothing: the window draws the words."""


def sentence_of(line: CaptionsLine) -> str:
    """What is announced: who said what."""
    return f"{line.speaker}: {line.committed}" if line.speaker and line.committed else line.committed
