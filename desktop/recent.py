"""The history as the running program uses it: written on its thread, the latest ones at hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from desktop.core.commands import DictationRecord
from desktop.history.entry import entry_of
from desktop.history.limits import Limits
from desktop.history.writer import DictationSaved, HistoryWriter
from desktop.settings.schema import HistorySettings

AT_HAND: Final = 20


class RecentDictations:
    """Belongs to the GUI thread; ``post`` receives the answers of the history's thread."""

    def __init__(
        self, default_folder: Path, settings: HistorySettings, post: Callable[[object], None]
    ) -> None:
        self._default_folder = default_folder
        self._post = post
        self._settings = settings
        self._folder = self._chosen_folder()
        self._writer = self._new_writer()
        self.texts: list[tuple[int, str]] = []

    def configure(self, settings: HistorySettings) -> None:
        """Use other settings from the next dictation on; another folder begins a history of its own."""
        before, self._settings = self._settings, settings
        folder = self._chosen_folder()
        if folder != self._folder:
            self._folder = folder
            self._writer.stop()
            self._writer = self._new_writer()
            self.read()
        elif (before.keep_days, before.keep_mib) != (settings.keep_days, settings.keep_mib):
            self._writer.retain(self._limits())

    @property
    def folder(self) -> Path:
        """Where the database lies."""
        return self._folder

    @property
    def writer(self) -> HistoryWriter:
        """For windows that delete."""
        return self._writer

    def _chosen_folder(self) -> Path:
        chosen = self._settings.directory
        return Path(chosen).expanduser() if chosen else self._default_folder

    def _limits(self) -> Limits:
        return Limits(self._settings.keep_days, self._settings.keep_mib)

    def _new_writer(self) -> HistoryWriter:
        return HistoryWriter(self._folder, self._limits(), self._post)

    def save(self, record: DictationRecord, model: str, device: str) -> None:
        """Remember a dictation that has just ended, unless the user wants none remembered."""
        if not self._settings.enabled:
            return
        ended = datetime.now(UTC)
        started = ended - timedelta(milliseconds=record.heard_ms)
        self._writer.save(entry_of(record, started_utc=started, ended_utc=ended, model=model, device=device))

    def took(self, event: DictationSaved) -> None:
        """It is on the disk; it comes first from now on."""
        if event.entry.text:
            self.texts = [(event.entry_id, event.entry.text.strip()), *self.texts][:AT_HAND]

    def read(self) -> None:
        """Read the latest ones from the database; none where there is none yet."""
        from desktop.history.opening import HistoryFailed
        from desktop.history.store import HistoryStore

        try:
            with HistoryStore(self._folder, is_read_only=True) as history:
                latest = history.latest(AT_HAND)
        except HistoryFailed:  # the writer tells what is wrong with it
            latest = []
        self.texts = [(entry.entry_id, entry.text.strip()) for entry in latest if entry.text]

    def text(self, entry_id: int) -> str:
        """The text of one of the latest dictations."""
        return dict(self.texts).get(entry_id, "")

    def forget_audio(self, path: Path) -> None:
        """The recording is no longer there."""
        self._writer.forget_audio(str(path))

    def stop(self) -> None:
        """Finish writing."""
        self._writer.stop()
