"""How much of ALSA PortAudio gets to see: the sound server alone where that does, else everything.

PortAudio looks at every device of ALSA's configuration by opening it. That loads all of ALSA's plug-ins
with what they need (an AC-3 encoder with all of FFmpeg, JACK): 14 MiB and 30 ms for devices that
nobody takes while a sound server runs. So libasound is given a configuration with the server in it and
nothing else, until it turns out that none answers. The user's own ``ALSA_CONFIG_PATH`` is never touched.

Everything here belongs to who has the turn (``audio.turn``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SERVER_DEVICE: Final = "pulse"
VARIABLE: Final = "ALSA_CONFIG_PATH"
SERVER_ONLY: Final = Path(__file__).with_name("sound_server.conf")

_PLAIN: Final = re.compile(r"[A-Za-z0-9/._+-]+")

open_streams: set[str] = set()
"""PortAudio must not be started anew while one of them runs: that would kill it."""


def plainly_named(file: Path) -> str:
    """A name of ``file`` that libasound can read, or nothing if there is none.

    It takes a list of names, split at colons and blanks, and expands each as a shell would. Where it finds
    no file PortAudio aborts the process, so any other name becomes that of an open descriptor.
    """
    if not file.is_file():
        return ""
    if _PLAIN.fullmatch(str(file)):
        return str(file)
    try:
        name = f"/proc/self/fd/{os.open(file, os.O_RDONLY | os.O_CLOEXEC)}"
    except OSError:
        return ""
    return name if Path(name).exists() else ""


class Sight:
    """What libasound reads. Once everything is seen it stays so."""

    def __init__(self, server_only: Path = SERVER_ONLY) -> None:
        is_ours = sys.platform.startswith("linux") and VARIABLE not in os.environ
        self._configuration = plainly_named(server_only) if is_ours else ""
        self.is_narrow = bool(self._configuration)

    def environment(self) -> dict[str, str]:
        """To be set whenever libasound may read its configuration: it looks each time."""
        return {VARIABLE: self._configuration} if self.is_narrow else {}

    def widen_unless_enough(self, sounddevice: Any) -> None:
        """See everything if the sound server is not in sight."""
        if self.is_narrow and not open_streams and SERVER_DEVICE not in _names(sounddevice):
            self.widen(sounddevice)

    def widen(self, sounddevice: Any) -> None:
        """See everything from now on."""
        self.is_narrow = False
        _restart(sounddevice)

    def look_anew(self, sounddevice: Any) -> None:
        """Let PortAudio find the devices of now. No stream may be open."""
        with changed_environment(self.environment()):
            _restart(sounddevice)
        self.widen_unless_enough(sounddevice)


sight: Final = Sight()


@contextmanager
def changed_environment(changed: dict[str, str]) -> Iterator[None]:
    """Set variables of the process, the only way in to libasound and libpulse, and put them back."""
    former = {key: os.environ.get(key) for key in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for key, value in former.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})


def _names(sounddevice: Any) -> list[str]:
    return [device["name"] for device in sounddevice.query_devices()]


def _restart(sounddevice: Any) -> None:
    sounddevice._terminate()
    sounddevice._initialize()
