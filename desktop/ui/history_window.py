"""Finds, shows, copies and deletes what was dictated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPalette, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.history.entry import HistoryEntry
from desktop.history.opening import HistoryFailed
from desktop.history.store import HistoryStore
from desktop.ui import tokens
from desktop.ui.card_view import row
from desktop.ui.history_view import headline, one_line, story
from desktop.ui.icons import icon
from desktop.ui.in_front import show_in_front
from desktop.ui.overlay import is_dark_desktop
from desktop.ui.tint import quiet
from desktop.ui.tray_state import IconState, Mark
from desktop.ui.words import say

ROW_PX: Final = 52
SHOWN: Final = 200
SIZE_PX: Final = (560, 560)
Read = Callable[[str], Sequence[HistoryEntry]]
Index = QModelIndex | QPersistentModelIndex


def reader(folder: Path) -> Read:
    """Reads the history in ``folder``: the latest dictations, or those that contain the words."""

    def read(words: str) -> Sequence[HistoryEntry]:
        try:
            with HistoryStore(folder, is_read_only=True) as store:
                return store.search(words, SHOWN) if words.strip() else store.latest(SHOWN)
        except HistoryFailed:  # there is none yet, or the writer tells what is wrong with it
            return ()

    return read


class Dictations(QAbstractListModel):
    """The found dictations, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[HistoryEntry] = []

    def show(self, entries: Sequence[HistoryEntry]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self.entries = list(entries)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entries[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return one_line(entry)
        if role == Qt.ItemDataRole.UserRole:
            return headline(entry, datetime.now(UTC))
        return None


class DictationRow(QStyledItemDelegate):
    """Text above, when and where to below; colours of the system."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del index
        lines_px = 2 * (option.fontMetrics.lineSpacing() + tokens.SPACE_2_PX)
        return QSize(0, max(ROW_PX, lines_px))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        painter.save()
        if is_chosen:
            painter.fillRect(option.rect, palette.brush(QPalette.ColorRole.Highlight))
        strong = palette.color(QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.Text)
        soft = strong if is_chosen else QColor(tokens.theme(is_dark_desktop()).quiet_text)
        edge = tokens.SPACE_3_PX
        upper = option.rect.adjusted(edge, tokens.SPACE_2_PX, -edge, -option.rect.height() // 2)
        lower = option.rect.adjusted(edge, option.rect.height() // 2, -edge, -tokens.SPACE_2_PX)
        write_line(painter, upper, str(index.data()), strong)
        font = option.font
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        write_line(painter, lower, str(index.data(Qt.ItemDataRole.UserRole)), soft)
        painter.restore()


class HistoryWindow(QWidget):
    """``read`` is asked on this thread and must answer within a few ms; deleting is somebody else's."""

    copy_requested = Signal(str)
    delete_requested = Signal(list)

    def __init__(self, read: Read) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._read = read
        self._words = ""
        self.setWindowTitle(say("history.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.search = QLineEdit(placeholderText=say("history.search"), clearButtonEnabled=True)
        self.found = Dictations()
        self.list = make_list(self.found)
        self.text = QPlainTextEdit(readOnly=True)
        self.story, self.none = QLabel(), QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.copy = QPushButton(say("history.copy"))
        self.delete = QPushButton(say("history.delete"))
        self.search.setAccessibleName(say("history.search"))
        self.list.setAccessibleName(say("history.title"))
        self.text.setAccessibleName(say("history.text"))
        self._lay_out()
        self._connect()
        self.resize(*SIZE_PX)

    def _lay_out(self) -> None:
        quiet(self.none)
        quiet(self.story)
        self.story.setWordWrap(True)
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.list)
        halves.addWidget(self.text)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_4_PX,) * 4)
        column.setSpacing(tokens.SPACE_3_PX)
        column.addWidget(self.search)
        column.addWidget(self.none)
        column.addWidget(halves, 1)
        column.addWidget(self.story)
        column.addLayout(row(None, self.delete, self.copy))
        self.halves = halves

    def _connect(self) -> None:
        self.search.textChanged.connect(self.refresh)
        self.list.selectionModel().selectionChanged.connect(self._show_chosen)
        self.list.doubleClicked.connect(self._copy)
        self.copy.clicked.connect(self._copy)
        self.delete.clicked.connect(self._delete)
        for keys, act in (
            (QKeySequence.StandardKey.Delete, self._delete),
            (QKeySequence.StandardKey.Copy, self._copy),
        ):
            shortcut = QShortcut(keys, self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.search.setFocus)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)

    def open(self) -> None:
        """Show it in front with what there is now."""
        self.refresh()
        show_in_front(self)
        self.search.setFocus()

    def refresh(self) -> None:
        """Read again; what was chosen stays chosen if it is still there, else what took its place is."""
        chosen = {entry.entry_id for entry in self.chosen}
        place = max(0, self.list.currentIndex().row())
        before, words = self._words, self.search.text()
        self._words = words
        self.found.show(self._read(words))
        rows = [at for at, entry in enumerate(self.found.entries) if entry.entry_id in chosen]
        if not rows and self.found.entries:
            rows = [min(place, len(self.found.entries) - 1) if words == before else 0]
        self._choose(rows)
        self.none.setText(say("history.not-found", text=words) if words.strip() else say("history.none"))
        self.none.setVisible(not self.found.entries)
        self.halves.setVisible(bool(self.found.entries))
        self._show_chosen()

    def _choose(self, rows: list[int]) -> None:
        self.list.setCurrentIndex(self.found.index(rows[0]) if rows else QModelIndex())
        for at in rows[1:]:
            self.list.selectionModel().select(self.found.index(at), QItemSelectionModel.SelectionFlag.Select)

    @property
    def chosen(self) -> list[HistoryEntry]:
        """The selected dictations, in the order of the list."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self.found.entries[at] for at in rows]

    def _show_chosen(self) -> None:
        chosen = self.chosen
        self.text.setPlainText("\n".join(entry.text for entry in chosen))
        self.story.setText(story(chosen[0]) if len(chosen) == 1 else "")
        self.copy.setText(say("history.copy"))
        self.copy.setEnabled(any(entry.text for entry in chosen))
        self.delete.setEnabled(bool(chosen))

    def _copy(self) -> None:
        text = "\n".join(entry.text.strip() for entry in self.chosen if entry.text)
        if text:
            self.copy_requested.emit(text)
            self.copy.setText(say("history.copied"))

    def _delete(self) -> None:
        if self.chosen:
            self.delete_requested.emit([entry.entry_id for entry in self.chosen])


def make_list(model: QAbstractListModel) -> QListView:
    """Several rows can be chosen, by mouse and by keys."""
    made = QListView()
    made.setModel(model)
    made.setItemDelegate(DictationRow(made))
    made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    made.setUniformItemSizes(True)
    return made


def write_line(painter: QPainter, box: QRect, text: str, colour: QColor) -> None:
    """One line of text, cut at its end where the box is."""
    painter.setPen(colour)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
