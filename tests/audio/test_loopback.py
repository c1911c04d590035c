"""Which input has what is played, by the tables that Windows and macOS would give. Not tried on either."""

from __future__ import annotations

from typing import Any

import pytest

from audio.loopback import default_loopback, is_loopback, no_loopback


def device(name: str, hostapi: int = 0, inputs: int = 2, outputs: int = 0) -> dict[str, Any]:
    return {"name": name, "hostapi": hostapi, "max_input_channels": inputs, "max_output_channels": outputs}


MME = {"name": "MME", "default_output_device": 1}
WASAPI = {"name": "Windows WASAPI", "default_output_device": 3}
WINDOWS = [
    device("Microphone (USB)", 0),
    device("Speakers (Realtek)", 0, 0, 2),
    device("Headphones (USB)", 1, 0, 2),
    device("Speakers (Realtek)", 1, 0, 2),
    device("Microphone (USB)", 1),
    device("Headphones (USB) [Loopback]", 1),
    device("Speakers (Realtek) [Loopback]", 1),
]


def test_windows_takes_the_loopback_of_the_default_output() -> None:
    assert default_loopback(WINDOWS, [MME, WASAPI], "win32") == 6
    other = {**WASAPI, "default_output_device": 2}
    assert default_loopback(WINDOWS, [MME, other], "win32") == 5


def test_a_microphone_is_never_taken_for_it() -> None:
    assert default_loopback(WINDOWS[:5], [MME, WASAPI], "win32") is None
    assert default_loopback([device("Microphone")], [{"default_output_device": -1}], "win32") is None
    assert default_loopback([device("Microphone")], [{"default_output_device": -1}], "darwin") is None


def test_stereo_mix_helps_where_there_is_no_loopback() -> None:
    devices = [*WINDOWS[:5], device("Stereo Mix (Realtek)", 0)]
    assert default_loopback(devices, [MME, WASAPI], "win32") == 5


def test_a_virtual_device_helps_on_macos() -> None:
    devices = [device("MacBook Microphone"), device("BlackHole 2ch", 0, 2, 2)]
    assert default_loopback(devices, [{"default_output_device": 1}], "darwin") == 1
    assert not is_loopback(devices[0], "darwin")


def test_linux_without_a_sound_server_has_none() -> None:
    assert default_loopback([device("HDA: ALC (hw:0,0)")], [{"default_output_device": 0}], "linux") is None


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_every_system_is_told_what_to_do(platform: str) -> None:
    assert no_loopback(platform).remedy
