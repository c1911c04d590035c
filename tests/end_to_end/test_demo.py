"""The demonstration is the whole program on real parts; here its result is checked, not only shown."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.demo.score import count_word_errors
from tests.fakes.desk import is_heard

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]


def picture_size(png: Path) -> tuple[int, int]:
    """Width and height, from the header of a PNG file."""
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_a_held_key_turns_speech_into_text_in_an_editor(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    command = [sys.executable, "-m", "desktop", "demo", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    result = json.loads((out / "result.json").read_text())
    assert result["words"] >= 8
    assert count_word_errors(result["said"], result["typed"]) == result["word_errors"]
    assert is_heard(result["said"], result["typed"])
    assert result["typed"].strip() == result["recognised"]
    assert [(each["landed"], each["method"]) for each in result["sentences"]] == [(True, "paste")] * 2
    assert result["load_ms"] > 0
    assert result["latencies"]["key_down_to_first_frame_ms"] >= 0
    assert result["latencies"]["key_up_to_landed_ms"] > 0

    listening, after = out / "listening.png", out / "after.png"
    assert picture_size(listening) == picture_size(after) == (1280, 800)
    assert listening.read_bytes() != after.read_bytes()
