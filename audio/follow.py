"""Where the sound server takes a stream's sound from, and when that changes.

A sound server moves a stream without telling the one who reads it: the user drags it to another
microphone, or the microphone is unplugged and the default takes its place.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from audio.pulse import PulseEvents, connect_pulse

logger = logging.getLogger(__name__)

STREAM_PROPERTY: Final = "plosive.stream"
POLL_S: Final = 0.25
RECONNECT_S: Final = 1.0
"""A sound server that is busy for seconds, with a headset say, does not answer; the stream lives on."""


@dataclass(frozen=True, slots=True)
class StreamPlace:
    """The source that a stream is taken from. ``former_is_gone``: the one before was unplugged.

    ``default_monitor``: the name of the source that has what the default output plays; empty: there is none.
    """

    source_name: str
    description: str
    is_muted: bool
    is_monitor: bool
    former_is_gone: bool = False
    default_monitor: str = ""


def default_monitor(pulse: Any, sources: Iterable[Any]) -> str:
    """The source that has what the default output plays; empty if there is none."""
    sink_name = pulse.server_info().default_sink_name
    return next((str(one.name) for one in sources if sink_name and one.monitor_of_sink_name == sink_name), "")


class StreamFollower:
    """A thread that tells where the stream with property ``stream`` is: first, then at each change."""

    def __init__(self, stream: str, emit: Callable[[StreamPlace], None]) -> None:
        self._stream = stream
        self._emit = emit
        self._place: StreamPlace | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audio-follow", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def ask_stop(self) -> None:
        """Let the thread end soon, without waiting for it."""
        self._stopping.set()

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End the thread; true when it ended in time."""
        self.ask_stop()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow_once()
            except Exception as error:  # noqa: BLE001 (busy: it goes on; gone: the stream itself notices that)
                logger.info("following the stream: %s", error)
            self._stopping.wait(RECONNECT_S)

    def _follow_once(self) -> None:
        pulse = connect_pulse("plosive-follow")
        if pulse is None:
            return
        try:
            self._follow(pulse)
        finally:
            pulse.close()

    def _follow(self, pulse: Any) -> None:
        events = PulseEvents(pulse, "source_output", "source", "server")
        self._look(pulse)
        while not self._stopping.is_set():
            if events.wait(POLL_S):
                self._look(pulse)

    def _look(self, pulse: Any) -> None:
        sources = {source.index: source for source in pulse.source_list()}
        source = sources.get(self._source_index(pulse))
        if source is None:
            return
        former = self._place
        is_gone = former is not None and former.source_name not in {one.name for one in sources.values()}
        is_monitor = source.monitor_of_sink_name is not None
        description = source.description or source.name
        default = default_monitor(pulse, sources.values())
        place = StreamPlace(source.name, description, bool(source.mute), is_monitor, is_gone, default)
        if former is None or is_gone or place != replace(former, former_is_gone=False):
            self._place = place
            self._emit(place)

    def _source_index(self, pulse: Any) -> int | None:
        """Our stream by its property; by process where the server does not pass that on."""
        outputs = pulse.source_output_list()
        ours = [one for one in outputs if one.proplist.get(STREAM_PROPERTY) == self._stream]
        if not ours:
            pid = str(os.getpid())
            ours = [one for one in outputs if one.proplist.get("application.process.id") == pid]
        return ours[0].source if len(ours) == 1 else None
