"""The small window about the card's memory: who uses it, the last minutes, and how to get it back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.ui import tokens
from desktop.ui.card_view import CardView, row
from desktop.ui.icons import icon
from desktop.ui.in_front import room_for, show_in_front
from desktop.ui.memory_history import MemoryHistory
from desktop.ui.operations_view import Operation, OperationsView
from desktop.ui.tray_state import IconState, Mark
from desktop.ui.words import memory, say, translated
from recognizer.events import MemoryReported
from recognizer.gpu_reading import GpuSnapshot

WIDTH_PX = 440


class GaugeWindow(QWidget):
    """Give it every ``GpuSnapshot``, also while it is hidden: it keeps the last minutes. ``history`` and
    ``snapshot`` are those of before it was made.

    ``looked_at`` tells when somebody begins and ceases to look, so that the cards are read only then.
    """

    unload_requested = Signal()
    clean_cache_requested = Signal()
    looked_at = Signal(bool)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        warn_fraction: float = 0.9,
        history: MemoryHistory | None = None,
        snapshot: GpuSnapshot | None = None,
    ) -> None:
        del parent  # a window of its own
        super().__init__(None, Qt.WindowType.Window)
        self._warn_fraction = warn_fraction
        self._history = history or MemoryHistory()
        self._snapshot = snapshot
        self._cards: dict[str, CardView] = {}
        self._wanted_px = 0
        self.setWindowTitle(say("gauge.title"))
        self.setWindowIcon(icon(IconState(Mark.READY)))
        self.nothing = QLabel(say("gauge.none"))
        self.worker = QLabel(say("gauge.no-worker"))
        self.note = QLabel()
        self.operations = OperationsView()
        self.unload = QPushButton(say("menu.unload"))
        self.clean = QPushButton(say("menu.clean"))
        self.unload.clicked.connect(self.unload_requested)
        self.clean.clicked.connect(self.clean_cache_requested)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)
        self._lay_out()
        self.clean.hide()
        self.show_worker(None, is_loaded=False)
        self.resize(self.sizeHint())

    def _lay_out(self) -> None:
        for label in (self.worker, self.note, self.nothing):
            label.setWordWrap(True)
        self.note.hide()
        self._card_column = QVBoxLayout()
        self._card_column.setSpacing(tokens.SPACE_6_PX)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(tokens.SPACE_4_PX, tokens.SPACE_4_PX, tokens.SPACE_4_PX, 0)
        column.setSpacing(tokens.SPACE_3_PX)
        column.addWidget(self.nothing)
        column.addLayout(self._card_column)
        column.addStretch(1)
        column.addWidget(line())
        column.addWidget(self.worker)
        column.addWidget(self.note)
        column.addWidget(self.operations)
        self._figures = Figures(inside)
        self._figures.asked.connect(self._grow)
        buttons = row(None, self.clean, self.unload)
        buttons.setContentsMargins(tokens.SPACE_4_PX, 0, tokens.SPACE_4_PX, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, tokens.SPACE_4_PX)
        whole.setSpacing(tokens.SPACE_3_PX)
        whole.addWidget(self._figures, 1)
        whole.addLayout(buttons)
        self.setMinimumWidth(WIDTH_PX)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def show_snapshot(self, snapshot: GpuSnapshot) -> None:
        """Take a reading of the cards; draws only while on show."""
        self._history.add(snapshot)
        self._snapshot = snapshot
        if self.isVisible():
            self._draw(snapshot)

    def show_worker(
        self,
        report: MemoryReported | None,
        *,
        is_loaded: bool,
        loading: str = "",
        standby_bytes: int = 0,
    ) -> None:
        """What the worker's allocator holds; ``None`` where it does not tell (on the CPU, or nothing).

        ``loading`` is the model that is on its way; ``standby_bytes`` what a prepared process keeps on
        the host.
        """
        key = "gauge.no-worker" if not is_loaded else "gauge.worker-quiet"
        if loading:
            self.worker.setText(say("status.loading", model=translated(loading)))
        elif standby_bytes:
            self.worker.setText(say("gauge.standby", memory=memory(standby_bytes)))
        elif report is None:
            self.worker.setText(say(key))
        else:
            figures = memory(report.allocated_bytes), memory(report.reserved_bytes)
            self.worker.setText(say("gauge.worker", allocated=figures[0], reserved=figures[1]))
        self.unload.setEnabled(is_loaded or bool(loading))
        self.clean.setEnabled(report is not None)

    def show_note(self, sentence: str) -> None:
        """What the last unload or cleaning gave back; empty takes it away."""
        self.note.setText(translated(sentence))
        self.note.setVisible(bool(sentence))

    def show_operations(self, operations: Sequence[Operation]) -> None:
        """What was done to the memory lately, oldest first."""
        self.operations.show_operations(operations)

    def set_threshold(self, warn_fraction: float) -> None:
        """Warn from this share of used memory on."""
        self._warn_fraction = warn_fraction
        if self._snapshot is not None and self.isVisible():
            self._draw(self._snapshot)

    def toggle(self) -> None:
        """Show it in front, or hide it when it is there."""
        if self.isVisible() and self.isActiveWindow():
            self.hide()
            return
        if self._snapshot is not None:  # before it is placed, so that it is placed with its full height
            self._draw(self._snapshot)
        if not self.isVisible():
            self._grow()
        show_in_front(self)

    def _draw(self, snapshot: GpuSnapshot) -> None:
        self._match_cards([reading.uuid for reading in snapshot.readings])
        self.nothing.setVisible(not snapshot.readings)
        self.clean.setVisible(bool(snapshot.readings))
        for reading in snapshot.readings:
            card = self._cards[reading.uuid]
            card.show_reading(reading, self._warn_fraction)
            is_over = reading.used_fraction >= self._warn_fraction
            card.show_history(self._history.stretches(reading.uuid), snapshot.at_ms, is_over)

    def _grow(self) -> None:
        """As high as all figures, where the screen is that high; what does not fit is scrolled."""
        wanted_px, self._wanted_px = self._wanted_px, self.sizeHint().height()
        if self._wanted_px > wanted_px:
            wanted = self.sizeHint().expandedTo(self.size())
            self.resize(wanted.boundedTo(room_for(self)))

    def _match_cards(self, uuids: list[str]) -> None:
        for gone in [uuid for uuid in self._cards if uuid not in uuids]:
            self._cards.pop(gone).deleteLater()
        for new in [uuid for uuid in uuids if uuid not in self._cards]:
            self._cards[new] = CardView()
            self._card_column.addWidget(self._cards[new])
            self._cards[new].show()  # else it has no height until the next turn of the event loop

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._snapshot is not None:
            self._draw(self._snapshot)
        self.setFocus()  # no row, no button: nothing is pressed by a key meant for elsewhere
        self.looked_at.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.looked_at.emit(False)


class Figures(QScrollArea):
    """All but the buttons. ``asked`` for more or less room, which other scroll areas do not ask for."""

    asked = Signal()

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(say("gauge.title"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_handled = super().eventFilter(watched, event)
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self.asked.emit()
        return is_handled

    def sizeHint(self) -> QSize:
        inside = self._inside
        width_px = max(WIDTH_PX, inside.minimumSizeHint().width())
        height_px = inside.heightForWidth(width_px) if inside.hasHeightForWidth() else -1
        return QSize(width_px, max(height_px, inside.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        bar_px = self.verticalScrollBar().sizeHint().width()
        return QSize(self._inside.minimumSizeHint().width() + bar_px, tokens.SPACE_12_PX * 3)


def line() -> QFrame:
    """A thin separator."""
    made = QFrame()
    made.setFrameShape(QFrame.Shape.HLine)
    made.setFrameShadow(QFrame.Shadow.Sunken)
    return made
