"""What is written of recordings, and where: the row of choices in their window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QVBoxLayout, QWidget

from desktop.settings.files_schema import FORMATS, FilesSettings
from desktop.ui import tokens
from desktop.ui.card_view import row
from desktop.ui.words import say

BESIDE: Final = 0
CHOSEN: Final = 1
ANOTHER: Final = 2


class FilesOptions(QWidget):
    """``changed`` carries settings by their keys; at least one format stays chosen."""

    changed = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self._out = ""
        self.formats = {name: QCheckBox(say(f"recordings.format.{name}")) for name in FORMATS}
        self.where = QComboBox()
        self.on_cpu = QCheckBox(say("recordings.on-cpu"))
        self.on_cpu.setToolTip(say("recordings.on-cpu-why"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_2_PX)
        column.addLayout(
            row(QLabel(say("recordings.write")), *self.formats.values(), None, spacing_px=tokens.SPACE_4_PX)
        )
        label = QLabel(say("recordings.into"))
        label.setBuddy(self.where)
        column.addLayout(row(label, self.where, None, self.on_cpu))
        self.show_settings(FilesSettings())
        for box in self.formats.values():
            box.clicked.connect(self._formats_clicked)
        self.where.activated.connect(self._place_chosen)
        self.on_cpu.clicked.connect(lambda on: self.changed.emit({"files.device": "cpu" if on else "same"}))

    def show_settings(self, settings: FilesSettings) -> None:
        """The choices of now."""
        for name, box in self.formats.items():
            box.setChecked(name in settings.format_list)
        self.on_cpu.setChecked(settings.device == "cpu")
        self._out = settings.out
        self._show_places()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The formats that are ticked."""
        return tuple(name for name, box in self.formats.items() if box.isChecked())

    def _show_places(self) -> None:
        self.where.clear()
        self.where.addItem(say("recordings.beside"))
        if self._out:
            self.where.addItem(self._out)
        self.where.addItem(say("recordings.another-folder"))
        self.where.setCurrentIndex(CHOSEN if self._out else BESIDE)

    def _formats_clicked(self) -> None:
        if not self.chosen:
            self.formats[FORMATS[0]].setChecked(True)
        self.changed.emit({"files.formats": ", ".join(self.chosen)})

    def _place_chosen(self, at: int) -> None:
        out = "" if at == BESIDE else self._out
        if at == self.where.count() - 1:
            out = QFileDialog.getExistingDirectory(self, say("recordings.another-folder")) or self._out
        if out != self._out:
            self.changed.emit({"files.out": out})
        self._out = out
        self._show_places()
