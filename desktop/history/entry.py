"""What is remembered of one dictation. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from desktop.core.commands import DictationRecord


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One dictation. Times are UTC; ``entry_id`` is 0 before it is stored.

    ``source`` tells how it was started (hotkey, tray, command-line); ``latencies_ms`` by name, ``None``
    where a step did not happen; ``audio_path`` is set while its sound is kept.
    """

    started_utc: datetime
    ended_utc: datetime
    text: str
    source: str = ""
    model: str = ""
    device: str = ""
    window_class: str = ""
    heard_ms: int = 0
    speech_ms: int = 0
    landed: bool = False
    method: str = ""
    latencies_ms: Mapping[str, float | None] = field(default_factory=dict)
    problem_code: str = ""
    audio_path: str = ""
    entry_id: int = 0


def entry_of(
    record: DictationRecord, *, started_utc: datetime, ended_utc: datetime, model: str, device: str
) -> HistoryEntry:
    """What the core tells at the end of a dictation, as history keeps it."""
    return HistoryEntry(
        started_utc=started_utc,
        ended_utc=ended_utc,
        text=record.text,
        source=record.origin.value,
        model=model,
        device=device,
        window_class=record.window_class,
        heard_ms=record.heard_ms,
        speech_ms=record.speech_ms,
        landed=record.landed,
        method=record.method,
        latencies_ms=asdict(record.latencies),
        problem_code=record.problem.code if record.problem else "",
        audio_path=record.journal_path or "" if record.problem else "",
    )


def time_text(moment: datetime) -> str:
    """``2026-11-21T09:28:55.123Z``: sorts as text. Raises ``ValueError`` for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """The other way round."""
    return datetime.fromisoformat(text).astimezone(UTC)
