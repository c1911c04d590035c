"""What was done to the card's memory lately, newest first: time, what, by whom, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from desktop.ui.card_view import RIGHT, fit_height, read_only
from desktop.ui.words import memory, say, translated
from resources.translations.words import WORDS

MOST_ROWS: Final = 4


class Operation(Protocol):
    """A line of the operation log. Sizes are in bytes, ``None`` where they are not known."""

    @property
    def at_utc(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def before_bytes(self) -> int | None: ...
    @property
    def after_bytes(self) -> int | None: ...
    @property
    def sentence(self) -> str: ...


class OperationsView(QTreeWidget):
    """Hidden while nothing was done; what happened exactly is the tooltip of a row."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Operation] = []
        self.setColumnCount(4)
        self.setHeaderLabels([say(f"operation.{each}") for each in ("time", "what", "by", "memory")])
        read_only(self)
        self.setAccessibleName(say("operation.all"))
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.headerItem().setTextAlignment(3, RIGHT)
        self.hide()

    def show_operations(self, operations: Sequence[Operation]) -> None:
        """Show these, given oldest first."""
        newest = list(reversed(operations))
        if newest == self._shown:
            return
        self._shown = newest
        self.clear()
        self.addTopLevelItems([item_of(each) for each in newest])
        self.setVisible(bool(newest))
        fit_height(self, min(len(newest), MOST_ROWS))


def item_of(operation: Operation) -> QTreeWidgetItem:
    """One row."""
    words = (clock_of(operation.at_utc), name_of(operation.what), name_of(operation.by), sizes_of(operation))
    item = QTreeWidgetItem(list(words))
    item.setTextAlignment(3, RIGHT)
    for column in range(4):
        item.setToolTip(column, translated(operation.sentence))
    return item


def clock_of(at_utc: str) -> str:
    """Local time; the date where it was another day."""
    try:
        local = datetime.fromisoformat(at_utc).astimezone()
    except ValueError:
        return at_utc
    is_today = local.date() == datetime.now(local.tzinfo).date()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def name_of(word: str) -> str:
    """``clean`` or ``user`` in the user's language; a word without a translation stays as it is."""
    key = f"operation.{word}"
    return say(key) if key in WORDS else word


def sizes_of(operation: Operation) -> str:
    """``1.9 GiB → 0 MiB``; nothing where nothing is known."""
    sizes = (operation.before_bytes, operation.after_bytes)
    if sizes == (None, None):
        return ""
    return " → ".join("?" if each is None else memory(each) for each in sizes)
