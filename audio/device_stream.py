"""A running PortAudio stream of one source: opened, and given back.

PortAudio is asked for the device's own rate in blocks of 10 ms, or 20 ms where nobody waits for the first one
(captions, which then cost a fifth less of the processor). Letting PulseAudio resample delayed the
first block by 20 ms (37 instead of 8 ms after the start), and soxr does it better.
"""

from __future__ import annotations

import logging
import threading
import time
from queue import SimpleQueue
from typing import Any, Final

from audio.alsa import SERVER_DEVICE, changed_environment, open_streams, sight
from audio.devices import SoundSource, import_sounddevice
from audio.follow import STREAM_PROPERTY
from audio.problems import microphone_unusable
from audio.source import SourceFailed
from audio.turn import own_turn

logger = logging.getLogger(__name__)

BLOCK_MS: Final = 10
UNHURRIED_BLOCK_MS: Final = 20
CLOSE_S: Final = 0.5
QUEUE_BLOCKS: Final = 10_000 // BLOCK_MS
"""2 MiB at most. Loading the voice model takes seconds where a slow disk brings the recognizer's as well."""


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


def rehearse(source: SoundSource) -> None:
    """Let PortAudio and ALSA read their settings, 35 ms at the first time, without taking sound."""
    sounddevice = import_sounddevice()
    try:
        with own_turn(), changed_environment(sight.environment()):
            device = _portaudio_device(sounddevice, source)
            sounddevice.check_input_settings(device, source.channels, "int16", samplerate=source.rate_hz)
    except (sounddevice.PortAudioError, ValueError) as error:
        logger.info("rehearsal: %s", error)


def open_stream(
    source: SoundSource, wanted: str | None, stream_name: str, tap: Tap, block_ms: int = BLOCK_MS
) -> Any:
    """A running stream of ``source``, asked for as ``wanted``; ``tap`` gets its blocks.

    Looks for devices anew and tries again once when that fails. Raises ``SourceFailed``.
    """
    sounddevice = import_sounddevice()
    with own_turn():
        try:
            stream = _open_once(sounddevice, source, wanted, stream_name, tap, block_ms)
        except (sounddevice.PortAudioError, ValueError) as error:
            if open_streams:  # looking anew would kill them
                raise SourceFailed(microphone_unusable(source.description)) from error
            logger.info("opening failed, looking for devices anew: %s", error)
            stream = _open_anew(sounddevice, source, wanted, stream_name, tap, block_ms)
        open_streams.add(stream_name)
    return stream


def close_stream(stream: Any, stream_name: str) -> None:
    """Give it back; never fails, and waits no longer than ``CLOSE_S``: a frozen server keeps it for ever."""
    closing = threading.Thread(target=_close, args=(stream, stream_name), name="audio-close", daemon=True)
    closing.start()
    closing.join(CLOSE_S)
    if closing.is_alive():
        logger.warning("the sound server does not take its stream back")


def _close(stream: Any, stream_name: str) -> None:
    try:
        with own_turn(
            wait_s=None
        ):  # never given back, the microphone would stay in use until the program ends
            open_streams.discard(stream_name)
            stream.abort(ignore_errors=True)  # stop() would play out the buffer first: 30 ms
            stream.close(ignore_errors=True)
    except Exception as error:  # noqa: BLE001 (nothing is left to give back of a dead server's stream)
        logger.info("closing the microphone: %s", error)


def _open_anew(
    sounddevice: Any, source: SoundSource, wanted: str | None, stream_name: str, tap: Tap, block_ms: int
) -> Any:
    try:
        sight.look_anew(sounddevice)
        return _open_once(sounddevice, source, wanted, stream_name, tap, block_ms)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise SourceFailed(microphone_unusable(source.description)) from error


def _open_once(
    sounddevice: Any, source: SoundSource, wanted: str | None, stream_name: str, tap: Tap, block_ms: int
) -> Any:
    with changed_environment(_environment(source, wanted, stream_name)):
        stream = sounddevice.RawInputStream(
            samplerate=source.rate_hz,
            blocksize=source.rate_hz * block_ms // 1000,
            device=_portaudio_device(sounddevice, source),
            channels=source.channels,
            dtype="int16",
            latency="low",
            callback=tap.on_block,
            finished_callback=tap.on_finished,
        )
    stream.start()
    return stream


def _environment(source: SoundSource, wanted: str | None, stream_name: str) -> dict[str, str]:
    """Tell the sound server, the only way PortAudio leaves, which source is meant and who we are.

    The default microphone is not named, so that the server moves the stream when the user chooses another.
    A server may move to a microphone who asks for the default monitor; it leaves alone who names it.
    """
    properties = {"PULSE_PROP": f"application.name=Plosive {STREAM_PROPERTY}={stream_name}"}
    if source.is_on_server and (wanted or not source.is_default):
        properties["PULSE_SOURCE"] = source.name
    return properties | sight.environment()


def _portaudio_device(sounddevice: Any, source: SoundSource) -> int | str | None:
    """On a sound server everything goes through the device ``pulse``; else the name tells."""
    if not source.is_on_server:
        return source.name
    names = [device["name"] for device in sounddevice.query_devices()]
    return names.index(SERVER_DEVICE) if SERVER_DEVICE in names else None
