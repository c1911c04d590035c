"""How streaming Paraformer cuts time: ``chunk_size [0, 10, 5]`` in frames of 60 ms."""

from __future__ import annotations

from typing import Final

FRAME_MS: Final = 60
CHUNK_FRAMES: Final = 10
LOOK_AHEAD_FRAMES: Final = 5
WINDOW_FRAMES: Final = CHUNK_FRAMES + LOOK_AHEAD_FRAMES
CHUNK_SAMPLES: Final = 9_600
MIN_TAIL_SAMPLES: Final = 960
ENCODER_LOOK_BACK_CHUNKS: Final = 4
DECODER_LOOK_BACK_CHUNKS: Final = 1
