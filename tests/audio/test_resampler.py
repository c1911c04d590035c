"""Rates, aliases, alignment, and cutting into frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.pcm import FRAME_BYTES
from audio.resampler import FILE_QUALITY, LIVE_QUALITY, Framer, Resampler
from tests.fakes.voice import likeness, voice


def resample(samples: np.ndarray, rate_hz: int, quality: str = LIVE_QUALITY, block: int = 480) -> np.ndarray:
    resampler = Resampler(rate_hz, 1, quality)
    blocks = [samples[at : at + block].astype("<i2").tobytes() for at in range(0, samples.size, block)]
    pieces = [resampler.feed_pcm(one) for one in blocks]
    return np.frombuffer(b"".join([*pieces, resampler.flush()]), "<i2")


def tone(rate_hz: int, frequency_hz: float, seconds: float = 1.0) -> np.ndarray:
    return np.rint(16_000 * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate_hz * seconds)) / rate_hz))


def level_db(samples: np.ndarray) -> float:
    middle = samples[2_000:-2_000].astype(float)
    return float(20 * np.log10(np.sqrt((middle**2).mean()) / (16_000 / np.sqrt(2)) + 1e-9))


@pytest.mark.parametrize("quality", [LIVE_QUALITY, FILE_QUALITY])
@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_length_and_pitch_stay(rate_hz: int, quality: str) -> None:
    heard = resample(tone(rate_hz, 1_000), rate_hz, quality)
    assert abs(heard.size - 16_000) <= 1
    alike, at = likeness(heard, tone(16_000, 1_000)[4_000:12_000].astype("<i2"))
    assert alike > 0.999
    assert (at - 4_000) % 16 in (0, 1, 15), "not aligned with the input"


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_speech_passes_and_aliases_do_not(rate_hz: int) -> None:
    assert abs(level_db(resample(tone(rate_hz, 7_000), rate_hz))) < 0.5
    for frequency_hz in (9_000, 12_000, 15_000):
        assert level_db(resample(tone(rate_hz, frequency_hz), rate_hz)) < -75, frequency_hz


def test_blocks_of_any_size_give_the_same_sound() -> None:
    said = np.repeat(voice(1_000), 3)
    whole = resample(said, 48_000, block=said.size)
    assert np.array_equal(whole, resample(said, 48_000, block=441))


def test_sixteen_kilohertz_pass_untouched() -> None:
    said = voice(500)
    assert np.array_equal(resample(said, 16_000), said)


@pytest.mark.parametrize(("rate_hz", "channels"), [(0, 1), (10, 1), (10**7, 1), (48_000, 0), (48_000, 999)])
def test_what_cannot_be_is_refused(rate_hz: int, channels: int) -> None:
    with pytest.raises(ValueError, match="Hz"):
        Resampler(rate_hz, channels)


@given(st.lists(st.binary(max_size=3_000), max_size=12))
def test_frames_hold_every_byte_in_order(pieces: list[bytes]) -> None:
    framer = Framer()
    frames = [frame for piece in pieces for frame in framer.feed(piece)] + framer.flush()
    joined = b"".join(frame.pcm for frame in frames)
    sound = b"".join(pieces)
    assert joined.startswith(sound)
    assert not joined[len(sound) :].strip(b"\0")
    assert all(len(frame.pcm) == FRAME_BYTES for frame in frames)
    assert [frame.at_ms for frame in frames] == [20 * index for index in range(len(frames))]
