"""Recordings of every kind for tests: spoken by a synthetic voice, so that every sample is known."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from tests.fakes.voice import RATE_HZ, silence, voice, write_wav

GOOD_KINDS = ("wav", "flac", "mp3", "ogg", "m4a", "mkv")


def speech(parts_ms: list[int], pause_ms: int = 1500, seed: int = 1) -> np.ndarray:
    """Speech with pauses between; int16, 16 kHz."""
    parts = [silence(400)]
    for number, length_ms in enumerate(parts_ms):
        parts += [voice(length_ms, seed + number), silence(pause_ms)]
    return np.concatenate(parts)


def write_recording(path: Path, samples: np.ndarray) -> Path:
    """In the format that the ending names."""
    kind = path.suffix[1:]
    if kind == "wav":
        return write_wav(path, samples)
    if kind in {"flac", "ogg", "mp3"}:
        soundfile.write(path, samples, RATE_HZ)
        return path
    return _write_with_av(path, samples)


def _write_with_av(path: Path, samples: np.ndarray) -> Path:
    """AAC in MP4, or AAC beside a moving picture in Matroska."""
    import av

    with av.open(str(path), "w", format={"m4a": "mp4", "mkv": "matroska"}[path.suffix[1:]]) as container:
        video = container.add_stream("mpeg4", rate=5) if path.suffix == ".mkv" else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for at in range(0, samples.size, 1024):
            piece = samples[at : at + 1024].astype(np.float32)[None, :] / 32768.0
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, at, Fraction(1, RATE_HZ)
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
        if video is not None:
            for number in range(max(1, samples.size * 5 // RATE_HZ)):
                picture = np.full((48, 64, 3), number % 255, np.uint8)
                container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(video.encode(None))
    return path


def write_broken(folder: Path) -> dict[str, str]:
    """One of every kind of odd recording, by its name: ``failed``, ``cut`` (heard in part), or nothing."""
    whole = write_wav(folder / "cut-short.wav", speech([3000], seed=70)).read_bytes()
    (folder / "cut-short.wav").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "text.wav").write_text("this is no sound\n" * 200)
    (folder / "empty.mp3").touch()
    (folder / "header.wav").write_bytes(whole[:44])
    (folder / "noise.mp3").write_bytes(np.random.default_rng(3).bytes(50_000))
    (folder / "dangling.flac").symlink_to(folder / "nowhere.flac")
    write_wav(folder / "tiny.wav", voice(200, 5))
    write_wav(folder / "silent.wav", np.zeros(RATE_HZ * 3, "<i2"))
    with wave.open(str(folder / "eight.wav"), "wb") as file:
        file.setnchannels(8)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.repeat(speech([2000], seed=80), 3 * 8).astype("<i2").tobytes())
    return {
        "cut-short.wav": "cut", "text.wav": "failed", "empty.mp3": "failed", "header.wav": "failed",
        "noise.mp3": "failed", "dangling.flac": "failed", "tiny.wav": "", "silent.wav": "", "eight.wav": "",
    }  # fmt: skip
