"""The tables of meetings: one row for each meeting, for each thing said in it, and for each bookmark.

``key`` is the meeting's name among programs (a UUID), ``number`` that of a line within its meeting.
``ended_utc`` is empty while the meeting goes on; ``ended_by`` is ``crash`` where the program ended first.
``kept`` meetings are those that the user gave a name or a bookmark: only he forgets them.
"""

from __future__ import annotations

from typing import Final

STEP: Final = (
    """
    CREATE TABLE meetings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        started_utc TEXT NOT NULL,
        ended_utc TEXT NOT NULL DEFAULT '',
        duration_ms INTEGER NOT NULL DEFAULT 0,
        word_count INTEGER NOT NULL DEFAULT 0,
        ended_by TEXT NOT NULL DEFAULT '',
        kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1)),
        model TEXT NOT NULL,
        device TEXT NOT NULL,
        recording TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX meetings_by_start ON meetings (started_utc)",
    """
    CREATE TABLE meeting_lines (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        meeting_id INTEGER NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        speaker TEXT NOT NULL,
        text TEXT NOT NULL,
        words_json TEXT NOT NULL,
        word_count INTEGER NOT NULL,
        UNIQUE (meeting_id, number)
    ) STRICT
    """,
    """
    CREATE TABLE bookmarks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        meeting_id INTEGER NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
        at_ms INTEGER NOT NULL,
        note TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX bookmarks_by_meeting ON bookmarks (meeting_id, at_ms)",
)
"""The step of ``desktop.history.migrations`` that makes the tables."""
