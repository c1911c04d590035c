"""Files of every kind behind the interface of a microphone, and files that are none."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.listen import segment_source
from audio.pcm import FRAME_BYTES
from audio.segmenter import VadSegmenter
from audio.source import SourceFailed
from audio.vad import VoiceGate
from audio.wav_source import WavSource
from tests.fakes.voice import likeness, voice, write_wav


def read_all(source: WavSource) -> np.ndarray:
    source.start()
    frames = []
    while not source.has_ended:
        frame = source.read(0.1)
        if frame is not None:
            assert len(frame.pcm) == FRAME_BYTES
            assert frame.at_ms == len(frames) * 20
            frames.append(frame.pcm)
    return np.frombuffer(b"".join(frames), "<i2")


def chirp(rate_hz: int) -> np.ndarray:
    """One second from 100 to 2 100 Hz: like itself in one place only."""
    t = np.arange(rate_hz) / rate_hz
    return 0.5 * np.sin(2 * np.pi * (100 * t + 1_000 * t * t))


@pytest.mark.parametrize(
    ("suffix", "rate_hz", "channels", "subtype"),
    [
        (".wav", 16_000, 1, "PCM_16"),
        (".wav", 8_000, 1, "PCM_U8"),
        (".wav", 44_100, 1, "PCM_24"),
        (".wav", 48_000, 2, "PCM_16"),
        (".wav", 48_000, 6, "FLOAT"),
        (".wav", 96_000, 2, "DOUBLE"),
        (".wav", 8_000, 1, "ULAW"),
        (".flac", 22_050, 1, "PCM_16"),
        (".flac", 48_000, 2, "PCM_24"),
        (".ogg", 44_100, 2, "VORBIS"),
    ],
)
def test_every_format_becomes_the_same_sound(
    tmp_path: Path, suffix: str, rate_hz: int, channels: int, subtype: str
) -> None:
    path = tmp_path / f"tone{suffix}"
    tone = chirp(rate_hz)
    soundfile.write(path, np.repeat(tone[:, np.newaxis], channels, axis=1), rate_hz, subtype=subtype)
    source = WavSource(path)
    heard = read_all(source)
    assert heard.size == 16_000
    assert source.health().notices == ()
    alike, at = likeness(heard, (chirp(16_000)[2_000:14_000] * 32767).astype("<i2"))
    assert alike > 0.99
    assert abs(at - 2_000) <= 1


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_not_utf_8_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"r\xe9union\n.wav")
    write_wav(path, voice(100))
    assert np.array_equal(read_all(WavSource(path)), voice(100))


def test_channels_in_antiphase_do_not_cancel(tmp_path: Path) -> None:
    path = tmp_path / "antiphase.wav"
    tone = chirp(16_000)
    soundfile.write(path, np.stack([tone, -tone], axis=1), 16_000)
    assert np.abs(read_all(WavSource(path))).max() > 10_000


def test_numbers_that_are_no_sound_become_silence(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    soundfile.write(path, np.array([np.nan, np.inf, -np.inf, 7.0] * 4_000), 16_000, subtype="FLOAT")
    assert read_all(WavSource(path)).size == 16_000


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Each kind of bad file and the code of its problem."""
    (folder / "empty.wav").write_bytes(b"")
    write_wav(folder / "no_samples.wav", np.zeros(0, "<i2"))
    (folder / "text.wav").write_text("This is not sound at all. " * 50)
    (folder / "headless.wav").write_bytes(b"RIFF\x00\x00\x01\x00WAVEfm")
    (folder / "picture.flac").write_bytes(bytes(range(256)) * 20)
    return {
        "empty": (folder / "empty.wav", "file.empty"),
        "no samples": (folder / "no_samples.wav", "file.empty"),
        "text": (folder / "text.wav", "file.not_audio"),
        "half a header": (folder / "headless.wav", "file.not_audio"),
        "picture": (folder / "picture.flac", "file.not_audio"),
        "missing": (folder / "nowhere.wav", "file.missing"),
        "folder": (folder, "file.unreadable"),
    }


@pytest.mark.parametrize(
    "kind", ["empty", "no samples", "text", "half a header", "picture", "missing", "folder"]
)
def test_a_bad_file_is_a_sentence_with_a_remedy(tmp_path: Path, kind: str) -> None:
    path, code = bad_files(tmp_path)[kind]
    for begin in (WavSource(path).prepare, WavSource(path).start):
        with pytest.raises(SourceFailed) as caught:
            begin()
        problem = caught.value.problem
        assert problem.code == code
        assert problem.sentence.endswith(".")
        assert problem.remedy


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_file_cut_short_is_heard_as_far_as_it_goes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"whole{suffix}"
    soundfile.write(path, voice(3_000), 16_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    source = WavSource(path)
    heard = read_all(source)
    assert [one.code for one in source.health().notices] == ["file.cut_short"]
    assert 16_000 < heard.size < 48_000
    assert np.array_equal(heard[:16_000], voice(3_000)[:16_000])


def test_a_header_of_a_stream_that_did_not_know_its_length_is_no_damage(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "stream.wav", voice(500))
    content = bytearray(path.read_bytes())
    content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    source = WavSource(path)
    assert read_all(source).size == 8_000
    assert source.health().notices == ()


def test_real_time_is_real_time(tmp_path: Path) -> None:
    source = WavSource(write_wav(tmp_path / "half.wav", voice(500)), is_realtime=True)
    begun_s = time.monotonic()
    assert read_all(source).size == 8_000
    assert time.monotonic() - begun_s >= 0.5


def test_it_can_be_heard_again_after_a_stop(tmp_path: Path) -> None:
    source = WavSource(write_wav(tmp_path / "again.wav", voice(300)))
    first = read_all(source)
    source.stop()
    assert source.has_ended
    assert np.array_equal(first, read_all(source))


def test_segmenting_a_file_closes_it_also_when_the_caller_stops_asking(tmp_path: Path) -> None:
    source = WavSource(write_wav(tmp_path / "long.wav", voice(2_000)))
    events = segment_source(source, VoiceGate(), VadSegmenter())
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert source.has_ended
