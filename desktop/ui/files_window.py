"""The window of recordings: takes files and folders, says how far they are, opens what came of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QFileDialog, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop.core.file_job_facts import FileState, FileView, JobProgress, JobSummary
from desktop.ui import tokens
from desktop.ui.card_view import row
from desktop.ui.files_options import FilesOptions
from desktop.ui.files_table import FileRows, FileTable
from desktop.ui.files_words import about_lines, progress_words, summary_words
from desktop.ui.icons import icon
from desktop.ui.in_front import show_in_front
from desktop.ui.tint import quiet
from desktop.ui.tray_state import IconState, Mark
from desktop.ui.words import say

SIZE_PX: Final = (840, 560)
STEPS: Final = 1000


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was found: where it is, what it is called, its folder below the one that was named."""

    path: Path
    name: str
    below: str = ""


class FilesWindow(QWidget):
    """``paths_added`` carries what was dropped or picked, to be looked through elsewhere; ``start_requested``
    the rows to be done. Closing only hides: a job goes on.
    """

    paths_added = Signal(list)
    start_requested = Signal(list)
    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal()
    options_changed = Signal(dict)

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.files: list[NewFile] = []
        self._is_running = self._is_paused = False
        self.setWindowTitle(say("recordings.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.setAcceptDrops(True)
        self.rows = FileRows()
        self.table = FileTable(self.rows)
        self.options = FilesOptions()
        self.about, self.note = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.bar = QProgressBar(textVisible=False, maximum=STEPS)
        self.add = QPushButton(say("recordings.add"))
        self.add_folder = QPushButton(say("recordings.add-folder"))
        self.remove = QPushButton(say("recordings.remove"))
        self.open_result = QPushButton(say("recordings.open"))
        self.open_folder = QPushButton(say("recordings.open-folder"))
        self.cancel, self.start = (
            QPushButton(say("recordings.cancel")),
            QPushButton(say("recordings.start"), default=True),
        )
        self._lay_out()
        self._connect()
        self._show_buttons()
        self.resize(*SIZE_PX)

    def _lay_out(self) -> None:
        quiet(self.about)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar.setFixedHeight(tokens.SPACE_2_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_4_PX,) * 4)
        column.setSpacing(tokens.SPACE_3_PX)
        column.addLayout(
            row(self.add, self.add_folder, None, self.remove, self.open_result, self.open_folder)
        )
        column.addWidget(self.table, 1)
        column.addWidget(self.about)
        column.addWidget(self.options)
        column.addWidget(self.bar)
        last = row(self.note, self.cancel, self.start)
        last.setStretch(0, 1)
        column.addLayout(last)

    def _connect(self) -> None:
        self.add.clicked.connect(self._pick_files)
        self.add_folder.clicked.connect(self._pick_folder)
        self.remove.clicked.connect(self._remove)
        self.open_result.clicked.connect(lambda: self._open(is_folder=False))
        self.open_folder.clicked.connect(lambda: self._open(is_folder=True))
        self.start.clicked.connect(self._start_or_pause)
        self.cancel.clicked.connect(self.cancel_requested)
        self.options.changed.connect(self.options_changed)
        self.table.selectionModel().selectionChanged.connect(self._show_buttons)
        self.table.doubleClicked.connect(lambda: self._open(is_folder=False))
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)
        QShortcut(QKeySequence.StandardKey.Delete, self).activated.connect(self._remove)

    def open(self) -> None:
        """Show it in front."""
        show_in_front(self)

    # --- what is shown ----------------------------------------------------------------------------

    def add_files(self, files: Sequence[NewFile]) -> None:
        """Files that were found; one that is there already and was done, or failed, waits again."""
        there = {each.path: at for at, each in enumerate(self.files)}
        new = [each for each in files if each.path not in there]
        if not self._is_running:
            self.rows.wait_again([there[each.path] for each in files if each.path in there])
        at = len(self.files)
        self.files += new
        self.rows.add([FileView(at + n, each.name, FileState.WAITING) for n, each in enumerate(new)])
        self._show_buttons()

    def say(self, text: str) -> None:
        """A line below the list."""
        self.note.setText(text)

    def show_start(self) -> None:
        """A job begins: from now on no row may go."""
        self._is_running = True
        self._show_buttons()

    def show_progress(self, progress: JobProgress, changed: dict[int, FileView]) -> None:
        """The job as it stands, and the rows that changed."""
        for number, view in changed.items():
            self.rows.update(number, view)
        self._is_running, self._is_paused = True, progress.is_paused
        self.bar.setValue(round(progress.fraction * STEPS))
        self.note.setText(progress_words(progress))
        self._show_buttons()

    def show_end(self, summary: JobSummary) -> None:
        """What came of the job."""
        self._is_running = self._is_paused = False
        self.note.setText(summary_words(summary))
        self._show_buttons()

    @property
    def waiting_rows(self) -> list[int]:
        """Rows that a start would do: those not done yet; once all are, those that failed."""
        states = [view.state for view in self.rows.views]
        open_rows = [number for number, state in enumerate(states) if not state.is_end]
        return open_rows or [number for number, state in enumerate(states) if state is FileState.FAILED]

    def _selected(self) -> list[int]:
        return sorted(index.row() for index in self.table.selectionModel().selectedRows())

    def _show_buttons(self) -> None:
        chosen = self._selected()
        view = self.rows.views[chosen[0]] if len(chosen) == 1 else None
        about = "\n".join(about_lines(view)) if view else ""
        self.about.setText(about)
        self.about.setVisible(bool(about))
        self.open_result.setEnabled(bool(view and view.outputs))
        self.open_folder.setEnabled(view is not None)
        self.remove.setEnabled(bool(chosen) and not self._is_running)
        self.options.setEnabled(not self._is_running)
        self.bar.setVisible(self._is_running)
        self.cancel.setVisible(self._is_running)
        self.start.setEnabled(self._is_running or bool(self.waiting_rows))
        key = "start" if not self._is_running else "go-on" if self._is_paused else "pause"
        self.start.setText(say(f"recordings.{key}"))

    # --- what is asked ----------------------------------------------------------------------------

    def _start_or_pause(self) -> None:
        if not self._is_running:
            self.start_requested.emit(self.waiting_rows)
        elif self._is_paused:
            self.resume_requested.emit()
        else:
            self.pause_requested.emit()

    def _remove(self) -> None:
        if self._is_running:
            return
        gone = set(self._selected())
        self.files = [each for number, each in enumerate(self.files) if number not in gone]
        self.rows.remove(sorted(gone))
        self._show_buttons()

    def _pick_files(self) -> None:
        picked, _ = QFileDialog.getOpenFileNames(self, say("recordings.add"))
        if picked:
            self.paths_added.emit(picked)

    def _pick_folder(self) -> None:
        if picked := QFileDialog.getExistingDirectory(self, say("recordings.add-folder")):
            self.paths_added.emit([picked])

    def _open(self, *, is_folder: bool) -> None:
        chosen = self._selected()
        if len(chosen) != 1:
            return
        outputs = self.rows.views[chosen[0]].outputs
        path = Path(outputs[0]) if outputs else self.files[chosen[0]].path
        if is_folder:
            path = path.parent
        elif not outputs:
            return
        QDesktopServices.openUrl(QUrl.fromEncoded(path.absolute().as_uri().encode()))

    # --- dropping ---------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of this computer are welcome."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self.table.aim(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went elsewhere."""
        del event
        self.table.aim(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take them."""
        self.table.aim(False)
        if paths := dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self.paths_added.emit(paths)


def dropped_paths(dropped: QMimeData) -> list[str]:
    """The files of this computer in it; names that are not UTF-8 stay as they are."""
    lines = bytes(dropped.data("text/uri-list").data()).split()  # Qt's own list forgets such names
    urls = [QUrl.fromEncoded(line) for line in lines]
    paths = [line.partition(b"://")[2] for line, url in zip(lines, urls, strict=True) if url.isLocalFile()]
    return [os.fsdecode(unquote_to_bytes(path[path.find(b"/") :])) for path in paths]
