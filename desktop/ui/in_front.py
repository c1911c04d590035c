"""Ordinary windows in front of the user: no larger than the screen, for their buttons are at their end."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

FRAME_PX: Final = (16, 48)
"""Room for the borders and the title that the window manager adds; they are not known before."""


def show_in_front(window: QWidget) -> None:
    """Show it, also if it was minimised or lies behind others."""
    if not window.isVisible():
        fit_screen(window)
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def fit_screen(window: QWidget) -> None:
    """Make it smaller where the screen is: the one under the pointer, where new windows appear."""
    window.resize(window.size().boundedTo(room_for(window)))


def room_for(window: QWidget) -> QSize:
    """The largest that a window may be."""
    screen = QGuiApplication.screenAt(QCursor.pos()) or window.screen()
    return screen.availableGeometry().size() - QSize(*FRAME_PX)


def press_by_enter(event: QKeyEvent, default: QPushButton) -> None:
    """Enter presses the button that has the focus, else ``default``, as it does in dialogs."""
    if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        event.ignore()
        return
    focused = QApplication.focusWidget()
    button = focused if isinstance(focused, QPushButton) else default
    if button.isVisible():
        button.click()
