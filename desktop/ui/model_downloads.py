"""The window of models: which there are, what they cost; installs, imports and removes them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from audio.events import Problem
from desktop.ui import tokens
from desktop.ui.card_view import row
from desktop.ui.icons import icon
from desktop.ui.in_front import press_by_enter, show_in_front
from desktop.ui.model_job import ModelJob, Work, importing, installing, removing
from desktop.ui.model_table import ModelTable
from desktop.ui.model_words import HUB_NAMES, about_lines, columns, progress_words
from desktop.ui.tint import quiet
from desktop.ui.tray_state import IconState, Mark
from desktop.ui.words import say, translated
from recognizer.models.catalogue import read_catalogue
from recognizer.models.download import Progress
from recognizer.models.install import Source
from recognizer.models.shelf import ShelfRow, shelf
from recognizer.models.transfer import Patience

SIZE_PX: Final = (800, 540)
STEPS: Final = 1000


class ModelDownloads(QWidget):
    """``folder`` is where models are installed, ``shipped`` where those are that came with the program.

    ``installed`` and ``removed`` carry the name; ``chosen`` that and its pass. One job at a time; it goes on
    while the window is closed and ends with the program.
    """

    installed = Signal(str)
    removed = Signal(str)
    chosen = Signal(str, str)

    def __init__(self, folder: Path, shipped: Path, patience: Patience | None = None) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._folder, self._shipped = folder, shipped
        self._patience = patience or Patience()
        self._catalogue = read_catalogue(shipped / "catalogue.toml")
        self._rows: list[ShelfRow] = []
        self._job: ModelJob | None = None
        self._is_removal = self._can_cancel = False
        self.setWindowTitle(say("models.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.table = ModelTable()
        self.about = QLabel(openExternalLinks=True, wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.hub, self.address = QComboBox(), QLineEdit(placeholderText=say("models.address"))
        self.bar, self.note = QProgressBar(textVisible=False, maximum=STEPS), QLabel(wordWrap=True)
        self.install = QPushButton(say("models.install"), default=True)
        self.cancel, self.remove = QPushButton(say("models.cancel")), QPushButton(say("models.remove"))
        self.use, self.take = QPushButton(say("models.use")), QPushButton(say("models.import"))
        self.table.setAccessibleName(say("models.title"))
        self.address.setAccessibleName(say("models.another"))
        self._lay_out()
        self._connect()
        self.refresh()
        self.resize(*SIZE_PX)
        if program := QCoreApplication.instance():
            program.aboutToQuit.connect(self.stop)

    def _lay_out(self) -> None:
        for hub, name in HUB_NAMES.items():
            self.hub.addItem(name, hub)
        self.hub.addItem(say("models.another"), "")
        quiet(self.about)
        self.about.setMinimumHeight(tokens.SPACE_12_PX)
        self.bar.setFixedHeight(tokens.SPACE_2_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_4_PX,) * 4)
        column.setSpacing(tokens.SPACE_3_PX)
        column.addWidget(self.table, 1)
        column.addWidget(self.about)
        label = QLabel(say("models.from"))
        label.setBuddy(self.hub)
        where = row(label, self.hub, self.address)
        where.setStretch(2, 1)
        where.addStretch(0)
        column.addLayout(where)
        column.addWidget(self.bar)
        column.addWidget(self.note)
        column.addLayout(row(self.take, None, self.remove, self.use, self.cancel, self.install))

    def _connect(self) -> None:
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.hub.currentIndexChanged.connect(self._show_chosen)
        self.address.textChanged.connect(self._show_chosen)
        self.install.clicked.connect(self._install)
        self.cancel.clicked.connect(self._cancel)
        self.remove.clicked.connect(self._remove)
        self.use.clicked.connect(self._use)
        self.take.clicked.connect(self._ask_folder)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)

    def open(self, why: str = "") -> None:
        """Show it in front with what there is now; ``why`` it shows itself unasked."""
        self.refresh()
        if why:
            self.note.setText(why)
        show_in_front(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        press_by_enter(event, self.install)

    def stop(self) -> None:
        """Cancel what is under way; what has arrived is kept."""
        if self._job is not None:
            self._job.stop()

    def refresh(self) -> None:
        """Look again at what is installed; what was selected stays selected."""
        chosen = self.selected.name if self.selected else ""
        self._rows = list(shelf(self._catalogue, self._folder, self._shipped))
        self.table.show_rows([columns(each) for each in self._rows])
        self.select(chosen or self._rows[0].name)
        self._show_chosen()

    def select(self, name: str) -> None:
        """Select a model of the list; nothing if it is not there."""
        for at, each in enumerate(self._rows):
            if each.name == name:
                self.table.select_row(at)

    @property
    def selected(self) -> ShelfRow | None:
        """The selected model."""
        at = self.table.selected_row
        return self._rows[at] if 0 <= at < len(self._rows) else None

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way."""
        return self._job is not None

    def _show_chosen(self) -> None:
        chosen = self.selected
        self.address.setVisible(not self.hub.currentData())
        self.bar.setVisible(self.is_busy)
        self.cancel.setVisible(self.is_busy and self._can_cancel)
        self.install.setVisible(not self.cancel.isVisibleTo(self))
        self.take.setEnabled(not self.is_busy)
        if chosen is None:
            return
        self.about.setText(about_lines(chosen))
        self.install.setText(say("models.go-on" if chosen.state == "partial" else "models.install"))
        has_source = bool(self.hub.currentData() or self.address.text().strip())
        is_wanting = chosen.state in {"partial", "available"}
        self.install.setEnabled(is_wanting and has_source and not self.is_busy)
        self.remove.setEnabled(chosen.state in {"partial", "installed"} and not self.is_busy)
        self.use.setEnabled(chosen.is_here)

    # --- jobs -------------------------------------------------------------------------------------

    def _install(self) -> None:
        chosen = self.selected
        if chosen is None or chosen.model is None or self.is_busy:
            return
        address = self.address.text().strip()
        if not address.startswith(("http://", "https://")):
            address = f"https://{address}"
        source = Source.named(self.hub.currentData() or address)
        work = installing(chosen.model, source, self._folder, self._patience)
        self._start(chosen.name, work, can_cancel=True)

    def _ask_folder(self) -> None:
        if picked := QFileDialog.getExistingDirectory(self, say("models.import")):
            self.import_folder(Path(picked))

    def import_folder(self, source: Path) -> None:
        """Take a model from a folder or a .zip, unless something else is under way."""
        if not self.is_busy:
            name = source.stem if source.suffix == ".zip" else source.name
            self._start(name, importing(source, self._folder))

    def _remove(self) -> None:
        if self.selected is not None and not self.is_busy:
            name = self.selected.name
            self._start(name, removing(name, self._folder), is_removal=True)

    def _start(self, name: str, work: Work, *, is_removal: bool = False, can_cancel: bool = False) -> None:
        self._is_removal, self._can_cancel = is_removal, can_cancel
        self._job = ModelJob(name, work)
        self._job.progressed.connect(self._show_progress)
        self._job.ended.connect(self._ended)
        self.bar.setMaximum(0)
        if can_cancel:
            self._show_progress(Progress("asking"))
        self._show_chosen()

    def _cancel(self) -> None:
        if self._job is not None:
            self.cancel.setEnabled(False)
            self._job.cancel()

    def _show_progress(self, progress: Progress) -> None:
        total = progress.total_bytes
        self.bar.setMaximum(STEPS if total else 0)
        self.bar.setValue(STEPS * progress.done_bytes // total if total else 0)
        self.note.setText(f"{self._job.name}: {progress_words(progress)}" if self._job else "")

    def _ended(self, problem: Problem | None) -> None:
        job, self._job = self._job, None
        self.cancel.setEnabled(True)
        self.refresh()
        if job is None:
            return
        if problem is not None:
            self.note.setText(f"{translated(problem.sentence)}\n{translated(problem.remedy)}")
            return
        self.note.setText(say("models.removed" if self._is_removal else "models.done", name=job.name))
        self.select(job.name)
        (self.removed if self._is_removal else self.installed).emit(job.name)

    def _use(self) -> None:
        if (chosen := self.selected) is not None:
            role = (chosen.passes or ("live",))[0]
            if not self.is_busy:
                self.note.setText(say("models.used", name=chosen.name, role=say(f"models.pass.{role}")))
            self.chosen.emit(chosen.name, role)
