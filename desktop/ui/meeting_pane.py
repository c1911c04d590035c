"""One meeting to read: its name, figures and bookmarks, what was said, what was found in it."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.core.timed_text import Bookmark
from desktop.history.meeting import Meeting, Transcript
from desktop.ui import tokens
from desktop.ui.card_view import bold, row
from desktop.ui.meeting_reading import MeetingReading
from desktop.ui.meetings_view import bookmark_label, story, title_of
from desktop.ui.tint import quiet
from desktop.ui.words import say


class MeetingPane(QWidget):
    """``renamed`` carries the meeting's key and the name that the user typed."""

    renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._meeting: Meeting | None = None
        self._marks: tuple[Bookmark, ...] = ()
        self.name = QLineEdit(placeholderText=say("meetings.name"))
        self.name.setAccessibleName(say("meetings.name"))
        self.name.setFont(bold(self.name.font()))
        self.name.setToolTip(say("meetings.name"))
        self.story, self.hits = QLabel(wordWrap=True), QLabel()
        self.previous = arrow(Qt.ArrowType.UpArrow, say("meetings.previous"))
        self.next = arrow(Qt.ArrowType.DownArrow, say("meetings.next"))
        self.bookmarks = QPushButton()
        self.bookmarks.setMenu(QMenu(self.bookmarks))
        self.reading = MeetingReading()
        self._lay_out()
        self.name.editingFinished.connect(self._rename)
        self.reading.hits_changed.connect(self._show_hits)
        self.previous.clicked.connect(lambda: self.reading.step(-1))
        self.next.clicked.connect(lambda: self.reading.step(1))

    def _lay_out(self) -> None:
        quiet(self.story)
        quiet(self.hits)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.SPACE_2_PX, 0, 0, 0)
        column.setSpacing(tokens.SPACE_2_PX)
        column.addWidget(self.name)
        column.addWidget(self.story)
        column.addLayout(row(self.bookmarks, None, self.hits, self.previous, self.next))
        column.addWidget(self.reading, 1)

    def show_meeting(self, transcript: Transcript | None, words: str, numbers: tuple[int, ...]) -> None:
        """Show this meeting (or none), with ``words`` marked in the lines of these ``numbers``."""
        meeting = transcript.meeting if transcript else None
        is_other = (meeting.key if meeting else "") != (self._meeting.key if self._meeting else "")
        self._meeting = meeting
        if is_other or not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(meeting.title if meeting else "")
        self.name.setEnabled(meeting is not None)
        self.name.setPlaceholderText(title_of(meeting) if meeting else say("meetings.name"))
        self.story.setText(story(meeting, datetime.now(UTC)) if meeting else "")
        self._show_bookmarks(transcript.bookmarks if transcript else ())
        lines = transcript.lines if transcript else ()
        self.reading.setPlaceholderText("" if lines else say("meetings.empty"))
        self.reading.show_lines(lines, words, numbers)

    def _show_bookmarks(self, marks: tuple[Bookmark, ...]) -> None:
        """The jump list; an open one stays as it is where nothing changed."""
        self.bookmarks.setVisible(bool(marks))
        if marks == self._marks:
            return
        self._marks = marks
        self.bookmarks.setText(say("meetings.bookmarks", count=len(marks)))
        menu = self.bookmarks.menu()
        menu.clear()
        for mark in marks:
            action = menu.addAction(bookmark_label(mark).replace("&", "&&"))
            action.triggered.connect(lambda _=False, at_ms=mark.at_ms: self.reading.jump_to(at_ms))

    def _show_hits(self, at: int, count: int) -> None:
        self.hits.setText(say("meetings.hit", at=at, count=count))
        for part in (self.hits, self.previous, self.next):
            part.setVisible(count > 0)

    def edit_name(self) -> None:
        """Let the user type a name."""
        self.name.setFocus()
        self.name.selectAll()

    def _rename(self) -> None:
        name = " ".join(self.name.text().split())
        if self._meeting is not None and name != self._meeting.title:
            self.name.setModified(False)
            self.renamed.emit(self._meeting.key, name)


def arrow(direction: Qt.ArrowType, name: str) -> QToolButton:
    """A small button that points somewhere."""
    made = QToolButton()
    made.setArrowType(direction)
    made.setAutoRaise(True)
    made.setToolTip(name)
    made.setAccessibleName(name)
    return made
