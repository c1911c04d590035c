"""The list of meetings: a row for each, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.history.meeting import Found
from desktop.ui.meetings_view import row_story, row_title

Index = QModelIndex | QPersistentModelIndex


class Meetings(QAbstractListModel):
    """What was found. Rows that are still the same keep their place and are not drawn anew."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []

    def show(self, found: Sequence[Found]) -> None:
        """Show these instead."""
        if [each.meeting.key for each in found] == self.keys:
            changed = [at for at, each in enumerate(found) if each != self.found[at]]
            self.found = list(found)
            for at in changed:
                self.dataChanged.emit(self.index(at), self.index(at))
            return
        self.beginResetModel()
        self.found = list(found)
        self.endResetModel()

    @property
    def keys(self) -> list[str]:
        """Of the meetings, in the order of the rows."""
        return [each.meeting.key for each in self.found]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found, now = self.found[index.row()], datetime.now(UTC)
        if role == Qt.ItemDataRole.DisplayRole:
            return row_title(found.meeting, now)
        if role == Qt.ItemDataRole.UserRole:
            return row_story(found, now)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row_title(found.meeting, now)}, {row_story(found, now)}"
        return None
