"""A microphone, or any other source of the sound server, as 20 ms frames.

PortAudio's callback only copies. It is asked for the device's own rate in blocks of 10 ms: letting
PulseAudio resample delayed the first block by 20 ms (37 instead of 8 ms after the start), and soxr
does it better. Opening takes 2 ms, so a stream is opened when sound is wanted and closed after: an
open one would show in the desktop as a microphone in use.
"""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Final

from audio.devices import SYSTEM_SOUND, SoundSource, find_source, import_sounddevice
from audio.events import AudioFrame, Problem
from audio.follow import STREAM_PROPERTY, StreamFollower, StreamPlace
from audio.intake import Intake
from audio.problems import SOUND_BUSY, microphone_gone, microphone_stalled, microphone_unusable
from audio.resampler import Resampler
from audio.source import SourceFailed, SourceHealth

logger = logging.getLogger(__name__)

BLOCK_MS: Final = 10
QUEUE_BLOCKS: Final = 2_000 // BLOCK_MS
STALL_S: Final = 0.5
FIRST_BLOCK_S: Final = 3.0
"""A sleeping device or a Bluetooth headset may need this long to begin."""
PATIENCE_READS: Final = 3
"""After a freeze of the whole process the callback must get its turn before we say "stalled"."""
TURN_S: Final = 2.0

_stream_numbers = itertools.count(1)
_open_streams: set[str] = set()
_turn: SimpleQueue[None] = SimpleQueue()
"""Its one token is the right to open or close: PortAudio and the environment belong to the process."""
_turn.put(None)


@contextmanager
def _own_turn() -> Iterator[None]:
    try:
        _turn.get(timeout=TURN_S)
    except Empty:
        raise SourceFailed(SOUND_BUSY) from None
    try:
        yield
    finally:
        _turn.put(None)


class Tap:
    """What PortAudio's own thread touches: it copies, enqueues, and counts when there is no room."""

    def __init__(self) -> None:
        self.blocks: SimpleQueue[tuple[bytes, float]] = SimpleQueue()
        self.dropped_blocks = 0
        self.has_finished = False

    def on_block(self, indata: Any, _frames: int, _time: Any, _status: Any) -> None:
        """PortAudio's callback."""
        if self.blocks.qsize() < QUEUE_BLOCKS:
            self.blocks.put_nowait((bytes(indata), time.monotonic()))
        else:
            self.dropped_blocks += 1

    def on_finished(self) -> None:
        """The stream ended, by our wish or because the sound server died."""
        self.has_finished = True


class Microphone:
    """An ``AudioSource`` on sounddevice. ``source_name`` ``None`` is the system's default."""

    def __init__(self, source_name: str | None = None) -> None:
        self._source_name = source_name
        self._description = source_name or "Default microphone"
        self._is_muted = False
        self._stream: Any = None
        self._stream_name = ""
        self._follower: StreamFollower | None = None
        self._begin_afresh(rate_hz=48_000, channels=1)

    def _begin_afresh(self, rate_hz: int, channels: int) -> None:
        self._tap = self.make_tap()
        self._intake = Intake(rate_hz, channels)
        self._places: SimpleQueue[StreamPlace] = SimpleQueue()
        self._frames: deque[AudioFrame] = deque()
        self._notices: list[Problem] = []
        self._empty_reads = 0
        self._last_block_s = time.monotonic()

    def make_tap(self) -> Tap:
        """A new end of the callback; a benchmark puts a clock there."""
        return Tap()

    @property
    def name(self) -> str:
        """The description of the device that the sound comes from right now."""
        return self._description

    @property
    def has_ended(self) -> bool:
        """Never: a microphone fails or goes on."""
        return False

    def prepare(self) -> None:
        """Load the libraries and look whether the source is there. Raises ``SourceFailed``."""
        import_sounddevice()
        source = find_source(self._source_name)
        Resampler(source.rate_hz, source.channels)  # loads its library now, not within the first word
        with _own_turn():
            _rehearse(source)

    def start(self) -> None:
        """Open the device and take sound. Raises ``SourceFailed``."""
        self.close()
        source = find_source(self._source_name)
        self._begin_afresh(source.rate_hz, source.channels)
        self._description, self._is_muted = source.description, source.is_muted
        self._stream_name = f"{os.getpid()}-{next(_stream_numbers)}"
        with _own_turn():
            self._stream = _open(source, self._source_name, self._stream_name, self._tap)
        if source.is_on_server:
            self._follower = StreamFollower(self._stream_name, self._places.put)
            self._follower.start()

    def read(self, timeout_s: float) -> AudioFrame | None:
        """The next frame, or ``None`` after ``timeout_s``. Raises ``SourceFailed``."""
        deadline_s = time.monotonic() + timeout_s
        while not self._frames:
            try:
                block, arrived_s = self._tap.blocks.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except Empty:
                self._check_alive()
                return None
            self._last_block_s, self._empty_reads = time.monotonic(), 0
            self._frames.extend(self._intake.take(block, arrived_s))
            self._note_places()
        return self._frames.popleft()

    def stop(self) -> None:
        """Take no more sound. The device is given back too: it opens again in 2 ms."""
        self.close()

    def close(self) -> None:
        """Give the device back; safe to repeat, never fails."""
        stream, self._stream = self._stream, None
        if self._follower is not None:
            self._follower.ask_stop()
            self._follower = None
        if stream is None:
            return
        try:
            with _own_turn():
                _open_streams.discard(self._stream_name)
                stream.abort(ignore_errors=True)  # stop() would play out the buffer first: 30 ms
                stream.close(ignore_errors=True)
        except Exception as error:  # noqa: BLE001 (a dead server's stream: nothing is left to give back)
            logger.info("closing the microphone: %s", error)

    def health(self) -> SourceHealth:
        """Counts since ``start``."""
        stalled_s = time.monotonic() - self._last_block_s if self._stream is not None else 0.0
        return SourceHealth(
            delivered_ms=self._intake.delivered_ms,
            lost_ms=self._intake.lost_ms,
            dropped_blocks=self._tap.dropped_blocks,
            stalled_ms=round(stalled_s * 1000),
            zeros_ms=self._intake.zeros_ms,
            is_muted=self._is_muted,
            notices=tuple(self._notices),
        )

    def _note_places(self) -> None:
        """Take over where the server says the sound comes from. Raises when that is no microphone."""
        while not self._places.empty():
            place = self._places.get_nowait()
            is_wanted = self._source_name is not None or not place.is_monitor
            if place.former_is_gone:
                gone = microphone_gone(self._description)
                if place.is_monitor:
                    raise SourceFailed(gone)
                self._notices.append(gone)
            if is_wanted:
                self._description, self._is_muted = place.description, place.is_muted

    def _check_alive(self) -> None:
        self._note_places()
        if self._stream is None or self._tap.has_finished:
            raise SourceFailed(microphone_gone(self._description))
        self._empty_reads += 1
        limit_s = STALL_S if self._intake.delivered_ms else FIRST_BLOCK_S
        if self._empty_reads >= PATIENCE_READS and time.monotonic() - self._last_block_s >= limit_s:
            raise SourceFailed(microphone_stalled(self._description))


