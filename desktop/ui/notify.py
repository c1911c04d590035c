"""Tells the user something outside a dictation: by the desktop's notifications, else by the overlay."""

from __future__ import annotations

import sys
from collections import deque
from typing import Final

from PySide6.QtCore import QObject, QTimer

from desktop.core.commands import OverlayView, Phase
from desktop.ui.overlay import Overlay
from desktop.ui.tray import Tray
from desktop.ui.words import translated

SERVICE: Final = "org.freedesktop.Notifications"
READING_MS: Final = 6000
LOOK_AGAIN_MS: Final = 1000
MOST_WAITING: Final = 4
"""Of more, the oldest are dropped: they are old news."""


class Notifier(QObject):
    """``tell`` for problems, ``say`` for good news; neither waits."""

    def __init__(self, tray: Tray, overlay: Overlay) -> None:
        super().__init__()
        self._tray = tray
        self._overlay = overlay
        self._waiting: deque[OverlayView] = deque(maxlen=MOST_WAITING)

    def tell(self, sentence: str, remedy: str) -> None:
        """Something is wrong, and what to do about it."""
        sentence, remedy = translated(sentence), translated(remedy)
        if not self._notify(sentence, remedy):
            self._show(OverlayView(Phase.FAILED, committed=sentence, notice=remedy))

    def say(self, sentence: str) -> None:
        """Something worth a line."""
        sentence = translated(sentence)
        if not self._notify(sentence, ""):
            self._show(OverlayView(Phase.LANDED, committed=sentence))

    def _notify(self, title: str, text: str) -> bool:
        return has_notifications() and self._tray.notify(title, text)

    def _show(self, view: OverlayView) -> None:
        """A running dictation keeps the overlay; messages wait until it is free, one after the other."""
        if view in self._waiting:
            return
        self._waiting.append(view)
        if len(self._waiting) == 1:
            self._try_to_show()

    def _try_to_show(self) -> None:
        if not self._overlay.isVisible():
            self._overlay.show_view(self._waiting.popleft())
            self._overlay.hide_after(READING_MS)
        if self._waiting:
            QTimer.singleShot(LOOK_AGAIN_MS, self, self._try_to_show)


def has_notifications() -> bool:
    """Whether a message would be seen. Asks the session bus on Linux (about 1 ms)."""
    if not sys.platform.startswith("linux"):
        return True
    from PySide6.QtDBus import QDBusConnection

    if not QDBusConnection.sessionBus().isConnected():
        return False
    bus = QDBusConnection.sessionBus().interface()
    return bool(bus.isServiceRegistered(SERVICE).value()) or SERVICE in bus.activatableServiceNames().value()
