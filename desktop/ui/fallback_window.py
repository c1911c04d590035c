"""A small window with the tray's state and menu, for desktops without a tray."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui.icons import icon
from desktop.ui.menu import TrayMenu
from desktop.ui.tint import quiet
from desktop.ui.tokens import SPACE_2_PX, SPACE_3_PX, SPACE_4_PX
from desktop.ui.tray_state import IconState, Mark, TrayState
from desktop.ui.words import say

PICTURE_PX: Final = 48
WIDTH_PX: Final = 360


class FallbackWindow(QWidget):
    """State, a dictation button and the whole menu. Closing it minimises it: it is the only way in."""

    def __init__(self, menu: TrayMenu) -> None:
        super().__init__()
        self._may_close = False
        self._menu = menu
        self.setWindowTitle(say("fallback.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.picture, self.status, self.gpu = QLabel(), QLabel(), QLabel()
        self.dictation = QPushButton()
        # The window must not take the focus from the window that is dictated into.
        self.dictation.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.dictation.clicked.connect(menu.dictation.trigger)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._lay_out()
        self.setFixedWidth(WIDTH_PX)

    def _lay_out(self) -> None:
        self.status.setWordWrap(True)
        self.gpu.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(SPACE_2_PX // 2)
        words.addWidget(self.status)
        words.addWidget(self.gpu)
        top = QHBoxLayout()
        top.setSpacing(SPACE_3_PX)
        top.addWidget(self.picture)
        top.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.dictation, 1)
        buttons.addWidget(self._more_button())
        why = QLabel(say("fallback.why"))
        why.setWordWrap(True)
        quiet(why)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_4_PX, SPACE_4_PX, SPACE_4_PX, SPACE_4_PX)
        column.setSpacing(SPACE_3_PX)
        column.addLayout(top)
        column.addLayout(buttons)
        column.addWidget(why)

    def _more_button(self) -> QPushButton:
        button = QPushButton(say("fallback.more"))
        button.setMenu(self._menu)
        return button

    def show_state(self, state: TrayState) -> None:
        """The same facts as icon, tooltip and menu."""
        size = QSize(PICTURE_PX, PICTURE_PX)
        self.picture.setPixmap(icon(state.icon).pixmap(size, self.devicePixelRatio()))
        self.status.setText(state.status_line)
        self.gpu.setText("\n".join(line for line in (state.note, state.gpu_line) if line))
        self.gpu.setVisible(bool(self.gpu.text()))
        self.dictation.setText(state.dictation_label)
        self._fit_height()

    def _fit_height(self) -> None:
        """As high as the words of now need: the window grows by itself only for its first ones."""
        self._column.activate()
        self.setFixedHeight(self._column.totalHeightForWidth(WIDTH_PX))

    def close_for_good(self) -> None:
        """A tray has appeared, or the program ends."""
        self._may_close = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close or not event.spontaneous():  # the program quits: a refusal would stop that
            event.accept()
            return
        event.ignore()
        self.showMinimized()
