"""What the user dictated, in SQLite."""

from desktop.history.entry import HistoryEntry, entry_of
from desktop.history.opening import HistoryFailed
from desktop.history.store import Forgotten, HistoryStore, Limits
from desktop.history.writer import (
    DictationSaved,
    DictationsForgotten,
    HistoryEvent,
    HistoryTroubled,
    HistoryWriter,
)

__all__ = [
    "DictationSaved",
    "DictationsForgotten",
    "Forgotten",
    "HistoryEntry",
    "HistoryEvent",
    "HistoryFailed",
    "HistoryStore",
    "HistoryTroubled",
    "HistoryWriter",
    "Limits",
    "entry_of",
]
