"""Which configuration libasound is given, and that it can be read from wherever the program lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest

from audio.alsa import SERVER_ONLY, plainly_named

ROOT = Path(__file__).resolve().parents[2]
INITIALISE = """
import sys
from pathlib import Path
from audio.alsa import Sight, changed_environment
sight = Sight(Path(sys.argv[1]))
assert sight.is_narrow
with changed_environment(sight.environment()):
    import sounddevice
print(*sorted(device["name"] for device in sounddevice.query_devices()))
"""


@pytest.mark.skipif(sys.platform != "linux" or not find_library("portaudio"), reason="no ALSA, no PortAudio")
@pytest.mark.parametrize("folder", ["plain", "My Projects", "a:b", "ünï 克隆 (copy) & $HOME"])
def test_portaudio_starts_wherever_the_program_lies(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    (tmp_path / folder).mkdir()
    copy = shutil.copy(SERVER_ONLY, tmp_path / folder)
    command = [sys.executable, "-c", INITIALISE, str(copy)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_plain_name_is_taken_as_it_is_and_none_where_there_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "sound.conf"
    assert plainly_named(file) == ""
    file.write_text("here")
    assert plainly_named(file) == str(file)
    file = file.rename(tmp_path / "with a blank")
    assert Path(plainly_named(file)).read_text() == "here"
