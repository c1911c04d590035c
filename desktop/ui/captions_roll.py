"""The motion of captions: rows that roll up by whole lines, a window that fades in and out."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QPropertyAnimation, QTimer, QVariantAnimation, Signal
from PySide6.QtWidgets import QWidget

from desktop.ui import tokens


class Roll(QObject):
    """How far the rows are still below their place. ``stepped`` asks for a new picture."""

    stepped = Signal()

    def __init__(self, parent: QObject, *, is_smooth: bool) -> None:
        super().__init__(parent)
        self.offset_px = 0.0
        self.is_smooth = is_smooth
        self._motion = QVariantAnimation(self, duration=tokens.FADE_MS)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._step)

    def by(self, rise_px: float, most_px: float) -> None:
        """The rows have just risen by this much in their list; let them be seen to rise.

        What is still to come of an earlier rise is added, at most ``most_px``.
        """
        if not self.is_smooth:
            return
        self._motion.stop()
        self._motion.setStartValue(float(min(self.offset_px + rise_px, most_px)))
        self._motion.setEndValue(0.0)
        self._motion.start()

    def _step(self, offset_px: float) -> None:
        if round(offset_px) != self.offset_px:
            self.offset_px = float(round(offset_px))
            self.stepped.emit()


class Fading(QObject):
    """Shows and hides a window, by fading where windows are blended and motion is wanted."""

    def __init__(self, window: QWidget, *, is_smooth: bool) -> None:
        super().__init__(window)
        self._window, self.is_smooth = window, is_smooth
        self._is_used = self._is_unwanted = self._is_leaving = False
        self._waiting = QTimer(self, singleShot=True)
        self._waiting.timeout.connect(self._time_is_up)
        self._motion = QPropertyAnimation(window, b"windowOpacity", self)
        self._motion.setDuration(tokens.FADE_MS)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.finished.connect(self._finished)

    def appear(self) -> None:
        """Be there."""
        self._waiting.stop()
        is_there = self._window.isVisible() and not self._is_leaving
        self._is_unwanted = self._is_leaving = False
        if is_there:
            return
        if self.is_smooth:
            self._fade_to(1.0, start=self._window.windowOpacity() if self._window.isVisible() else 0.0)
        elif self._window.windowOpacity() < 1.0:  # it faded away when motion was still wanted
            self._motion.stop()
            self._window.setWindowOpacity(1.0)
        self._window.show()
        self._window.raise_()

    def leave_after(self, ms: int) -> None:
        """Be gone then, unless it is to appear before that; while it is used it stays."""
        self._waiting.start(max(0, ms))

    def use(self, is_used: bool) -> None:
        """The pointer came or went."""
        self._is_used = is_used
        if self._is_unwanted and not is_used:
            self.leave()

    def leave(self) -> None:
        """Be gone."""
        self._waiting.stop()
        if self.is_smooth and self._window.isVisible():
            self._is_leaving = True
            self._fade_to(0.0, start=self._window.windowOpacity())
        else:
            self._window.hide()

    def _time_is_up(self) -> None:
        self._is_unwanted = True
        if not self._is_used:
            self.leave()

    def _fade_to(self, end: float, start: float) -> None:
        self._motion.stop()
        self._motion.setStartValue(start)
        self._motion.setEndValue(end)
        self._window.setWindowOpacity(start)
        self._motion.start()

    def _finished(self) -> None:
        if self._is_leaving:
            self._is_leaving = False
            self._window.hide()
