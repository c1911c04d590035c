"""Fixtures: a private sound server, a machine without one, listeners that are stopped afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audio.listener import ListenerSettings
from tests.fakes.heard_listener import HeardListener, MakeSource
from tests.fakes.sound_server import SoundServer


@pytest.fixture(scope="module")
def module_sound_server() -> Iterator[SoundServer]:
    """One server for a module's tests, named to libpulse by the environment."""
    if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
        pytest.skip("the programs pulseaudio and pactl are not installed")
    with tempfile.TemporaryDirectory(prefix="plosive-pulse-") as name, pytest.MonkeyPatch.context() as patch:
        server = SoundServer(Path(name))
        patch.setenv("PULSE_SERVER", f"unix:{server.socket}")
        patch.setenv("PULSE_RUNTIME_PATH", name)
        patch.setenv("PULSE_STATE_PATH", f"{name}/state")
        for variable in ("PULSE_SOURCE", "PULSE_SINK", "PULSE_PROP"):
            patch.delenv(variable, raising=False)
        server.start()
        yield server
        server.kill()


@pytest.fixture
def sound_server(module_sound_server: SoundServer) -> SoundServer:
    """The module's server; tests that kill or unplug put it right again."""
    return module_sound_server


@pytest.fixture
def no_sound_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no sound server runs."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")


MakeListener = Callable[..., HeardListener]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[MakeListener]:
    """Makes listeners with given settings, and stops them."""
    made: list[HeardListener] = []

    def make(make_source: MakeSource | None = None, **settings: Any) -> HeardListener:
        settings.setdefault("journal_dir", str(tmp_path / "journal"))
        heard = HeardListener(ListenerSettings(**settings), make_source)
        made.append(heard)
        return heard

    yield make
    for heard in made:
        assert heard.listener.stop(5.0), "the audio thread did not stop"
    assert not [name for name in os.environ if name == "PULSE_PROP"]
