"""The network written out gives what onnxruntime gives; a damaged or foreign file is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio import silero
from audio.onnx_weights import read_weights
from audio.pcm import to_float32
from audio.silero import SileroMissing, SileroModel, SileroStream
from tests.fakes.voice import silence, voice

BY_ONNXRUNTIME = (
    0.01185, 0.01106, 0.00756, 0.00806, 0.00753, 0.00675, 0.00564, 0.00487, 0.00459, 0.00474, 0.65821,
    0.94675,
    0.96197, 0.93644, 0.9516, 0.99641, 0.99201, 0.9979, 0.96665, 0.97146, 0.93596, 0.90516, 0.8799, 0.95101,
    0.86086, 0.44398, 0.76844, 0.55821, 0.62236, 0.47087, 0.0833, 0.05845, 0.02373, 0.01447, 0.01029, 0.00923,
    0.00814, 0.00707, 0.00637, 0.00723,
)  # fmt: skip
"""Probabilities for the sound below: onnxruntime 1.31.1, silero_vad_16k_op15.onnx of silero-vad 6.2.3."""


@pytest.fixture(scope="module")
def model() -> SileroModel:
    return SileroModel()


def test_the_probabilities_are_those_of_onnxruntime(model: SileroModel) -> None:
    sound = to_float32(np.concatenate([silence(320), voice(640), silence(320)]).tobytes())
    stream = SileroStream(model)
    told = [stream.feed(sound[at : at + 512]) for at in range(0, len(sound) - 511, 512)]
    assert told == pytest.approx(BY_ONNXRUNTIME, abs=2e-5)


def test_the_size_of_the_pieces_does_not_matter(model: SileroModel) -> None:
    sound = to_float32(voice(640).tobytes())
    whole, pieces = SileroStream(model), SileroStream(model)
    for at in range(0, len(sound), 320):
        pieces.feed(sound[at : at + 320])
    assert whole.feed(sound) == pytest.approx(pieces.probability, abs=1e-6)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"no network at all", b"\x3a\x7f\x00"])
def test_a_foreign_file_is_told(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / silero.FILE_NAME
    path.write_bytes(content)
    monkeypatch.setattr(silero, "_model_path", lambda: path)
    with pytest.raises(SileroMissing):
        SileroModel()


def test_a_file_cut_off_anywhere_is_told(tmp_path: Path) -> None:
    whole = silero._model_path().read_bytes()
    names = set(read_weights(silero._model_path()))
    for size in (10, 1_000, 100_000, len(whole) - 100_000):
        path = tmp_path / "cut.onnx"
        path.write_bytes(whole[:size])
        try:
            assert set(read_weights(path)) < names
        except ValueError:
            continue
