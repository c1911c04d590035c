"""Text in a colour of ours that follows the desktop when it turns dark or light, at any hour."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from desktop.ui import tokens
from desktop.ui.overlay import is_dark_desktop

Choose = Callable[[tokens.Theme], str]


class Tint(QObject):
    """Belongs to its label. ``choose`` takes the colour out of a theme."""

    def __init__(self, label: QLabel, choose: Choose) -> None:
        super().__init__(label)
        self._label, self._choose = label, choose
        hints = QGuiApplication.styleHints()
        # queued: the palette, which tells what the windows really look like, is changed after the hint
        hints.colorSchemeChanged.connect(self._paint, Qt.ConnectionType.QueuedConnection)
        self._paint()

    def _paint(self) -> None:
        self._label.setStyleSheet(f"color: {self._choose(tokens.theme(is_dark_desktop()))}")


def quiet(label: QLabel) -> None:
    """Text that need not be read."""
    Tint(label, lambda theme: theme.quiet_text)


def striking(label: QLabel) -> None:
    """Text that must be read: something is wrong."""
    Tint(label, lambda theme: theme.attention)
