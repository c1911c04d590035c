"""Finds, shows, names, copies, exports and deletes what was said in meetings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from desktop.history.meeting import Found, Transcript
from desktop.ui import tokens
from desktop.ui.history_window import make_list
from desktop.ui.icons import icon
from desktop.ui.in_front import show_in_front
from desktop.ui.meeting_acts import ExportPlace, MeetingActs
from desktop.ui.meeting_pane import MeetingPane
from desktop.ui.meeting_undo import DeletedMeetings
from desktop.ui.meetings_list import Meetings
from desktop.ui.tint import quiet
from desktop.ui.tray_state import IconState, Mark
from desktop.ui.words import say

SIZE_PX: Final = (920, 620)
LIST_PX: Final = 300
SEARCH_AFTER_MS: Final = 150
REFRESH_AFTER_MS: Final = 200


@dataclass(frozen=True, slots=True)
class MeetingsReads:
    """Asked on this thread, so they must answer soon; but ``whole``, which has the times of the words as
    well, on any.
    """

    found: Callable[[str], Sequence[Found]]
    to_read: Callable[[str], Transcript | None]
    whole: Callable[[str], Transcript | None]


class MeetingsWindow(QWidget):
    """Naming and deleting are somebody else's: ``renamed`` carries a key and a name, ``delete_requested``
    keys, ``exported_to`` the ``ExportPlace`` to remember.

    What the user deletes is put aside until the window closes: ``put_aside`` carries all such keys.
    """

    copy_requested = Signal(str)
    renamed = Signal(str, str)
    delete_requested = Signal(list)
    put_aside = Signal(list)
    exported_to = Signal(object)

    def __init__(self, reads: MeetingsReads, place: ExportPlace) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._reads = reads
        self._is_refreshing = False
        self.transcript: Transcript | None = None
        self.setWindowTitle(say("meetings.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.search = QLineEdit(placeholderText=say("meetings.search"), clearButtonEnabled=True)
        self.found = Meetings()
        self.list = make_list(self.found)
        self.list.setAccessibleName(say("meetings.list"))
        self.none = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.pane, self.acts = MeetingPane(), MeetingActs(place, reads.whole)
        self.deleted = DeletedMeetings()
        self._search_later = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._refresh_later = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._lay_out()
        self._connect()
        self._add_keys()
        self.resize(*SIZE_PX)

    def _lay_out(self) -> None:
        quiet(self.none)
        self.halves = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.halves.addWidget(self.list)
        self.halves.addWidget(self.pane)
        self.halves.setStretchFactor(1, 1)
        self.halves.setSizes([LIST_PX, SIZE_PX[0] - LIST_PX])
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_4_PX,) * 4)
        column.setSpacing(tokens.SPACE_3_PX)
        column.addWidget(self.search)
        column.addWidget(self.none, 1)
        column.addWidget(self.halves, 1)
        column.addWidget(self.deleted)
        column.addWidget(self.acts)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._search_later.start)
        self.search.returnPressed.connect(lambda: self.pane.reading.step(1))
        self._search_later.timeout.connect(self.refresh)
        self._refresh_later.timeout.connect(self.refresh)
        self.list.selectionModel().selectionChanged.connect(self._choice_changed)
        self.pane.renamed.connect(self.renamed)
        self.acts.copy.clicked.connect(self._copy)
        self.acts.delete_agreed.connect(self.deleted.add)
        self.deleted.changed.connect(self.put_aside)
        self.deleted.changed.connect(self.refresh)
        self.acts.exported_to.connect(self.exported_to)

    def _add_keys(self) -> None:
        for listed, act in (
            (QKeySequence.StandardKey.Delete, self.acts.ask_to_delete),
            (QKeySequence.StandardKey.Copy, self._copy),
        ):
            shortcut = QShortcut(listed, self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)
        for keys, do in (
            (QKeySequence(QKeySequence.StandardKey.Find), self._edit_search),
            (QKeySequence(QKeySequence.StandardKey.FindNext), lambda: self.pane.reading.step(1)),
            (QKeySequence(QKeySequence.StandardKey.FindPrevious), lambda: self.pane.reading.step(-1)),
            (QKeySequence(QKeySequence.StandardKey.Save), self.acts.ask_to_export),
            (QKeySequence(QKeySequence.StandardKey.Undo), self.deleted.take_back),
            (QKeySequence(Qt.Key.Key_F2), self.pane.edit_name),
            (QKeySequence(Qt.Key.Key_Escape), self.close),
        ):
            QShortcut(keys, self).activated.connect(do)

    # --- what is shown ----------------------------------------------------------------------------

    def open(self) -> None:
        """Show it in front with what there is now."""
        self.refresh()
        show_in_front(self)
        self.search.setFocus()

    def refresh_soon(self) -> None:
        """Something was said, named or deleted; many such facts make one refresh."""
        if self.isVisible() and not self._refresh_later.isActive():
            self._refresh_later.start()

    def refresh(self) -> None:
        """Read again; what was chosen stays chosen if it is still there."""
        self._search_later.stop()
        words = self.search.text()
        chosen = [each.meeting.key for each in self.chosen]
        self._is_refreshing = True
        gone = set(self.deleted.keys)
        self.found.show([each for each in self._reads.found(words) if each.meeting.key not in gone])
        keys = self.found.keys
        if keys and not self.chosen:
            row = next((keys.index(key) for key in chosen if key in keys), 0)
            self.list.setCurrentIndex(self.found.index(row))
        self._is_refreshing = False
        self.none.setText(say("meetings.not-found", text=words) if words.strip() else say("meetings.none"))
        self.none.setVisible(not keys)
        self.halves.setVisible(bool(keys))
        self._show_chosen()

    @property
    def chosen(self) -> list[Found]:
        """The selected meetings, in the order of the list."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self.found.found[at] for at in rows if at < len(self.found.found)]

    def _choice_changed(self) -> None:
        if not self._is_refreshing:
            self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = self.chosen
        self.transcript = self._reads.to_read(chosen[0].meeting.key) if chosen else None
        numbers = chosen[0].numbers if chosen else ()
        self.pane.show_meeting(self.transcript, self.search.text(), numbers)
        self.acts.show_for(self.transcript, [each.meeting for each in chosen])

    def closeEvent(self, event: QCloseEvent) -> None:
        self.delete_for_good()
        super().closeEvent(event)

    def delete_for_good(self) -> None:
        """What was deleted cannot be taken back any more."""
        if keys := self.deleted.keys:
            self.delete_requested.emit(keys)
            self.deleted.forget()

    # --- what the user does -----------------------------------------------------------------------

    def _edit_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _copy(self) -> None:
        """The chosen part of the transcript, else all of it."""
        if text := self.pane.reading.textCursor().selection().toPlainText() or self.acts.text():
            self.copy_requested.emit(text)
            self.acts.copy.setText(say("meetings.copied"))
