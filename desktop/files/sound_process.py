"""A recording decoded by a process of its own: FFmpeg is native code, and a file may be made to break it.

The process is started for the first recording and serves all of a job. When it dies, the recording that it
was at has failed, by name; the next one gets another process.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

from audio.events import Problem
from audio.file_segments import FileSegment
from audio.source import SourceFailed
from desktop.core.file_names import shown
from desktop.files.problems import decoder_ended
from desktop.files.sound import SoundSettings
from recognizer.child import worker_environment
from recognizer.wire import Frame, FrameDecoder, WireError

READ_BYTES: Final = 1 << 18
END_S: Final = 2.0
MOST_LOGGED_BYTES: Final = 4096
_log = logging.getLogger(__name__)


class ProcessEnded(Exception):
    """It is gone; nothing more comes from it."""


def sound_command() -> list[str]:
    """How to start it, with this very Python."""
    return [sys.executable, "-P", "-m", "desktop.files.sound_child"]


class SoundProcess:
    """Belongs to one thread, but for ``kill``. Starting raises ``OSError``."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._is_killed = False
        self._frames: list[Frame] = []
        self._decoder = FrameDecoder()

    @property
    def pid(self) -> int | None:
        """Its process id, if there is one now."""
        return self._process.pid if self._process is not None else None

    def ask(self, request: dict[str, Any]) -> Frame:
        """Its answer. Raises ``ProcessEnded``."""
        self.tell(request)
        return self._next_frame()

    def tell(self, request: dict[str, Any]) -> None:
        """What is not answered. Raises ``ProcessEnded``."""
        process = self._process or self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
        except OSError as error:
            self.close()
            raise ProcessEnded from error

    def kill(self) -> None:
        """From any thread: whoever waits for an answer hears of the end."""
        process = self._process
        if process is not None:
            self._is_killed = True
            process.kill()

    def close(self) -> None:
        """End it and log what it said about that; safe to repeat."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._log_end(process.returncode)

    def _started(self) -> subprocess.Popen[bytes]:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._frames, self._decoder = [], FrameDecoder()
        self._process = subprocess.Popen(
            sound_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, bufsize=0,
            env=worker_environment(), start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        if self._next_frame().header.get("said") != "hello":
            raise RuntimeError("the decoding process did not begin with hello")
        return self._process

    def _next_frame(self) -> Frame:
        assert self._process is not None and self._process.stdout is not None
        while not self._frames:
            data = os.read(self._process.stdout.fileno(), READ_BYTES)
            if not data:
                self.close()
                raise ProcessEnded
            try:
                self._frames = self._decoder.feed(data)
            except WireError as error:
                self.close()
                raise ProcessEnded from error
        return self._frames.pop(0)

    def _log_end(self, exit_code: int) -> None:
        said = b""
        if self._stderr is not None:
            with self._stderr as stderr:
                stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - MOST_LOGGED_BYTES))
                said = stderr.read()
            self._stderr = None
        if (exit_code and not self._is_killed) or said:
            _log.warning("the decoding process ended (%d): %s", exit_code, said.decode("utf-8", "replace"))


class FarSound:
    """The face of ``desktop.files.sound.Sound`` for a file that ``process`` hears."""

    def __init__(self, process: SoundProcess, path: Path, settings: SoundSettings) -> None:
        self._process = process
        self._name = shown(path.name)
        self.heard_ms = 0
        self.notices: tuple[Problem, ...] = ()
        asked = {"path": os.fsencode(path.absolute()).hex(), "vad": asdict(settings.vad)}
        self.length_ms = int(self._ask("open", asked | {"longest_s": settings.longest_s}).header["length_ms"])

    def segments(self) -> Iterator[FileSegment]:
        """Its segments, as it is read. Raises ``SourceFailed``."""
        while (frame := self._ask("next", {})).header["said"] == "segment":
            index, start_ms, end_ms, overlap_ms = frame.header["place"]
            yield FileSegment(index, start_ms, end_ms, frame.payload, overlap_ms)

    def close(self) -> None:
        """Give the file back."""
        if self._process.pid is not None:
            with suppress(ProcessEnded):
                self._process.tell({"do": "close"})

    def _ask(self, what: str, more: dict[str, Any]) -> Frame:
        if what != "open" and self._process.pid is None:
            raise SourceFailed(decoder_ended(self._name))
        try:
            frame = self._process.ask({"do": what} | more)
        except ProcessEnded as error:
            raise SourceFailed(decoder_ended(self._name)) from error
        header = frame.header
        self.heard_ms = max(self.heard_ms, int(header["heard_ms"]))
        self.notices = tuple(Problem(*each) for each in header["notices"])
        if header["said"] == "failed":
            raise SourceFailed(Problem(*header["problem"]))
        if header["said"] == "mistake":
            _log.error("the decoding process made a mistake:\n%s", header["trace"])
            raise RuntimeError("a mistake in the decoding process")
        return frame
