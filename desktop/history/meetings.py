"""Meetings as the running program writes and reads them.

Every line is given to the thread ``history`` as it comes and committed there at once, so a meeting
survives the end of the program up to the sentence that was being spoken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from desktop.core.timed_text import Bookmark, TimedText
from desktop.history.entry import time_of
from desktop.history.limits import Forgotten, sum_of
from desktop.history.meeting import Found, Meeting, Transcript
from desktop.history.meeting_store import MeetingsForgotten
from desktop.history.opening import HistoryFailed
from desktop.history.store import HistoryStore
from desktop.history.writer import HistoryEvent, HistoryWriter, MeetingChanged, Work

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Running:
    """A meeting that goes on, in memory as well: the history may move, or its disk be full."""

    meeting: Meeting
    lines: dict[int, TimedText] = field(default_factory=dict)
    bookmarks: list[Bookmark] = field(default_factory=list)
    next_number: int = 1


class MeetingWriter:
    """Belongs to one thread; no method waits. ``key`` is the meeting's UUID.

    ``writer`` tells the history's writer of now: when the user chooses another folder for the history, a
    meeting that goes on is written there from its beginning. Answered by ``MeetingChanged``,
    ``MeetingsForgotten``; trouble by ``HistoryTroubled``, then everything is kept and tried again.
    """

    def __init__(self, writer: Callable[[], HistoryWriter]) -> None:
        self._writer = writer
        self._last = writer()
        self._running: dict[str, _Running] = {}

    def begin(
        self, key: str, title: str, started_utc: str, model: str, device: str, recording: str = ""
    ) -> None:
        """Remember a new meeting. ``started_utc`` is ISO 8601; ``recording`` the folder of its sound."""
        meeting = Meeting(key, title, time_of(started_utc), model=model, device=device, recording=recording)
        self._running[key] = _Running(meeting)
        self._keep(key, lambda store: store.meetings.begin(meeting))

    def add_line(self, key: str, line: TimedText, number: int | None = None) -> int:
        """Remember what was said; its number, which is ``number`` where the caller has one of his own."""
        running = self._running.get(key)
        if number is None:
            number = running.next_number if running else 1
        self.replace_line(key, number, line)
        return number

    def replace_line(self, key: str, number: int, line: TimedText) -> None:
        """The line ``number`` reads so now; a line that was not there is added."""
        if (running := self._running.get(key)) is not None:
            running.lines[number] = line
            running.next_number = max(running.next_number, number + 1)
        self._keep(key, lambda store: store.meetings.put_line(key, number, line))

    def add_bookmark(self, key: str, bookmark: Bookmark) -> None:
        """Remember a moment; the meeting is kept from now on whatever the history's limits are."""
        if (running := self._running.get(key)) is not None:
            running.bookmarks.append(bookmark)
        self._keep(key, lambda store: store.meetings.add_bookmark(key, bookmark))

    def end(self, key: str, ended_utc: str) -> None:
        """Everything is in."""
        ended = time_of(ended_utc)
        self._keep(key, lambda store: store.meetings.end(key, ended))
        self._running.pop(key, None)

    def rename(self, key: str, title: str) -> None:
        """Give it a name; it is kept from now on whatever the history's limits are."""
        self._keep(key, lambda store: store.meetings.rename(key, title))

    def delete(self, *keys: str) -> None:
        """Forget them for good; one that goes on is not deleted."""
        self._writer().keep(deleting(*keys))

    def write_again(self) -> None:
        """Another file stands in the history's place: what goes on is written there from its beginning."""
        for running in self._running.values():
            self._writer().keep(_whole(running))

    def is_running(self, key: str) -> bool:
        """Whether the meeting goes on."""
        return key in self._running

    def _keep(self, key: str, act: Callable[[HistoryStore], object]) -> None:
        writer = self._writer()
        if writer is not self._last:
            self._last = writer
            self.write_again()
        writer.keep(_changing(key, act))


def _changing(key: str, act: Callable[[HistoryStore], object]) -> Work:
    def work(store: HistoryStore) -> HistoryEvent | None:
        act(store)
        return MeetingChanged(key)

    return work


def _whole(running: _Running) -> Work:
    """All of a meeting so far."""
    meeting, lines, marks = running.meeting, dict(running.lines), list(running.bookmarks)

    def work(store: HistoryStore) -> None:
        store.meetings.begin(meeting)
        for number, line in lines.items():
            store.meetings.put_line(meeting.key, number, line)
        for mark in marks:
            store.meetings.add_bookmark(meeting.key, mark)

    return work


def deleting(*keys: str) -> Callable[[HistoryStore], MeetingsForgotten]:
    """Work that deletes meetings that are over, and leaves nothing of them in the file.

    Raises ``HistoryFailed``; tried again it goes on, and tells of all. The file is wiped once for all of
    them, which takes longer than all the rest.
    """
    gone: list[Forgotten] = []

    def work(store: HistoryStore) -> MeetingsForgotten:
        found = (store.meetings.get(key) for key in keys)
        over = (each.key for each in found if each is not None and not each.is_open)
        gone.extend(Forgotten(0, (), store.meetings.delete(key)) for key in over)
        if gone:
            store.wipe()
        return sum_of(gone).meetings

    return work


class MeetingReader:
    """Reads in the thread that asks; nothing is found where there is no history yet."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder

    def found(self, words: str) -> list[Found]:
        """The latest meetings, or those that hold ``words``; newest first."""
        return self._read(lambda store: _found(store, words), [])

    def transcript(self, key: str) -> Transcript | None:
        """One meeting with all that was said in it."""
        return self._read(lambda store: store.meetings.transcript(key), None)

    def to_read(self, key: str) -> Transcript | None:
        """The same without the times of the words, which is several times as quick."""
        return self._read(lambda store: store.meetings.transcript(key, with_words=False), None)

    def _read(self, ask: Callable[[HistoryStore], Answer], otherwise: Answer) -> Answer:
        try:
            with HistoryStore(self._folder(), is_read_only=True) as store:
                return ask(store)
        except HistoryFailed:  # there is none yet, or the writer tells what is wrong with it
            return otherwise


def _found(store: HistoryStore, words: str) -> list[Found]:
    if words.strip():
        return store.meetings.search(words)
    return [Found(meeting, ()) for meeting in store.meetings.latest()]
