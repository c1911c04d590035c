"""The tray's submenu for live captions."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.ui.words import say


@dataclass(frozen=True, slots=True)
class CaptionsRow:
    """How captions are doing."""

    is_on: bool = False
    is_paused: bool = False
    is_locked: bool = False


class CaptionsMenu(QMenu):
    """Start and end, pause, bookmark, click-through, meetings."""

    toggled_captions = Signal()
    pause_requested = Signal()
    bookmark_requested = Signal()
    lock_requested = Signal()
    meetings_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(say("menu.captions"), parent)
        self.toggle = self.addAction("")
        self.pause = self.addAction(say("menu.captions-pause"))
        self.pause.setCheckable(True)
        self.bookmark = self.addAction(say("menu.captions-bookmark"))
        self.addSeparator()
        self.lock = self.addAction(say("menu.captions-lock"))
        self.lock.setCheckable(True)
        self.meetings = self.addAction(say("menu.meetings"))
        self.toggle.triggered.connect(self.toggled_captions)
        self.pause.triggered.connect(self.pause_requested)
        self.bookmark.triggered.connect(self.bookmark_requested)
        self.lock.triggered.connect(self.lock_requested)
        self.meetings.triggered.connect(self.meetings_requested)
        self.show_state(CaptionsRow())

    def show_state(self, row: CaptionsRow) -> None:
        """Ticks follow the program, not the click."""
        self.toggle.setText(say("menu.captions-end" if row.is_on else "menu.captions-start"))
        self.pause.setEnabled(row.is_on)
        self.pause.setChecked(row.is_paused)
        self.bookmark.setEnabled(row.is_on)
        self.lock.setChecked(row.is_locked)
