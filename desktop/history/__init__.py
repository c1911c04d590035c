"""What the user dictated, and what was said in meetings, in SQLite."""

from desktop.history.entry import HistoryEntry, entry_of
from desktop.history.limits import Forgotten, Limits
from desktop.history.meeting import Found, Meeting, Transcript
from desktop.history.meeting_store import MeetingsForgotten
from desktop.history.meetings import MeetingWriter
from desktop.history.opening import HistoryFailed
from desktop.history.store import HistoryStore
from desktop.history.writer import (
    DictationSaved,
    DictationsForgotten,
    HistoryEvent,
    HistoryTroubled,
    HistoryWriter,
    MeetingChanged,
)

__all__ = [
    "DictationSaved",
    "DictationsForgotten",
    "Forgotten",
    "Found",
    "HistoryEntry",
    "HistoryEvent",
    "HistoryFailed",
    "HistoryStore",
    "HistoryTroubled",
    "HistoryWriter",
    "Limits",
    "Meeting",
    "MeetingChanged",
    "MeetingWriter",
    "MeetingsForgotten",
    "Transcript",
    "entry_of",
]
