"""The buttons below a meeting: delete, show its recording, export, copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from desktop.core.transcript_formats import FORMATS
from desktop.history.meeting import Meeting, Transcript
from desktop.history.meeting_export import ExportFailed, text_of, write_text
from desktop.ui import tokens
from desktop.ui.card_view import quiet, row
from desktop.ui.meetings_view import file_name, title_of
from desktop.ui.words import say, translated


@dataclass(frozen=True, slots=True)
class ExportPlace:
    """Where the last file went, and in which format."""

    folder: str = ""
    format: str = "txt"


class MeetingActs(QWidget):
    """``delete_agreed`` carries the keys of meetings; ``exported_to`` an ``ExportPlace``."""

    delete_agreed = Signal(list)
    exported_to = Signal(object)

    def __init__(self, place: ExportPlace) -> None:
        super().__init__()
        self._place = place
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

    def text(self, format_: str) -> str:
        """The meeting that is read, as a file would have it."""
        if self._transcript is None:
            return ""
        return text_of(self._transcript, format_, title_of(self._transcript.meeting))

    def ask_to_delete(self) -> None:
        """Delete what is chosen if the user agrees."""
        if not self._can_delete:
            return
        one = say("meetings.delete-one", title=title_of(self._chosen[0]))
        more = say("meetings.delete-more", count=len(self._chosen))
        text = one if len(self._chosen) == 1 else more
        box = QMessageBox(QMessageBox.Icon.Question, say("meetings.title"), text, parent=self.window())
        if any(each.recording for each in self._chosen):
            box.setInformativeText(say("meetings.delete-sound"))
        delete = box.addButton(say("meetings.delete-now"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(say("meetings.keep"), QMessageBox.ButtonRole.RejectRole))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keys = [each.key for each in self._chosen]
        delete.clicked.connect(lambda: self.delete_agreed.emit(keys))
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
        text = self.text(format_)
        dialog.fileSelected.connect(lambda name: self._write(Path(name), text, format_))
        dialog.open()

    def _write(self, path: Path, text: str, format_: str) -> None:
        """Write a file and say so, or what is wrong."""
        try:
            write_text(path, text)
        except ExportFailed as failure:
            problem = failure.problem
            self._say(f"{translated(problem.sentence)} {translated(problem.remedy)}")
            return
        self._place = ExportPlace(str(path.parent), format_)
        self.exported_to.emit(self._place)
        self._say(say("meetings.exported", name=path))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
