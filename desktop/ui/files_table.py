"""The list in the window of recordings: one row for each file, with a bar while it is worked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from desktop.core.file_job_facts import FileState, FileView
from desktop.ui import tokens
from desktop.ui.files_words import length_words, state_words
from desktop.ui.overlay import is_dark_desktop
from desktop.ui.words import say

COLUMNS: Final = ("recordings.name", "recordings.length", "recordings.state")
LENGTH_COLUMN: Final = 1
STATE_COLUMN: Final = 2
ROW_PX: Final = 32
BAR_PX: Final = 96
STATE_PX: Final = 300
DROP_MARGIN_PX: Final = tokens.SPACE_3_PX
Index = QModelIndex | QPersistentModelIndex


class FileRows(QAbstractTableModel):
    """The files, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.views: list[FileView] = []

    def add(self, views: Sequence[FileView]) -> None:
        """More rows at the end."""
        if not views:
            return
        self.beginInsertRows(QModelIndex(), len(self.views), len(self.views) + len(views) - 1)
        self.views += views
        self.endInsertRows()

    def update(self, row: int, view: FileView) -> None:
        """One file as it stands now."""
        self.views[row] = view
        self.dataChanged.emit(self.index(row, 0), self.index(row, STATE_COLUMN))

    def wait_again(self, rows: Sequence[int]) -> None:
        """Those of them that are done, or failed, are to be done once more."""
        for row in rows:
            if self.views[row].state.is_end:
                self.update(row, FileView(self.views[row].file_id, self.views[row].name, FileState.WAITING))

    def remove(self, rows: Sequence[int]) -> None:
        """Take these out."""
        self.beginResetModel()
        gone = set(rows)
        self.views = [view for row, view in enumerate(self.views) if row not in gone]
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.views)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return say(COLUMNS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section == LENGTH_COLUMN:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        view = self.views[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return (view.name, length_words(view.length_ms), state_words(view))[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == LENGTH_COLUMN:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.UserRole:
            return view
        return None


class StateCell(QStyledItemDelegate):
    """A bar beside the words while a file is worked at; trouble in the colour of attention."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(STATE_PX, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view = index.data(Qt.ItemDataRole.UserRole)
        theme = tokens.theme(is_dark_desktop())
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen:
            painter.fillRect(option.rect, option.palette.brush(QPalette.ColorRole.Highlight))
        place = option.rect.adjusted(tokens.SPACE_2_PX, 0, -tokens.SPACE_2_PX, 0)
        if view.state in {FileState.READING, FileState.RECOGNISING} and view.length_ms:
            draw_bar(painter, place, min(1.0, view.done_ms / view.length_ms), theme)
            place.setLeft(place.left() + BAR_PX + tokens.SPACE_2_PX)
        role = QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.Text
        colour = option.palette.color(role)
        if not is_chosen and view.state in {FileState.WAITING, FileState.SKIPPED}:
            colour = QColor(theme.quiet_text)
        if not is_chosen and view.state.is_end and not view.is_whole:
            colour = QColor(theme.attention)
        painter.setPen(colour)
        text = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)


def draw_bar(painter: QPainter, place: QRect, fraction: float, theme: tokens.Theme) -> None:
    """A track and how much of it is done, at the left of ``place``."""
    height = tokens.SPACE_PX
    track = QRectF(place.left(), place.center().y() - height / 2, BAR_PX, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.track))
    painter.drawRoundedRect(track, height / 2, height / 2)
    painter.setBrush(QColor(theme.accent))
    track.setWidth(max(float(height), BAR_PX * fraction))
    painter.drawRoundedRect(track, height / 2, height / 2)
    painter.restore()


class FileTable(QTreeView):
    """Says what may be dropped while it is empty; ``is_aimed_at`` while something hovers above it."""

    def __init__(self, rows: FileRows) -> None:
        super().__init__()
        self._is_aimed_at = False
        self.setModel(rows)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegateForColumn(STATE_COLUMN, StateCell(self))
        padding = f"{{ padding: {tokens.SPACE_PX}px {tokens.SPACE_2_PX}px }}"
        self.setStyleSheet(f"QTreeView::item {padding} QHeaderView::section {padding}")
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(LENGTH_COLUMN, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(LENGTH_COLUMN, 96)
        header.setSectionResizeMode(STATE_COLUMN, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(STATE_COLUMN, STATE_PX)

    def aim(self, is_aimed_at: bool) -> None:
        """Something that can be dropped is above it, or no longer."""
        if is_aimed_at is not self._is_aimed_at:
            self._is_aimed_at = is_aimed_at
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        is_empty = self.model().rowCount() == 0
        if not is_empty and not self._is_aimed_at:
            return
        theme = tokens.theme(is_dark_desktop())
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.viewport().rect().adjusted(*(DROP_MARGIN_PX,) * 2, *(-DROP_MARGIN_PX,) * 2)
        colour = QColor(theme.accent if self._is_aimed_at else theme.edge)
        painter.setPen(QPen(colour, 2.0 if self._is_aimed_at else 1.0, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(box), tokens.CARD_RADIUS_PX, tokens.CARD_RADIUS_PX)
        if is_empty:
            self._draw_hint(painter, box, theme)

    def _draw_hint(self, painter: QPainter, box: QRect, theme: tokens.Theme) -> None:
        middle = box.center().y()
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        upper = QRect(box.left(), middle - tokens.SPACE_12_PX, box.width(), tokens.SPACE_12_PX)
        painter.drawText(
            upper, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, say("recordings.drop")
        )
        painter.setFont(self.font())
        painter.setPen(QColor(theme.quiet_text))
        lower = QRect(box.left(), middle + tokens.SPACE_2_PX, box.width(), tokens.SPACE_12_PX)
        painter.drawText(
            lower, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, say("recordings.drop-what")
        )
