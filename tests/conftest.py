"""Fixtures for every test: a private home for settings and data, virtual desktops, human speech."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop

SHARED_AUDIO = Path(__file__).resolve().parents[2] / "shared" / "audio"


@pytest.fixture(scope="session", autouse=True)
def private_home() -> Iterator[Path]:
    """No test reads or writes the settings, the history or the sockets of whoever runs it.

    The path is short, because the name of a Unix socket may have 107 bytes only.
    """
    folder = tempfile.TemporaryDirectory(prefix="plosive-", ignore_cleanup_errors=True)
    with folder as name, pytest.MonkeyPatch.context() as patch:
        home = Path(name)
        for variable in ("CONFIG", "DATA", "STATE", "CACHE"):
            patch.setenv(f"XDG_{variable}_HOME", str(home / variable.lower()))
        (home / "run").mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
        yield home


@pytest.fixture(scope="session", autouse=True)
def heeded_interrupt() -> None:
    """Ctrl+C reaches the programs that tests start, also where a background shell told us to ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def virtual_desktop() -> Iterator[VirtualDesktop]:
    """X server, bus and window manager; 0.5 s up and down."""
    with VirtualDesktop() as desktop:
        yield desktop


@pytest.fixture
def full_desktop() -> Iterator[VirtualDesktop]:
    """The same with a tray host and a sound server with a virtual microphone."""
    with VirtualDesktop(sound=True, tray=True) as desktop:
        yield desktop


@pytest.fixture(scope="session")
def shared_audio() -> Path:
    """Folder of recorded human speech with transcripts, which is kept beside the project, not in it."""
    if not SHARED_AUDIO.is_dir():
        pytest.skip("no recorded speech beside this checkout (../shared/audio)")
    return SHARED_AUDIO


def pytest_report_header() -> list[str]:
    """Tell what the machine lacks, before anything is skipped for it."""
    cores, kept = os.cpu_count(), "there" if SHARED_AUDIO.is_dir() else "absent, its tests are skipped"
    return [f"cores: {cores}; ../shared/audio: {kept}"]
