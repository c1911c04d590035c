"""The voice gate for recordings: in blocks what the other is frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from audio.file_gate import BLOCK_FRAMES, FileGate
from audio.level import QuietLift
from audio.silero import SileroMissing, SileroModel
from audio.vad import VadSettings, VoiceGate
from tests.fakes.voice import RATE_HZ, silence, voice

FRAME_BYTES = 640


@pytest.fixture(scope="module")
def silero() -> SileroModel:
    return SileroModel()


def flags(gate: FileGate, sound: np.ndarray, frames: int = BLOCK_FRAMES) -> np.ndarray:
    pcm = sound.astype("<i2").tobytes()
    pcm = pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES]
    pieces = range(0, len(pcm), frames * FRAME_BYTES)
    return np.array([flag for at in pieces for flag in gate.flags(pcm[at : at + frames * FRAME_BYTES])])


def conversation(seconds: int) -> np.ndarray:
    parts = []
    for seed in range(seconds // 5):
        parts += [voice(3_200, seed + 1), silence(1_800)]
    return np.concatenate(parts)


def test_lifting_many_is_lifting_each() -> None:
    sound = np.concatenate([voice(2_000), voice(2_000) // 40, silence(1_000)]).astype("<i2").tobytes()
    one, many = QuietLift(), QuietLift()
    each = b"".join(one.lift(sound[at : at + FRAME_BYTES]) for at in range(0, len(sound), FRAME_BYTES))
    middle = len(sound) // FRAME_BYTES // 3 * FRAME_BYTES
    assert many.lift_many(sound[:middle]) + many.lift_many(sound[middle:]) == each


def test_it_says_what_the_gate_for_dictation_says(silero: SileroModel) -> None:
    sound = conversation(80)
    settings = VadSettings(webrtc_mode=1, silero_threshold=0.45)
    slow, pcm = VoiceGate(settings, lambda: silero), sound.tobytes()
    expected = np.array(
        [slow.is_speech(pcm[at : at + FRAME_BYTES]) for at in range(0, len(pcm), FRAME_BYTES)]
    )
    found = flags(FileGate(VadSettings(silero_threshold=0.6), lambda: silero), sound)
    assert expected.mean() > 0.5
    assert (found == expected).mean() > 0.97


@pytest.mark.parametrize("frames", [20, 37, 200, 1_000])
def test_blocks_may_have_any_size(silero: SileroModel, frames: int) -> None:
    sound = conversation(20)
    whole = flags(FileGate(None, lambda: silero), sound)
    parts = flags(FileGate(None, lambda: silero), sound, frames)
    assert parts.size == whole.size
    assert (parts == whole).mean() > 0.9


def test_silero_sleeps_in_silence() -> None:
    def load() -> SileroModel:
        raise AssertionError("loaded in silence")

    gate = FileGate(None, load)
    assert not flags(gate, np.zeros(RATE_HZ * 40)).any()
    assert gate.flags(b"") == []


def test_noise_that_fools_webrtcvad_is_not_confirmed(silero: SileroModel) -> None:
    t = np.arange(RATE_HZ * 10) / RATE_HZ
    hum = sum(1_500 / k * np.sin(2 * np.pi * 50 * k * t) for k in range(1, 9)) + silence(10_000)
    assert flags(FileGate(VadSettings(use_silero=False)), hum).mean() > 0.3
    assert flags(FileGate(None, lambda: silero), hum).mean() < 0.01


def test_without_silero_webrtcvad_decides_and_it_is_said() -> None:
    def missing() -> SileroModel:
        raise SileroMissing("no")

    gate = FileGate(None, missing)
    assert flags(gate, conversation(10)).mean() > 0.5
    assert [one.code for one in gate.notices] == ["vad.no_silero"]
