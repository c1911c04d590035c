"""Which sound sources there are, and when that changes.

On Linux the sound server is asked through pulsectl (PortAudio shows only ``pulse`` and
``default`` there); where no sound server answers, and elsewhere, PortAudio's own list is used.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from audio.alsa import changed_environment, open_streams, sight
from audio.events import Problem
from audio.loopback import default_loopback, is_loopback, no_loopback
from audio.problems import (
    NO_MICROPHONE,
    NO_PORTAUDIO,
    NO_SOUND_SYSTEM,
    microphone_missing,
)
from audio.pulse import PulseEvents, connect_pulse
from audio.source import SourceFailed
from audio.turn import own_turn

logger = logging.getLogger(__name__)

SYSTEM_SOUND: Final = "@DEFAULT_MONITOR@"
"""The name to ask for when what the computer plays is to be heard."""
POLL_S: Final = 0.5
"""How often a watch looks whether it should stop, or whether a lost sound server is back."""
PORTAUDIO_POLL_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class SoundSource:
    """One microphone or monitor. ``name`` is for the program, ``description`` for the user.

    ``is_default``: the default microphone, or the monitor of the default output (system sound).
    ``is_on_server``: known from the sound server, not from PortAudio.
    """

    name: str
    description: str
    is_default: bool
    is_monitor: bool
    is_muted: bool = False
    rate_hz: int = 48_000
    channels: int = 1
    is_on_server: bool = True


@dataclass(frozen=True, slots=True)
class SourcesChanged:
    """A source came or went, or the default is another one; all there are now.

    ``problem`` is set, and ``sources`` empty, while no sound system answers.
    """

    sources: tuple[SoundSource, ...]
    problem: Problem | None = None


def import_sounddevice() -> Any:
    """The sounddevice module, loaded on first use: it needs PortAudio and takes some time.

    Raises ``SourceFailed`` when the library is missing.
    """
    module = sys.modules.get("sounddevice")
    if module is not None and module in _ready:
        return module
    with own_turn():
        return _load_sounddevice()


_ready: list[Any] = []
"""The module, once PortAudio has seen what it should."""


def _load_sounddevice() -> Any:
    try:
        with changed_environment(sight.environment()):
            import sounddevice
    except (ImportError, OSError) as error:
        logger.warning("sounddevice: %s", error)
        raise SourceFailed(NO_PORTAUDIO) from error
    if sounddevice not in _ready:
        sight.widen_unless_enough(sounddevice)
        _ready.append(sounddevice)
    return sounddevice


def list_sources() -> list[SoundSource]:
    """All sources, monitors included. Raises ``SourceFailed`` when there is no sound system."""
    pulse = connect_pulse("plosive-list")
    if pulse is None:
        return _portaudio_sources()
    try:
        return _pulse_sources(pulse)
    except Exception as error:  # the server died between two questions: pulsectl has many names for it
        logger.warning("sound server: %s", error)
        raise SourceFailed(NO_SOUND_SYSTEM) from error
    finally:
        pulse.close()


def list_microphones() -> list[SoundSource]:
    """The sources that are not monitors. Raises ``SourceFailed`` when there is no sound system."""
    return [source for source in list_sources() if not source.is_monitor]


def _pulse_sources(pulse: Any) -> list[SoundSource]:
    server = pulse.server_info()
    return [
        SoundSource(
            name=source.name,
            description=source.description or source.name,
            is_default=_is_default(source, server),
            is_monitor=source.monitor_of_sink_name is not None,
            is_muted=bool(source.mute),
            rate_hz=source.sample_spec.rate,
            channels=source.channel_count,
        )
        for source in pulse.source_list()
    ]


def _is_default(source: Any, server: Any) -> bool:
    if source.monitor_of_sink_name is None:
        return bool(source.name == server.default_source_name)
    return bool(source.monitor_of_sink_name == server.default_sink_name)


def find_source(wanted: str | None) -> SoundSource:
    """The source of that name; ``None`` is the default microphone, ``SYSTEM_SOUND`` what is played.

    A monitor is never taken for a microphone unless asked for by name. Raises ``SourceFailed``.
    """
    sources = list_sources()
    if wanted == SYSTEM_SOUND:
        found = [one for one in sources if one.is_monitor and one.is_default]
    elif wanted:
        found = [one for one in sources if wanted in (one.name, one.description)]
    else:
        microphones = [one for one in sources if not one.is_monitor]
        found = [one for one in microphones if one.is_default] or microphones
    if not found:
        raise SourceFailed(_nothing_found(wanted))
    return found[0]


def _nothing_found(wanted: str | None) -> Problem:
    if wanted == SYSTEM_SOUND:
        return no_loopback(sys.platform)
    return microphone_missing(wanted) if wanted else NO_MICROPHONE


def _portaudio_sources() -> list[SoundSource]:
    """PortAudio's inputs. On Linux only real sound cards count: no sound server has answered."""
    sounddevice = import_sounddevice()
    with own_turn():
        if sight.is_narrow and not open_streams:  # the sound server has gone since
            sight.widen(sounddevice)
        devices, hosts = sounddevice.query_devices(), sounddevice.query_hostapis()
    if sys.platform.startswith("linux") and not any("(hw:" in device["name"] for device in devices):
        raise SourceFailed(NO_SOUND_SYSTEM)
    if len(devices) == 0:
        raise SourceFailed(NO_SOUND_SYSTEM)
    default_index = sounddevice.default.device[0]
    played_index = default_loopback(devices, hosts, sys.platform)
    return [
        SoundSource(
            name=f"{device['name']}, {hosts[device['hostapi']]['name']}",
            description=device["name"],
            is_default=index in (default_index, played_index),
            is_monitor=is_loopback(device, sys.platform),
            rate_hz=int(device["default_samplerate"]),
            channels=device["max_input_channels"],
            is_on_server=False,
        )
        for index, device in enumerate(devices)
        if device["max_input_channels"] > 0
    ]


class DeviceWatch:
    """A thread that tells when sources change. ``emit`` is called on that thread."""

    def __init__(self, emit: Callable[[SourcesChanged], None]) -> None:
        self._emit = emit
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="microphones", daemon=True)
        self._told: SourcesChanged | None = None

    def start(self) -> None:
        """Begin to watch; the present list is told first."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the thread; true when it ended in time."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._watch_once()
            except Exception as error:  # noqa: BLE001 (the server went away: look again)
                logger.info("watching sound sources: %s", error)
                self._stopping.wait(POLL_S)

    def _watch_once(self) -> None:
        pulse = connect_pulse("plosive-watch")
        if pulse is None:
            self._tell_present()
            self._stopping.wait(PORTAUDIO_POLL_S)
            return
        try:
            self._follow(pulse)
        finally:
            pulse.close()

    def _follow(self, pulse: Any) -> None:
        listening = PulseEvents(pulse, "source", "server")
        self._tell(SourcesChanged(tuple(_pulse_sources(pulse))))
        while not self._stopping.is_set():
            if listening.wait(POLL_S):
                self._tell(SourcesChanged(tuple(_pulse_sources(pulse))))

    def _tell_present(self) -> None:
        try:
            self._tell(SourcesChanged(tuple(_portaudio_sources())))
        except SourceFailed as failure:
            self._tell(SourcesChanged((), failure.problem))

    def _tell(self, changed: SourcesChanged) -> None:
        if changed != self._told:
            self._told = changed
            trouble = f" ({changed.problem.code})" if changed.problem else ""
            logger.info("sound sources: %d%s", len(changed.sources), trouble)
            self._emit(changed)
