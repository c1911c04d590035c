"""Log-mel features as FunASR's WavFrontendOnline computes them (dither off), and their LFR stacking."""

from __future__ import annotations

import math

import kaldi_native_fbank as knf
import numpy as np
from numpy.typing import NDArray

MEL_BINS = 80
STACK, STRIDE = 7, 6
FRAME_S = 0.010

Frames = NDArray[np.float32]


def _options() -> knf.FbankOptions:
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = 16_000
    options.frame_opts.dither = 0.0
    options.frame_opts.window_type = "hamming"
    options.frame_opts.frame_shift_ms = 10.0
    options.frame_opts.frame_length_ms = 25.0
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = MEL_BINS
    options.mel_opts.debug_mel = False
    options.energy_floor = 0.0
    return options


def log_mel(samples: NDArray[np.float32]) -> Frames:
    """[frames, 80] of float32 samples in [-1, 1] at 16 kHz, one frame per 10 ms."""
    fbank = knf.OnlineFbank(_options())
    fbank.accept_waveform(16_000, (samples * 32768).tolist())
    fbank.input_finished()
    frames = [fbank.get_frame(index) for index in range(fbank.num_frames_ready)]
    return np.stack(frames).astype(np.float32) if frames else np.zeros((0, MEL_BINS), np.float32)


def stack(frames: Frames) -> Frames:
    """Low frame rate: seven 10 ms frames side by side, every 60 ms, edges repeated as FunASR does."""
    count = math.ceil(len(frames) / STRIDE)
    padded = np.concatenate([frames[:1]] * (STACK // 2) + [frames] + [frames[-1:]] * (STACK + 1))
    rows = np.arange(count)[:, None] * STRIDE + np.arange(STACK)[None]
    return padded[rows].reshape(count, STACK * MEL_BINS)