def _rehearse(source: SoundSource) -> None:
    """Let PortAudio and ALSA read their settings, 35 ms at the first time, without taking sound."""
    sounddevice = import_sounddevice()
    try:
        device = _portaudio_device(sounddevice, source)
        sounddevice.check_input_settings(device, source.channels, "int16", samplerate=source.rate_hz)
    except (sounddevice.PortAudioError, ValueError) as error:
        logger.info("rehearsal: %s", error)


def _open(source: SoundSource, wanted: str | None, stream_name: str, tap: Tap) -> Any:
    """A running stream. Looks for devices anew and tries again once when that fails."""
    sounddevice = import_sounddevice()
    try:
        stream = _open_once(sounddevice, source, wanted, stream_name, tap)
    except (sounddevice.PortAudioError, ValueError) as error:
        if _open_streams:  # looking anew would kill them
            raise SourceFailed(microphone_unusable(source.description)) from error
        logger.info("opening failed, looking for devices anew: %s", error)
        stream = _open_anew(sounddevice, source, wanted, stream_name, tap)
    _open_streams.add(stream_name)
    return stream


def _open_anew(sounddevice: Any, source: SoundSource, wanted: str | None, stream_name: str, tap: Tap) -> Any:
    try:
        sounddevice._terminate()
        sounddevice._initialize()
        return _open_once(sounddevice, source, wanted, stream_name, tap)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise SourceFailed(microphone_unusable(source.description)) from error


def _open_once(sounddevice: Any, source: SoundSource, wanted: str | None, stream_name: str, tap: Tap) -> Any:
    with _environment(source, wanted, stream_name):
        stream = sounddevice.RawInputStream(
            samplerate=source.rate_hz,
            blocksize=source.rate_hz * BLOCK_MS // 1000,
            device=_portaudio_device(sounddevice, source),
            channels=source.channels,
            dtype="int16",
            latency="low",
            callback=tap.on_block,
            finished_callback=tap.on_finished,
        )
    stream.start()
    return stream


@contextmanager
def _environment(source: SoundSource, wanted: str | None, stream_name: str) -> Iterator[None]:
    """Tell the sound server, the only way PortAudio leaves, which source is meant and who we are.

    The default is not named, so that the server moves the stream when the user chooses another.
    """
    changed = {"PULSE_PROP": f"application.name=Plosive {STREAM_PROPERTY}={stream_name}"}
    if source.is_on_server and (wanted or not source.is_default):
        changed["PULSE_SOURCE"] = source.name if wanted != SYSTEM_SOUND else SYSTEM_SOUND
    former = {key: os.environ.get(key) for key in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for key, value in former.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})


def _portaudio_device(sounddevice: Any, source: SoundSource) -> int | str | None:
    """On a sound server everything goes through the device ``pulse``; else the name tells."""
    if not source.is_on_server:
        return source.name
    names = [device["name"] for device in sounddevice.query_devices()]
    return names.index("pulse") if "pulse" in names else None
