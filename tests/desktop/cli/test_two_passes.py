"""``plosive transcribe`` and ``plosive stream`` with two passes, from local model directories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.tiny_paraformer import make_paraformer
from tests.fakes.tiny_second_pass import make_sensevoice

Plosive = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_paraformer(folder / "live")
    make_sensevoice(folder / "whole")
    return folder


def settle(home: Path, **model: str) -> None:
    """Write the settings; no second opinion on what is speech, for noise is to be heard."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in model.items()]
    text = "\n".join(["[audio]", "confirm_with_silero = false", "vad_mode = 0", "[model]", *lines, ""])
    file = home / "config" / "plosive" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def clip(home: Path) -> Path:
    """Something with the rhythm of speech between two pauses."""
    times = np.arange(16_000 * 3) / 16_000
    voice = sum(np.sin(2 * np.pi * 140 * k * times) / k for k in range(1, 25))
    voice *= 0.12 * (0.3 + np.abs(np.sin(2 * np.pi * 2.5 * times)))
    sound = np.concatenate([np.zeros(8_000), voice, np.zeros(24_000)])
    soundfile.write(home / "clip.wav", sound.astype(np.float32), 16_000)
    return home / "clip.wav"


def test_the_second_pass_has_the_last_word(home: Path, plosive: Plosive, models: Path, clip: Path) -> None:
    settle(home, path=str(models / "live"), second_pass=str(models / "whole"), device="cpu")
    told = plosive("transcribe", clip)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()
    streamed = plosive("stream", clip)
    records = [json.loads(line) for line in streamed.stdout.splitlines()]
    finals = [each["committed"] for each in records if each["kind"] == "final"]
    partials = [each["committed"] for each in records if each["kind"] == "partial"]
    assert finals and partials
    for text in (*finals, told.stdout):  # a file is cut in other places, so the words are not the same
        assert not any(text.startswith(partial[:3]) for partial in partials if partial)


def test_a_second_pass_that_is_gone_costs_no_words(
    home: Path, plosive: Plosive, models: Path, clip: Path
) -> None:
    settle(home, path=str(models / "live"), second_pass=str(models / "gone"), device="cpu")
    told = plosive("transcribe", clip)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()
    assert "The text of the first pass was taken." in told.stderr


def test_a_model_for_whole_utterances_alone(home: Path, plosive: Plosive, models: Path, clip: Path) -> None:
    """No streaming model is installed, and none is needed."""
    settle(home, path=str(models / "whole"), device="cpu", precision="fp32")
    told = plosive("transcribe", clip)
    assert told.returncode == 0, told.stderr
    streamed = plosive("stream", clip)
    records = [json.loads(line) for line in streamed.stdout.splitlines()]
    finals = [each["committed"] for each in records if each["kind"] == "final"]
    assert "".join(finals).strip() and not [each for each in records if each["kind"] == "partial"]
    assert told.stdout.strip()
