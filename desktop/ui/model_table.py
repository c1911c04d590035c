"""The list in the window of models: one row for each, one can be selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from desktop.ui import tokens
from desktop.ui.words import say

COLUMNS: Final = ("models.name", "models.for", "models.languages", "models.size", "models.state")
LANGUAGES_COLUMN: Final = 2
SIZE_COLUMN: Final = 3


class ModelTable(QTreeWidget):
    """Rows are updated in place: a selected one stays selected."""

    def __init__(self) -> None:
        super().__init__()
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels([say(key) for key in COLUMNS])
        self.setStyleSheet(f"QTreeWidget::item {{ padding: {tokens.SPACE_PX}px {tokens.SPACE_2_PX}px }}")
        self.headerItem().setTextAlignment(SIZE_COLUMN, Qt.AlignmentFlag.AlignRight)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(LANGUAGES_COLUMN, QHeaderView.ResizeMode.Stretch)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these texts, one for each column."""
        while self.topLevelItemCount() > len(rows):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(rows):
            self.addTopLevelItem(make_item())
        for at, row in enumerate(rows):
            if item := self.topLevelItem(at):
                for column, text in enumerate(row):
                    item.setText(column, text)

    def select_row(self, at: int) -> None:
        """Select a row, if there is one."""
        if item := self.topLevelItem(at):
            self.setCurrentItem(item)

    @property
    def selected_row(self) -> int:
        """The selected row; -1 for none."""
        item = self.currentItem()
        return self.indexOfTopLevelItem(item) if item else -1


def make_item() -> QTreeWidgetItem:
    """A row; its size stands at the right of its column."""
    item = QTreeWidgetItem()
    item.setTextAlignment(SIZE_COLUMN, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
