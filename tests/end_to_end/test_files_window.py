"""Recordings in the running program: a job shares the model with dictations, which go first."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from desktop.demo.stage import wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.card_desk import CardDesk
from tests.fakes.recordings import speech
from tests.fakes.voice import write_wav

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]
SENTENCE = "good morning everyone and thank you for coming today"
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def desk() -> Iterator[CardDesk]:
    with VirtualDesktop(sound=True, tray=True) as desktop:
        desk = CardDesk(desktop)
        desk.choose_model(end_ms=1200)
        desk.start_program()
        desk.open_editor()
        yield desk
        assert desk.quit_program() == 0


def recording(folder: Path, name: str, segments: int) -> Path:
    """Speech that is cut into about so many segments."""
    return write_wav(folder / name, speech([7000] * segments, seed=len(name)))


def workers(desk: CardDesk) -> list[int]:
    assert desk.program is not None
    children = psutil.Process(desk.program.pid).children(recursive=True)
    found = []
    for child in children:
        with contextlib.suppress(psutil.Error):  # it may end meanwhile
            found += [child.pid] if any("recognizer.worker" in part for part in child.cmdline()) else []
    return found


def focus_editor(desk: CardDesk) -> None:
    """The window of recordings came up in front of it."""
    editor = desk.desktop.run(["xdotool", "search", "--onlyvisible", "--name", desk.note.name]).split()[-1]
    desk.desktop.run(["xdotool", "windowactivate", "--sync", editor])


def test_one_dictates_while_a_job_runs(desk: CardDesk, tmp_path: Path) -> None:
    talk = recording(tmp_path, "talk.wav", 24)
    desk.ask("config", "set", "files.formats", "json, txt")
    desk.ask("config", "set", "files.longest_short_s", "12")
    desk.ask("files", str(talk), "--start")
    assert wait_for(lambda: len(workers(desk)) == 1, PATIENCE_S)
    focus_editor(desk)
    told = desk.dictate(SENTENCE)
    assert told["landed"] and told["text"].strip().startswith("one two three"), told
    assert not (tmp_path / "talk.json").exists()  # it did not wait for the job
    assert "one two three" in desk.save_editor()
    assert "in use by file talk.wav" in desk.ask("unload")
    assert wait_for((tmp_path / "talk.json").exists, PATIENCE_S), desk.log()
    lines = json.loads((tmp_path / "talk.json").read_text())["lines"]
    assert len(lines) >= 15 and all(line["text"].startswith("one two three") for line in lines)
    assert wait_for(lambda: "in use" not in desk.ask("unload"), PATIENCE_S)


def test_a_job_on_the_processor_leaves_the_card_alone(desk: CardDesk, tmp_path: Path) -> None:
    desk.ask("unload")
    assert wait_for(lambda: workers(desk) == [], PATIENCE_S)
    desk.ask("config", "set", "files.device", "cpu")
    talk = recording(tmp_path, "long-talk.wav", 6)
    desk.ask("files", str(talk), "--start")
    assert wait_for(lambda: len(workers(desk)) == 1, PATIENCE_S)
    assert desk.status()["model"]["pid"] is None  # the program's own model stays away
    assert wait_for((tmp_path / "long-talk.json").exists, PATIENCE_S), desk.log()
    assert json.loads((tmp_path / "long-talk.json").read_text())["device"] == "cpu"
    assert wait_for(lambda: workers(desk) == [], PATIENCE_S)


def test_quitting_in_the_middle_keeps_the_work(desk: CardDesk, tmp_path: Path) -> None:
    desk.ask("config", "set", "files.device", "same")
    talk = recording(tmp_path, "interrupted.wav", 12)
    desk.ask("files", str(talk), "--start")
    assert wait_for(lambda: len(workers(desk)) == 1, PATIENCE_S)
    desk.status()
    assert desk.quit_program() == 0
    assert not (tmp_path / "interrupted.json").exists()
    desk.start_program()
    desk.ask("files", str(talk), "--start")
    assert wait_for((tmp_path / "interrupted.json").exists, PATIENCE_S), desk.log()
    assert "interrupted.wav" in desk.ask("jobs", "--json")
