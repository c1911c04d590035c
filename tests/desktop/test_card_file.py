"""What fits on which card survives the end of the program, and a damaged file does no harm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.card_file import load_fits, save_fits
from desktop.core.gpu_policy import Fit
from recognizer.events import ModelSpec

MODEL = ModelSpec("paraformer-streaming", "zh", "/models/zh", options=(("a", "b"),), memory_fraction=0.5)
FIT = Fit("GPU-0", MODEL, replace(MODEL, device="cpu"), 1 << 30)


def test_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "state" / "cards.json"
    save_fits(path, (FIT,))
    assert load_fits(path) == (FIT,)
    assert path.stat().st_mode & 0o777 == 0o600
    save_fits(path, ())
    assert load_fits(path) == ()


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[1, null, {}]", '[{"uuid": "x", "asked": 3, "fitted": {}, "free_bytes": 1}]']
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cards.json"
    path.write_text(text)
    assert load_fits(path) == ()


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save_fits(tmp_path / "file" / "cards.json", (FIT,))
    assert load_fits(tmp_path / "file" / "cards.json") == ()
