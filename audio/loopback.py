"""What the computer plays, where no sound server has monitors: Windows and macOS. Pure: it reads tables.

Windows: PortAudio newer than 19.7 lists, for each WASAPI output, an input of the same name that ends in
``[Loopback]``. Older ones, and those in sounddevice's wheels to this day, do not; then only "Stereo Mix" of
some sound cards helps. macOS has nothing like it: the sound must be sent through a virtual device, which a
program can hear as an input. Written from documentation; neither system was at hand to try it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from audio.events import Problem
from audio.problems import NO_LOOPBACK_MACOS, NO_LOOPBACK_WINDOWS, NO_SOUND_OUTPUT

Device = Mapping[str, Any]
"""As ``sounddevice.query_devices`` gives it: name, hostapi, max_input_channels …"""

MARK: Final = "[Loopback]"
STEREO_MIX: Final = ("stereo mix", "stereomix", "what u hear")
VIRTUAL: Final = ("blackhole", "soundflower", "loopback audio")


def is_loopback(device: Device, platform: str) -> bool:
    """Whether this input has what the computer plays."""
    name = str(device["name"])
    if platform == "win32":
        return name.endswith(MARK) or name.lower().startswith(STEREO_MIX)
    return platform == "darwin" and name.lower().startswith(VIRTUAL)


def default_loopback(
    devices: Sequence[Device], hosts: Sequence[Mapping[str, Any]], platform: str
) -> int | None:
    """The number of the input that has what the default output plays; ``None``: there is none."""
    inputs = [
        (number, device)
        for number, device in enumerate(devices)
        if device["max_input_channels"] > 0 and is_loopback(device, platform)
    ]
    for number, device in inputs:
        output = hosts[device["hostapi"]]["default_output_device"]
        if output >= 0 and _output_name(device) == devices[output]["name"]:
            return number
    plain = [number for number, device in inputs if not str(device["name"]).endswith(MARK)]
    return plain[0] if plain else None  # one for all outputs, or the one the user has set up


def no_loopback(platform: str) -> Problem:
    """Why what is played cannot be heard, and what to do about it."""
    return {"win32": NO_LOOPBACK_WINDOWS, "darwin": NO_LOOPBACK_MACOS}.get(platform, NO_SOUND_OUTPUT)


def _output_name(device: Device) -> str:
    return str(device["name"]).removesuffix(MARK).rstrip()
