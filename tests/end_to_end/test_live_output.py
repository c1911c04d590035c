"""Captions on their way to other programs, by the real program: a script that reads along, and OBS."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from desktop.demo.stage import wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.desk import PROGRAM, Desk, is_heard
from tests.fakes.obs_server import ObsServer

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]

SENTENCE = "good morning everyone and thank you for coming today"
PASSWORD = "a password of OBS"
DEADLINE_S = 60.0


@pytest.fixture
def desk() -> Iterator[Desk]:
    with VirtualDesktop(sound=True, tray=True) as desktop:
        desk = Desk(desktop)
        desk.start_program()
        yield desk


def settle(desk: Desk, **values: str) -> None:
    """Change settings while the program runs."""
    for name, value in values.items():
        section, _, key = name.partition("_")
        desk.ask("config", "set", f"{section}.{key}", value)


def test_a_script_and_obs_get_what_is_said(desk: Desk) -> None:
    password_file = desk.desktop.folder / "obs-password"
    password_file.write_text(PASSWORD)
    with ObsServer(PASSWORD, sources=("Captions",)) as obs:
        settle(
            desk, captions_source="me", captions_live_output="true", captions_obs_url=obs.url,
            captions_obs_password_file=str(password_file), captions_obs_text_source="Captions",
            captions_obs="true",
        )  # fmt: skip
        assert obs.sessions == 0, "nobody is captioned yet"
        lines = desk.desktop.folder / "lines.txt"
        with lines.open("wb") as file:
            tail = desk.desktop.start([*PROGRAM, "captions", "tail"], stdout=file)
            desk.ask("captions", "start")
            assert wait_for(lambda: obs.sessions == 1, DEADLINE_S)
            desk.wait_status(lambda told: told["model"]["pid"])
            desk.say(SENTENCE)
            assert wait_for(lambda: lines.read_text().endswith("\n"), DEADLINE_S), desk.log()
            assert is_heard(SENTENCE, lines.read_text().removeprefix("Me: "))
            assert wait_for(lambda: any("today" in text for text in obs.written), DEADLINE_S)
            assert obs.captions and set(obs.codes) == {100}
            shown = max(obs.written, key=len).replace("\n", " ")
            assert is_heard(SENTENCE, shown)
            desk.ask("captions", "stop")
            assert wait_for(lambda: obs.texts["Captions"] == "", DEADLINE_S), "nothing stays behind"
            assert desk.quit_program() == 0
            assert tail.wait(20.0) == 0, "the script is told that it is over"


def test_keys_change_and_are_kept_from_others_without_a_restart(desk: Desk) -> None:
    desk.open_editor()
    settle(desk, captions_source="me", captions_key_toggle="Ctrl+Alt+B", hotkey_swallow="true")
    settle(desk, hotkey_key="Ctrl+Alt+M")
    press_keys(desk, "ctrl+alt+b")
    desk.wait_status(lambda told: "captions" in told["leases"])
    press_keys(desk, "ctrl+alt+b")
    desk.wait_status(lambda told: "captions" not in told["leases"])
    desk.desktop.run(["xdotool", "keydown", "ctrl", "keydown", "alt", "keydown", "m"])
    desk.wait_status(lambda told: told["state"] == "listening")
    desk.desktop.run(["xdotool", "keyup", "m", "keyup", "alt", "keyup", "ctrl"])
    desk.wait_status(lambda told: told["state"] != "listening")
    assert desk.quit_program() == 0


def test_a_key_that_is_taken_is_told_with_what_to_do(desk: Desk) -> None:
    settle(desk, captions_key_toggle="Ctrl+Alt+B", captions_key_pause="Ctrl+Alt+B")
    problem = desk.wait_status(lambda told: told["problem"])["problem"]
    assert "captions.key_pause and captions.key_toggle are both Ctrl+Alt+B" in problem["sentence"]
    with pytest.raises(subprocess.CalledProcessError):
        settle(desk, captions_key_pause="Right Ctrl")
    assert desk.quit_program() == 0


def press_keys(desk: Desk, chord: str) -> None:
    desk.desktop.run(["xdotool", "key", chord])
