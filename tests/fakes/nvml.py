"""The fake driver for tests: compiled once for each session of tests, scripted through a text file."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("fake_nvml.c")
LIBRARY = "libnvidia-ml.so.1"
_built: Path | None = None


def build_fake_nvml() -> Path:
    """Folder with the fake library. Skips the test where there is no C compiler."""
    global _built
    if _built is not None:
        return _built
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the fake libnvidia-ml.so.1")
    folder = Path(tempfile.mkdtemp(prefix="plosive-nvml-"))
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", f"-Wl,-soname,{LIBRARY}"]
    subprocess.run([*command, "-o", str(folder / LIBRARY), str(SOURCE)], check=True, timeout=60)
    _built = folder
    return folder


class FakeNvml:
    """``write`` says what the driver says from now on; see ``fake_nvml.c`` for the lines."""

    def __init__(self, folder: Path) -> None:
        self.library_folder = build_fake_nvml()
        self.state_path = folder / "nvml-state.txt"
        self.write()

    def write(self, *lines: str) -> None:
        """Replace the whole state at once: a reader sees the old or the new one, never a half."""
        half = self.state_path.with_suffix(".new")
        half.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        half.replace(self.state_path)

    @property
    def environment(self) -> dict[str, str]:
        """For a child process that shall find this driver."""
        paths = [str(self.library_folder), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        return {"LD_LIBRARY_PATH": os.pathsep.join(paths), "FAKE_NVML_STATE": str(self.state_path)}

    def load_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make it the driver of this very process: a loaded library is found by its name."""
        ctypes.CDLL(str(self.library_folder / LIBRARY))
        monkeypatch.setenv("FAKE_NVML_STATE", str(self.state_path))

    def calls(self) -> int:
        """How often NVML was called while the state had a line ``count``."""
        path = Path(f"{self.state_path}.calls")
        return path.stat().st_size if path.exists() else 0
