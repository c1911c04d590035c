"""The settings window: a page for each section, a field for each setting, made from the schema."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.settings.option import Value
from desktop.settings.schema import OPTIONS, Settings
from desktop.ui import tokens
from desktop.ui.card_view import row
from desktop.ui.icons import icon
from desktop.ui.in_front import press_by_enter, show_in_front
from desktop.ui.setting_field import SettingField
from desktop.ui.tray_state import IconState, Mark
from desktop.ui.words import say
from desktop.ui.words_of_settings import page_name

PAGES_PX: Final = 148
SIZE_PX: Final = (680, 560)


class SettingsDialog(QWidget):
    """``saved`` carries what is different, by dotted key; storing and applying is somebody else's."""

    saved = Signal(dict)

    def __init__(self, settings: Settings) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._shown = settings
        self.fields = {key: SettingField(option) for key, option in OPTIONS.items()}
        self.sections = list(dict.fromkeys(key.partition(".")[0] for key in OPTIONS))
        self.setWindowTitle(say("settings.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.pages, self.names = QStackedWidget(), QListWidget()
        self.save = QPushButton(say("button.save"), default=True)
        self.cancel = QPushButton(say("button.cancel"))
        self.restore = QPushButton(say("settings.restore"))
        self._lay_out()
        self._connect()
        self.show_settings(settings)
        self.resize(*SIZE_PX)

    def _lay_out(self) -> None:
        for section in self.sections:
            self.names.addItem(page_name(section))
            fields = [field for key, field in self.fields.items() if key.startswith(section + ".")]
            self.pages.addWidget(page(fields))
        self.names.setAccessibleName(say("settings.pages"))
        height_px = max(tokens.SPACE_4_PX * 2, self.names.fontMetrics().lineSpacing() + tokens.SPACE_2_PX)
        self.names.setStyleSheet(f"QListWidget::item {{ height: {height_px}px }}")
        self.names.setFixedWidth(max(PAGES_PX, self.names.sizeHintForColumn(0) + tokens.SPACE_6_PX))
        middle = QHBoxLayout()
        middle.setSpacing(tokens.SPACE_4_PX)
        middle.addWidget(self.names)
        middle.addWidget(self.pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_4_PX,) * 4)
        column.setSpacing(tokens.SPACE_4_PX)
        column.addLayout(middle, 1)
        column.addLayout(row(self.restore, None, self.cancel, self.save))

    def _connect(self) -> None:
        self.names.currentRowChanged.connect(self.pages.setCurrentIndex)
        self.names.setCurrentRow(0)
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.close)
        self.restore.clicked.connect(self._restore_page)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)
        for field in self.fields.values():
            field.touched.connect(self._touched)

    def show_settings(self, settings: Settings) -> None:
        """Show these values, forgetting what was typed."""
        self._shown = settings
        for key, field in self.fields.items():
            field.show_value(settings.get(key))
        self._touched()

    def follow(self, settings: Settings) -> None:
        """Something else was set elsewhere: fields that were not touched here show it."""
        before, self._shown = self._shown, settings
        for key, field in self.fields.items():
            if settings.get(key) != before.get(key) and field.is_showing(before.get(key)):
                field.show_value(settings.get(key))

    def open(self, settings: Settings) -> None:
        """Show it in front with the values of now."""
        if not self.isVisible():
            self.show_settings(settings)
        show_in_front(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        press_by_enter(event, self.save)

    def changes(self) -> dict[str, Value]:
        """What is different from the shown settings. Raises ``BadValue``."""
        values = {key: field.value() for key, field in self.fields.items()}
        return {key: value for key, value in values.items() if value != self._shown.get(key)}

    def _touched(self) -> None:
        self.save.setEnabled(all(field.check() for field in self.fields.values()))

    def _restore_page(self) -> None:
        section = self.sections[self.pages.currentIndex()]
        for key, field in self.fields.items():
            if key.startswith(section + "."):
                field.show_value(OPTIONS[key].default)

    def _save(self) -> None:
        changes = self.changes()
        if changes:
            self.saved.emit(changes)
        self.close()


def page(fields: list[SettingField]) -> QScrollArea:
    """Fields below each other, scrolled when there are many."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, tokens.SPACE_3_PX, 0)
    column.setSpacing(tokens.SPACE_4_PX)
    for field in fields:
        column.addWidget(field)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows its fields; a stop that shows nothing is lost
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    bar_px = area.verticalScrollBar().sizeHint().width()
    area.setMinimumWidth(inside.minimumSizeHint().width() + bar_px)
    return area
