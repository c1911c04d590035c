"""The buttons below a meeting: delete, show its recording, export, copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from audio.events import Problem
from desktop.core.transcript_formats import FORMATS
from desktop.history.meeting import Meeting, Transcript
from desktop.history.meeting_export import GONE, ExportFailed, text_of, write_text
from desktop.ui import tokens
from desktop.ui.card_view import row
from desktop.ui.meetings_view import file_name, title_of
from desktop.ui.tint import quiet
from desktop.ui.words import say, translated


@dataclass(frozen=True, slots=True)
class ExportPlace:
    """Where the last file went, and in which format."""

    folder: str = ""
    format: str = "txt"


class MeetingActs(QWidget):
    """``whole`` reads a meeting with the times of its words.

    ``delete_agreed`` carries the keys of meetings and a sentence that says what was deleted; ``exported_to``
    an ``ExportPlace``.
    """

    delete_agreed = Signal(list, str)
    exported_to = Signal(object)
    _written = Signal(object, object, str)

    def __init__(self, place: ExportPlace, whole: Callable[[str], Transcript | None]) -> None:
        super().__init__()
        self._whole = whole
        self._place = place
        self._threads: list[Thread] = []
        self._transcript: Transcript | None = None
        self._chosen: list[Meeting] = []
        self.delete = QPushButton(say("meetings.delete"))
        self.recording = QPushButton(say("meetings.recording"))
        self.format = QComboBox()
        self.format.setAccessibleName(say("meetings.format"))
        for name in FORMATS:
            self.format.addItem(say(f"meetings.as.{name}"), name)
        self.format.setCurrentIndex(max(0, self.format.findData(place.format)))
        self.export = QPushButton(say("meetings.export"))
        self.copy = QPushButton(say("meetings.copy"))
        self.note = QLabel(wordWrap=True)
        self.note.hide()
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.delete.clicked.connect(self.ask_to_delete)
        self.recording.clicked.connect(self._show_recording)
        self.export.clicked.connect(self.ask_to_export)
        self._written.connect(self._show_written)

    def _lay_out(self) -> None:
        quiet(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_2_PX)
        column.addWidget(self.note)
        column.addLayout(row(self.delete, self.recording, None, self.format, self.export, self.copy))

    def show_for(self, transcript: Transcript | None, chosen: list[Meeting]) -> None:
        """What can be done with these: ``transcript`` is the one that is read."""
        before = self._transcript.meeting.key if self._transcript else ""
        if before != (transcript.meeting.key if transcript else ""):
            self.note.hide()
            self.copy.setText(say("meetings.copy"))
        self._transcript, self._chosen = transcript, chosen
        self.delete.setEnabled(self._can_delete)
        folder = transcript.meeting.recording if transcript else ""
        self.recording.setVisible(bool(folder) and Path(folder).is_dir())
        for part in (self.export, self.copy, self.format):
            part.setEnabled(transcript is not None)

    @property
    def _can_delete(self) -> bool:
        """A meeting that goes on is not deleted under it."""
        return bool(self._chosen) and not any(each.is_open for each in self._chosen)

    def text(self) -> str:
        """The meeting that is read, as plain text."""
        transcript = self._transcript
        return text_of(transcript, "txt", title_of(transcript.meeting)) if transcript else ""

    def ask_to_delete(self) -> None:
        """Delete what is chosen if the user agrees."""
        if not self._can_delete:
            return
        if (count := len(self._chosen)) == 1:
            title = title_of(self._chosen[0])
            text, done = say("meetings.delete-one", title=title), say("meetings.deleted-one", title=title)
        else:
            text, done = say("meetings.delete-more", count=count), say("meetings.deleted-more", count=count)
        box = QMessageBox(QMessageBox.Icon.Question, say("meetings.title"), text, parent=self.window())
        sound = say("meetings.delete-sound") if any(each.recording for each in self._chosen) else ""
        box.setInformativeText(" ".join(filter(None, (sound, say("meetings.delete-until")))))
        delete = box.addButton(say("meetings.delete-now"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(say("meetings.keep"), QMessageBox.ButtonRole.RejectRole))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keys = [each.key for each in self._chosen]
        delete.clicked.connect(lambda: self.delete_agreed.emit(keys, done))
        box.open()

    def _show_recording(self) -> None:
        if self._transcript is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._transcript.meeting.recording))

    def ask_to_export(self) -> None:
        """Ask for a place, then write there."""
        if self._transcript is None:
            return
        format_ = str(self.format.currentData())
        folder = self._place.folder if self._place.folder and Path(self._place.folder).is_dir() else ""
        dialog = QFileDialog(self.window(), say("meetings.export"), folder or str(Path.home()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{say(f'meetings.as.{format_}').partition(' (')[0]} (*.{format_})")
        dialog.setDefaultSuffix(format_)
        dialog.selectFile(file_name(self._transcript.meeting, format_))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        meeting = self._transcript.meeting
        dialog.fileSelected.connect(lambda name: self.write(meeting, Path(name), format_))
        dialog.open()

    def write(self, meeting: Meeting, path: Path, format_: str) -> None:
        """Write a file on a thread of its own: the subtitles of a long meeting take seconds."""
        title = title_of(meeting)
        self._threads = [each for each in self._threads if each.is_alive()]
        thread = Thread(target=self._write, args=(meeting.key, title, path, format_), name="meeting-export")
        self._threads.append(thread)
        thread.start()

    def _write(self, key: str, title: str, path: Path, format_: str) -> None:
        """On that thread; tells by a signal."""
        transcript = self._whole(key)
        try:
            if transcript is not None:
                write_text(path, text_of(transcript, format_, title))
            problem = None if transcript is not None else GONE
        except ExportFailed as failure:
            problem = failure.problem
        self._written.emit(problem, ExportPlace(str(path.parent), format_), str(path))

    def _show_written(self, problem: Problem | None, place: ExportPlace, name: str) -> None:
        if problem is not None:
            self._say(f"{translated(problem.sentence)} {translated(problem.remedy)}")
            return
        self._place = place
        self.exported_to.emit(place)
        self._say(say("meetings.exported", name=name))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
