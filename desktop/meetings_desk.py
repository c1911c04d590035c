"""Meetings at hand: written as captions come, shown in their window, deleted with their sound.

GUI thread only.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.core.timed_text import Bookmark, TimedText
from desktop.history.meeting_store import MeetingsForgotten
from desktop.history.meetings import MeetingReader, MeetingWriter
from desktop.history.writer import HistoryBegunAnew, MeetingChanged
from desktop.meeting_sound import drop_sound
from desktop.recent import RecentDictations
from desktop.runtime import Runtime

if TYPE_CHECKING:
    from desktop.ui.meeting_acts import ExportPlace
    from desktop.ui.meetings_window import MeetingsWindow


class MeetingsDesk:
    """``is_wanted``: whether the user wants anything remembered. ``folder`` holds the sound of meetings,
    ``place_file`` where the last file was exported to.
    """

    def __init__(
        self,
        runtime: Runtime,
        recent: RecentDictations,
        folder: Path,
        is_wanted: Callable[[], bool],
        copy: Callable[[str], None],
        place_file: Path,
    ) -> None:
        self.folder = folder
        self._place_file = place_file
        self._runtime = runtime
        self._recent = recent
        self._is_wanted = is_wanted
        self._copy = copy
        self._writer = MeetingWriter(lambda: recent.writer)
        self._expected: dict[str, tuple[datetime, Path | None]] = {}
        self._begun: set[str] = set()
        self._window: MeetingsWindow | None = None
        self._aside_file = place_file.with_name("meetings-deleted.json")
        self._being_deleted: list[str] = []
        self._delete_what_was_put_aside()

    # --- what captions remember ---------------------------------------------------------------------

    def begin(self, key: str, started: datetime, recording: Path | None) -> None:
        """A meeting begins; it is written with its first line, when the model that hears it is known."""
        if self._is_wanted():
            self._expected[key] = (started, recording)

    def add_line(self, key: str, number: int, line: TimedText) -> None:
        """Something was said."""
        if self._is_begun(key):
            self._writer.add_line(key, line, number)

    def add_bookmark(self, key: str, bookmark: Bookmark) -> None:
        """A moment to find again."""
        if self._is_begun(key):
            self._writer.add_bookmark(key, bookmark)

    def end(self, key: str, duration_ms: int) -> None:
        """Everything is in. Where nothing was said or kept there is nothing to remember.

        Its length is told: the computer's clock may have been set meanwhile.
        """
        started, recording = self._expected.get(key, (None, None))
        if started is not None and (key in self._begun or (recording is not None and recording.is_dir())):
            self._is_begun(key)
            self._writer.end(key, (started + timedelta(milliseconds=duration_ms)).isoformat())
        self._expected.pop(key, None)
        self._begun.discard(key)

    def _is_begun(self, key: str) -> bool:
        """Whether it is remembered at all; its beginning is written now if it was not yet."""
        if key not in self._expected:
            return False
        if key not in self._begun:
            self._begun.add(key)
            started, recording = self._expected[key]
            ready = self._runtime.lifecycle.ready
            model = ready.model.name if ready else self._runtime.model.name
            device = ready.device if ready else ""
            self._writer.begin(key, "", started.isoformat(), model, device, str(recording or ""))
        return True

    # --- the window ---------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the meetings there are."""
        if self._window is None:
            from desktop.ui.meetings_window import MeetingsReads, MeetingsWindow

            reader = MeetingReader(lambda: self._recent.folder)
            reads = MeetingsReads(reader.found, reader.to_read, reader.transcript)
            self._window = MeetingsWindow(reads, self._place())
            self._window.copy_requested.connect(self._copy)
            self._window.renamed.connect(self._writer.rename)
            self._window.delete_requested.connect(self._delete)
            self._window.put_aside.connect(self._put_aside)
            self._window.exported_to.connect(self._remember)
        self._window.open()

    def take(self, event: object) -> bool:
        """Facts about meetings on the disk; whether this was one."""
        match event:
            case MeetingChanged():
                pass
            case HistoryBegunAnew():
                self._writer.write_again()
            case MeetingsForgotten():
                self._being_deleted.clear()
                self._put_aside(self._window.deleted.keys if self._window is not None else [])
                for recording in event.recordings:
                    drop_sound(Path(recording), self.folder)
            case _:
                return False
        self.changed()
        return True

    def changed(self) -> None:
        """Something about meetings is new, perhaps by another process."""
        if self._window is not None:
            self._window.refresh_soon()

    def _place(self) -> ExportPlace:
        """Where the last file went; what cannot be read is as if there had been none."""
        from desktop.ui.meeting_acts import ExportPlace

        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            known = json.loads(self._place_file.read_text(encoding="utf-8"))
            return ExportPlace(str(known["folder"]), str(known["format"]))
        return ExportPlace()

    def _remember(self, place: ExportPlace) -> None:
        with contextlib.suppress(OSError):
            self._place_file.touch(mode=0o600)
            self._place_file.write_text(json.dumps(asdict(place)), encoding="utf-8")

    def stop(self) -> None:
        """The program ends, and with it the time to take a deletion back."""
        if self._window is not None:
            self._window.delete_for_good()

    def _put_aside(self, keys: list[str]) -> None:
        """The user has deleted these, but may undo it; where the program ends first, the next start knows."""
        with contextlib.suppress(OSError):
            if gone := [*self._being_deleted, *keys]:
                self._aside_file.touch(mode=0o600)
                self._aside_file.write_text(json.dumps(gone), encoding="utf-8")
            else:
                self._aside_file.unlink(missing_ok=True)

    def _delete_what_was_put_aside(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            keys = json.loads(self._aside_file.read_text(encoding="utf-8"))
            self._delete([str(key) for key in keys] if isinstance(keys, list) else [])

    def _delete(self, keys: list[str]) -> None:
        self._being_deleted += keys
        self._writer.delete(*keys)
