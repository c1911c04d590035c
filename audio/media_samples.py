"""What FFmpeg's objects say, in our terms: frames as arrays, tracks as facts. Imports nothing of it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from audio.media_sound import Samples

NO_SOUND_EITHER: Final = frozenset({"tty", "image2", "gif", "apng", "ico", "webp_anim", "svg_pipe"})
"""Formats of pictures and text that FFmpeg would show as films."""
SAMPLES: Final = {  # how a sample is held, and its loudest value
    "u8": ("u1", 2.0**7), "s16": ("<i2", 2.0**15), "s32": ("<i4", 2.0**31), "s64": ("<i8", 2.0**63),
    "flt": ("<f4", 1.0), "dbl": ("<f8", 1.0),
}  # fmt: skip


def samples_of(frame: Any) -> Samples:
    """A decoded frame as ``(n, channels)`` in −1 … 1."""
    kind, loudest = SAMPLES[frame.format.name.removesuffix("p")]
    channels, count = frame.layout.nb_channels, frame.samples
    if frame.format.is_planar:
        # beyond the last channel stands whatever the library left there
        planes = [np.frombuffer(plane, kind, count) for plane in frame.planes[:channels]]
        samples = np.stack(planes, axis=1)
    else:
        samples = np.frombuffer(frame.planes[0], kind, count * channels).reshape(count, channels)
    if loudest == 1.0:
        return np.nan_to_num(samples.astype(np.float32), posinf=1.0, neginf=-1.0)
    middle = loudest if kind == "u1" else 0.0
    return ((samples.astype(np.float32) - np.float32(middle)) / np.float32(loudest)).astype(np.float32)


def tag_of(codec: Any) -> str:
    """The four letters by which an MP4 names its sound."""
    return "" if codec is None else str(codec.codec_tag)


def is_film(container: Any) -> bool:
    """Whether it has moving pictures, not just a picture or a text that is taken for one."""
    formats = set(container.format.name.split(","))
    is_still = bool(formats & NO_SOUND_EITHER) or any(each.endswith("_pipe") for each in formats)
    return bool(container.streams.video) and not is_still
