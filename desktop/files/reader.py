"""The thread ``files``: has one recording at a time decoded, a segment for each wish, never further ahead."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.events import Problem
from audio.file_segments import FileSegment
from audio.problems import file_missing
from audio.source import SourceFailed
from desktop.core import file_job_facts as job
from desktop.core.file_names import shown
from desktop.files.identity import Identity, identity_of, is_unchanged
from desktop.files.problems import READING_FAILED, changed
from desktop.files.sound import Sound, SoundSettings
from desktop.files.sound_process import FarSound, SoundProcess

JOIN_S: Final = 3.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identified:
    """The file can be looked at; nothing of its sound was read yet. ``identity`` ``None``: standard input."""

    file_id: int
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class SoundRead:
    """A segment with its samples (16 kHz mono s16le)."""

    segment: job.SegmentRead
    pcm: bytes


Post = Callable[[object], None]
_Wish = tuple[Callable[[int], None], int] | None


class FileReader:
    """Thread-safe, never blocks: each call only queues; answers are posted on the thread ``files``.

    ``path_of`` a file's number; ``None`` is standard input.
    """

    def __init__(self, path_of: Callable[[int], Path | None], settings: SoundSettings, post: Post) -> None:
        self._path_of = path_of
        self._settings = settings
        self._post = post
        self._wishes: queue.SimpleQueue[_Wish] = queue.SimpleQueue()
        self._process = SoundProcess()
        self._sound: Sound | FarSound | None = None
        self._segments: Iterator[FileSegment] = iter(())
        self._identity: Identity | None = None
        self._read = 0
        self._thread = threading.Thread(target=self._run, name="files", daemon=True)
        self._thread.start()

    def identify(self, file_id: int) -> None:
        """Answered by ``Identified`` or ``FileEnded``."""
        self._wishes.put((self._identify, file_id))

    def open(self, file_id: int) -> None:
        """Answered by ``FileOpened`` or ``FileEnded``."""
        self._wishes.put((self._open, file_id))

    def read_on(self, file_id: int) -> None:
        """Answered by ``SoundRead`` or ``FileEnded``."""
        self._wishes.put((self._next, file_id))

    def close(self, file_id: int) -> None:
        """Read no further."""
        self._wishes.put((self._close, file_id))

    def stop(self, timeout_s: float = JOIN_S) -> None:
        """Close what is open and wait for the thread."""
        self._wishes.put(None)
        self._process.kill()  # it may be in the middle of an hour of silence
        self._thread.join(timeout_s)

    # --- on the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        while (wish := self._wishes.get()) is not None:
            act, file_id = wish
            try:
                self._do(act, file_id)
            except Exception:  # noqa: BLE001 - whatever it is, the other files must go on
                _log.exception("files: unexpected")
                self._sound = None  # even closing it may be what failed
                self._end(file_id, READING_FAILED)
        self._close(0)
        self._process.close()

    def _do(self, act: Callable[[int], None], file_id: int) -> None:
        try:
            act(file_id)
        except SourceFailed as failure:
            self._end(file_id, failure.problem)

    def _identify(self, file_id: int) -> None:
        path = self._path_of(file_id)
        self._identity = identity_of(path) if path is not None else None
        self._post(Identified(file_id, self._identity))

    def _open(self, file_id: int) -> None:
        self._close(file_id)
        self._sound = self._opened(self._path_of(file_id))
        self._segments = self._sound.segments()
        self._read = 0
        self._post(job.FileOpened(file_id, self._sound.length_ms))

    def _opened(self, path: Path | None) -> Sound | FarSound:
        """Standard input can be heard here only, and so can everything in a bundle: it has one program."""
        if path is None or getattr(sys, "frozen", False):
            return Sound(path, self._settings)
        return FarSound(self._process, path, self._settings)

    def _next(self, file_id: int) -> None:
        segment = next(self._segments, None)
        if segment is None:
            self._end(file_id, None)
            return
        read = job.SegmentRead(file_id, self._read, segment.start_ms, segment.end_ms, segment.overlap_ms)
        self._read += 1
        self._post(SoundRead(read, segment.pcm))

    def _close(self, _: int) -> None:
        sound, self._sound = self._sound, None
        self._segments = iter(())
        if sound is not None:
            sound.close()

    def _end(self, file_id: int, problem: Problem | None) -> None:
        sound, path = self._sound, self._path_of(file_id)
        heard_ms, notices = (sound.heard_ms, sound.notices) if sound is not None else (0, ())
        self._close(file_id)
        if path is not None and problem is None and not self._is_same(path):
            notices = (*notices, changed(shown(path.name)))
        if path is not None and problem is not None and not os.path.lexists(path):
            problem = file_missing(shown(str(path)))
        self._post(job.FileEnded(file_id, heard_ms, problem, notices))

    def _is_same(self, path: Path) -> bool:
        return self._identity is None or is_unchanged(path, self._identity)
