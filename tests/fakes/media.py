"""Media of every kind, made by the real encoders of the bundled FFmpeg."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soxr

RATE_HZ = 16_000
ENCODERS = {  # ending: encoder, rate in Hz
    ".mp3": ("libmp3lame", 44_100),
    ".m4a": ("aac", 44_100),
    ".flac": ("flac", 44_100),
    ".opus": ("libopus", 48_000),
    ".ogg": ("libopus", 48_000),
    ".wav": ("pcm_s16le", 44_100),
    ".mka": ("pcm_s24le", 48_000),
    ".mkv": ("aac", 48_000),
    ".webm": ("libopus", 48_000),
    ".avi": ("libmp3lame", 44_100),
    ".ts": ("aac", 48_000),
    ".aac": ("aac", 22_050),
    ".aiff": ("pcm_s16be", 11_025),
    ".caf": ("alac", 44_100),
    ".w64": ("pcm_u8", 8_000),
    ".amr": ("libopencore_amrnb", 8_000),
    ".mp4": ("aac", 96_000),
}


def tone(seconds: float, rate_hz: int, hz: float = 440.0, level: float = 0.3) -> np.ndarray:
    """A sine, float32."""
    return (level * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def chirp(seconds: float, rate_hz: int) -> np.ndarray:
    """Rises from 200 Hz to 3 kHz, so that every moment sounds different; float32."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * (200 * t + (3_000 - 200) / (2 * max(seconds, 1e-3)) * t * t)
    return (0.3 * np.sin(phase)).astype(np.float32)


def resampled(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """16 kHz int16 to float32 at another rate, for the encoders."""
    return soxr.resample(sound.astype(np.float32) / 32_768, RATE_HZ, rate_hz).astype(np.float32)


def record(
    path: Path,
    sound: np.ndarray,
    rate_hz: int,
    codec: str | None = None,
    layout: str = "mono",
    options: dict[str, str] | None = None,
    format_: str | None = None,
    has_film: bool = False,
    sound_begins_s: float = 0.0,
) -> Path:
    """Encode float32 ``sound``, ``(n,)`` for the same in every channel or ``(channels, n)``."""
    codec = codec or ENCODERS[path.suffix][0]
    channels = av.AudioLayout(layout).nb_channels
    planes = np.repeat(sound[np.newaxis], channels, 0) if sound.ndim == 1 else sound
    with av.open(str(path), "w", format=format_, options=options or {}) as container:
        film = container.add_stream("mpeg4", rate=10) if has_film else None
        if film is not None:
            film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        if film is not None:
            seconds = sound_begins_s + planes.shape[1] / rate_hz
            for at in range(int(seconds * 10)):
                picture = np.full((48, 64, 3), at % 255, np.uint8)
                container.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(film.encode(None))
        shape = av.AudioResampler(stream.format, layout, rate_hz)
        for at in range(0, planes.shape[1], 4_096):
            piece = np.ascontiguousarray(planes[:, at : at + 4_096].T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(piece, "flt", layout)
            frame.sample_rate, frame.pts = rate_hz, at + int(sound_begins_s * rate_hz)
            for shaped in shape.resample(frame):
                container.mux(stream.encode(shaped))
        for shaped in shape.resample(None):
            container.mux(stream.encode(shaped))
        container.mux(stream.encode(None))
    return path


def silent_film(path: Path, seconds: float = 1.0) -> Path:
    """Pictures without a sound track."""
    with av.open(str(path), "w") as container:
        film = container.add_stream("mpeg4", rate=10)
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        for at in range(int(seconds * 10)):
            picture = np.full((48, 64, 3), at, np.uint8)
            container.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(film.encode(None))
    return path


def picture(path: Path) -> Path:
    """A real PNG or JPEG."""
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png" if path.suffix == ".png" else "mjpeg", rate=1)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "rgb24" if path.suffix == ".png" else "yuvj420p"
        pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
