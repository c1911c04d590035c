"""``plosive doctor``: microphones, whether sound arrives, voice detection."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from typing import Final

from audio.devices import SYSTEM_SOUND, SoundSource, find_source, list_microphones
from audio.events import Problem
from audio.pcm import FRAME_BYTES, SILENCE_DBFS, level_dbfs
from audio.problems import NO_MICROPHONE, SILERO_MISSING
from audio.silero import SileroMissing, SileroModel
from audio.source import AudioSource, SourceFailed
from audio.vad import VadSettings, VoiceGate
from desktop.cli.checks import Check, Verdict, broken, missing
from desktop.settings.schema import Settings

LISTEN_S: Final = 0.5
FIRST_SOUND_S: Final = 3.0

ONLY_ZEROS: Final = Problem(
    "doctor.zeros",
    "The microphone delivers digital silence.",
    "Switch it on, or raise it in the system's sound settings; some headsets have a switch.",
)
NO_SOUND: Final = Problem(
    "doctor.no_sound",
    "The microphone was opened but no sound came.",
    "Unplug it and plug it in again, or choose another one in the settings.",
)


def microphones(settings: Settings) -> Iterator[Check]:
    """Which there are, and whether the chosen one is among them."""
    try:
        found = list_microphones()
    except SourceFailed as failure:
        yield broken("sound", "microphones", failure.problem)
        return
    if not found:
        yield broken("sound", "microphones", NO_MICROPHONE)
    for each in found:
        yield _microphone(each)
    chosen = settings.audio.microphone
    if chosen and chosen not in {each.name for each in found}:
        remedy = "Plug it in, or choose another: plosive config set audio.microphone ''"
        yield Check("sound", chosen, Verdict.MISSING, "chosen in the settings, not there now", remedy)
    if found:
        yield sound_arrives(settings)
    yield _system_sound()


def _system_sound() -> Check:
    """What live captions hear the others by."""
    try:
        return Check("sound", "system sound", Verdict.FOUND, find_source(SYSTEM_SOUND).description)
    except SourceFailed as failure:
        return missing("sound", "system sound", failure.problem)


def _microphone(found: SoundSource) -> Check:
    default = ", default" if found.is_default else ""
    detail = f"{found.description} ({found.rate_hz} Hz{default})"
    if not found.is_muted:
        return Check("sound", found.name, Verdict.FOUND, detail)
    return Check("sound", found.name, Verdict.MISSING, f"{detail}: muted", "Unmute it in the sound settings.")


def sound_arrives(settings: Settings) -> Check:
    """Opens the microphone for half a second."""
    from audio.microphone import Microphone

    source = Microphone(settings.audio.microphone or None)
    try:
        source.start()
        pcm = _listen(source)
    except SourceFailed as failure:
        return broken("sound", "recording", failure.problem)
    finally:
        source.close()
    if not pcm:
        return broken("sound", "recording", NO_SOUND)
    level = level_dbfs(pcm)
    if level <= SILENCE_DBFS:
        return missing("sound", "recording", ONLY_ZEROS)
    return Check("sound", "recording", Verdict.FOUND, f"sound arrives, {level:.0f} dBFS")


def _listen(microphone: AudioSource) -> bytes:
    pcm = bytearray()
    deadline_s = time.monotonic() + FIRST_SOUND_S
    while time.monotonic() < deadline_s and len(pcm) < FRAME_BYTES * LISTEN_S * 50:
        frame = microphone.read(0.1)
        if frame is not None:
            pcm += frame.pcm
    return bytes(pcm)


def voice_detection(settings: Settings) -> Iterator[Check]:
    """Both detectors, run for real."""
    gate = VoiceGate(VadSettings(settings.audio.vad_mode, use_silero=False))
    gate.is_speech(bytes(FRAME_BYTES))
    yield Check("voice", "webrtcvad", Verdict.FOUND)
    if not settings.audio.confirm_with_silero:
        return
    try:
        SileroModel()
        yield Check("voice", "silero", Verdict.FOUND)
    except SileroMissing:
        yield missing("voice", "silero", SILERO_MISSING)


def resampling() -> Iterator[Check]:
    """Libraries without which no sound gets through."""
    for name in ("sounddevice", "soxr", "soundfile"):
        is_there = importlib.util.find_spec(name) is not None
        verdict = Verdict.FOUND if is_there else Verdict.BROKEN
        yield Check("sound", name, verdict, "", "" if is_there else "Install Plosive again.")
