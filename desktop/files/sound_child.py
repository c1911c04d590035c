"""The process that decodes: ``python -m desktop.files.sound_child``. Native code that crashes ends it only.

A JSON line on stdin asks, a frame of ``recognizer.wire`` on stdout answers: ``open`` by ``opened`` or
``failed``, ``next`` by ``segment``, ``ended`` or ``failed``; ``close`` is not answered. It begins with
``hello`` and ends with its stdin.
"""

from __future__ import annotations

import faulthandler
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

from audio.file_segments import FileSegment
from audio.source import SourceFailed
from audio.vad import VadSettings
from desktop.files.sound import Sound, SoundSettings
from recognizer.wire import Frame, encode_frame


class Hearing:
    """One recording at a time, as it is asked for."""

    def __init__(self) -> None:
        self._sound: Sound | None = None
        self._segments: Iterator[FileSegment] = iter(())

    def answer(self, request: dict[str, Any]) -> Frame | None:
        """What to say to a request."""
        try:
            return self._answer(request)
        except SourceFailed as failure:
            return self._frame("failed", problem=astuple(failure.problem))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files must go on
            places = traceback.format_tb(error.__traceback__)
            return self._frame("mistake", trace="".join(places) + type(error).__name__)

    def _answer(self, request: dict[str, Any]) -> Frame | None:
        match request["do"]:
            case "open":
                self._close()
                path = Path(os.fsdecode(bytes.fromhex(request["path"])))
                settings = SoundSettings(VadSettings(**request["vad"]), tuple(request["longest_s"]))
                self._sound = Sound(path, settings)
                self._segments = self._sound.segments()
                return self._frame("opened", length_ms=self._sound.length_ms)
            case "next":
                return self._next()
            case _:
                self._close()
                return None

    def _next(self) -> Frame:
        segment = next(self._segments, None)
        if segment is None:
            return self._frame("ended")
        place = (segment.index, segment.start_ms, segment.end_ms, segment.overlap_ms)
        return self._frame("segment", segment.pcm, place=place)

    def _frame(self, said: str, payload: bytes = b"", **more: object) -> Frame:
        sound = self._sound
        heard_ms, notices = (sound.heard_ms, sound.notices) if sound is not None else (0, ())
        told = {"said": said, "heard_ms": heard_ms, "notices": [astuple(each) for each in notices]}
        return Frame(told | more, payload)

    def _close(self) -> None:
        sound, self._sound = self._sound, None
        self._segments = iter(())
        if sound is not None:
            sound.close()


def main() -> None:
    """Serve until stdin closes."""
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer of ours
    faulthandler.enable(file=sys.__stderr__ or sys.stderr)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program, which then ends us
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_all, args=(requests,), name="sound-reader", daemon=True).start()
    hearing = Hearing()
    _write(out, encode_frame(Frame({"said": "hello"})))
    while True:
        frame = hearing.answer(json.loads(requests.get()))
        if frame is not None:
            _write(out, encode_frame(frame))


def _read_all(requests: queue.SimpleQueue[bytes]) -> None:
    with os.fdopen(0, "rb", buffering=0) as asked:
        for line in asked:
            requests.put(line)
    os._exit(0)  # also in the middle of decoding: nobody wants it any more


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(out, view) :]
    except OSError:
        os._exit(0)  # nobody listens any more


if __name__ == "__main__":
    main()
