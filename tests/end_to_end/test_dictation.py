"""Dictations by the real program into real windows, and what goes wrong in real life."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from desktop.demo.stage import key, wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.desk import PROGRAM, Desk, is_heard, recordings

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]

FIRST = "good morning everyone and thank you for coming today"
SECOND = "the weather is very nice today and we are going to the park"


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """One program and one editor for the tests that leave both as they were."""
    with VirtualDesktop(sound=True, tray=True) as desktop:
        desk = Desk(desktop)
        desk.start_program()
        desk.open_editor()
        yield desk
        assert desk.quit_program() == 0


@pytest.fixture
def new_desk() -> Iterator[Desk]:
    """A desk of its own, for tests that break something; the program is not started yet."""
    with VirtualDesktop(sound=True, tray=True) as desktop:
        yield Desk(desktop)


def test_text_lands_and_the_clipboard_is_what_it_was(desk: Desk) -> None:
    desk.copy("what I copied before 你好")
    told = desk.dictate(FIRST)
    assert told["landed"] and told["method"] == "paste"
    assert is_heard(FIRST, told["text"])
    assert desk.save_editor().endswith(told["text"].strip())
    assert wait_for(lambda: desk.clipboard() == "what I copied before 你好", 5.0)


def test_the_worker_killed_while_the_key_is_held_loses_no_word(desk: Desk) -> None:
    desk.ask("load")
    before = (desk.status()["last_dictation"] or {}).get("id")
    pid = desk.worker_pid()
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening")
        desk.say(FIRST)
        os.kill(pid, signal.SIGKILL)
        desk.say(SECOND)
    told = desk.last_dictation(after=before)
    assert desk.worker_pid() != pid
    assert told["landed"] and is_heard(f"{FIRST} {SECOND}", told["text"])


def test_another_window_in_front_is_not_typed_into(desk: Desk) -> None:
    before = (desk.status()["last_dictation"] or {}).get("id")
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening")
        desk.say(FIRST)
        other = desk.terminal("stranger")
    told = desk.last_dictation(after=before)
    assert not told["landed"] and told["method"] == "clipboard"
    assert told["problem"]["sentence"] and told["problem"]["remedy"]
    assert desk.clipboard().strip() == told["text"].strip()
    other.terminate()
    other.wait(10)
    editor = desk.desktop.run(["xdotool", "search", "--onlyvisible", "--name", desk.note.name]).split()[-1]
    desk.desktop.run(["xdotool", "windowactivate", "--sync", editor])


def test_a_shortcut_with_the_dictation_key_is_not_dictation(desk: Desk) -> None:
    before = desk.status()["last_dictation"]
    key(desk.desktop, "keydown")
    desk.desktop.run(["xdotool", "key", "a"])
    key(desk.desktop, "keyup")
    told = desk.wait_status(lambda told: told["state"] not in ("listening", "recognising"))
    assert told["last_dictation"] == before


def test_the_model_leaves_after_idle_time_and_comes_back_by_itself(desk: Desk) -> None:
    desk.ask("load")
    pid = desk.worker_pid()
    desk.ask("config", "set", "model.idle_unload_s", "1")
    told = desk.wait_status(lambda told: told["model"]["state"] == "unloaded" and told["last_unload"])
    assert told["last_unload"]["sentence"]
    assert not psutil.pid_exists(pid)
    desk.ask("config", "set", "model.idle_unload_s", "300")
    assert is_heard(SECOND, desk.dictate(SECOND)["text"])


def test_unload_by_command_ends_the_process_before_it_answers(desk: Desk) -> None:
    desk.ask("load")
    pid = desk.worker_pid()
    assert desk.ask("unload").strip()
    assert not psutil.pid_exists(pid)


def test_pressing_by_command_is_like_the_key(desk: Desk) -> None:
    before = (desk.status()["last_dictation"] or {}).get("id")
    desk.ask("press")
    desk.wait_status(lambda told: told["state"] == "listening")
    desk.say(FIRST)
    desk.ask("release")
    assert is_heard(FIRST, desk.last_dictation(after=before)["text"])


def test_escape_throws_the_dictation_away(desk: Desk) -> None:
    before = desk.status()["last_dictation"]
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening")
        desk.say(FIRST)
        desk.desktop.run(["xdotool", "key", "Escape"])
        desk.wait_status(lambda told: told["state"] != "listening")
    desk.ask("press")  # not by the key
    desk.wait_status(lambda told: told["state"] == "listening")
    desk.desktop.run(["xdotool", "key", "Escape"])
    desk.wait_status(lambda told: told["state"] != "listening")
    assert desk.status()["last_dictation"] == before
    assert not recordings(desk.desktop)


def test_history_knows_what_was_said(desk: Desk) -> None:
    assert "weather" in desk.ask("history", "search", "weather")


def test_history_switched_off_is_off_at_once(desk: Desk) -> None:
    desk.ask("config", "set", "history.enabled", "false")
    before = desk.ask("history", "list")
    assert desk.dictate(SECOND)["landed"]
    assert desk.ask("history", "list") == before
    desk.ask("config", "set", "history.enabled", "true")


# --- each of these breaks something -----------------------------------------------------------------


def test_a_target_that_is_closed_leaves_the_text_on_the_clipboard(new_desk: Desk) -> None:
    new_desk.start_program()
    window = new_desk.terminal("short lived")
    with new_desk.key_held():
        new_desk.wait_status(lambda told: told["state"] == "listening")
        new_desk.say(FIRST)
        window.kill()
        window.wait(10)
    told = new_desk.last_dictation(after=None)
    assert not told["landed"] and told["problem"]["remedy"]
    assert is_heard(FIRST, new_desk.clipboard())


def test_a_missing_model_keeps_the_recording_and_a_retry_brings_the_text(new_desk: Desk) -> None:
    new_desk.ask("config", "set", "model.path", "/nonexistent/model")
    new_desk.start_program()
    new_desk.open_editor()
    with new_desk.key_held():
        new_desk.wait_status(lambda told: told["state"] == "listening")
        new_desk.say(FIRST)
    told = new_desk.last_dictation(after=None)
    assert not told["landed"] and told["text"] == "" and told["problem"]["remedy"]
    assert len(recordings(new_desk.desktop)) == 1
    new_desk.ask("config", "set", "model.path", "")
    new_desk.ask("retry")
    again = new_desk.last_dictation(after=told["id"])
    assert is_heard(FIRST, again["text"])
    assert is_heard(FIRST, new_desk.clipboard())
    assert wait_for(lambda: not recordings(new_desk.desktop), 5.0)
    new_desk.ask("config", "set", "model.path", "/nonexistent/other")
    assert new_desk.status()["problem"]["code"] == "model.no_folder", "told when it is chosen"


def test_no_sound_server_is_a_sentence_not_a_crash() -> None:
    with VirtualDesktop(tray=True) as desktop:
        desk = Desk(desktop)
        desk.start_program()
        desk.terminal("nothing heard")
        with desk.key_held():
            problem = desk.wait_status(lambda told: told["problem"])["problem"]
        assert problem["sentence"] and problem["remedy"]
        assert desk.quit_program() == 0


def test_a_microphone_that_vanishes_while_held_keeps_what_was_said(new_desk: Desk) -> None:
    new_desk.start_program()
    new_desk.open_editor()
    with new_desk.key_held():
        new_desk.wait_status(lambda told: told["state"] == "listening")
        new_desk.say(FIRST)
        new_desk.desktop.run(["pactl", "unload-module", "module-remap-source"])
        new_desk.desktop.run(["pactl", "unload-module", "module-null-sink"])
        time.sleep(1.0)  # the user goes on holding the key, unaware
    told = new_desk.last_dictation(after=None)
    assert is_heard(FIRST, told["text"])


def test_two_programs_started_at_once_become_one(new_desk: Desk) -> None:
    both = [new_desk.desktop.start(PROGRAM) for _ in range(2)]
    assert wait_for(lambda: any(each.poll() is not None for each in both), 30.0)
    ended = [each for each in both if each.poll() is not None]
    assert [each.returncode for each in ended] == [0]
    assert new_desk.status()["is_in_tray"]
    new_desk.ask("quit")
    for each in both:
        assert each.wait(20.0) == 0


def test_a_kill_of_the_program_leaves_no_worker(new_desk: Desk) -> None:
    new_desk.start_program()
    new_desk.ask("load")
    pid = new_desk.worker_pid()
    assert new_desk.program is not None
    new_desk.program.kill()
    assert wait_for(lambda: not psutil.pid_exists(pid), 10.0)


def test_a_broken_settings_file_is_told_and_the_program_runs(new_desk: Desk) -> None:
    path = Path(new_desk.ask("config", "path").strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[hotkey]\nkey = "No Such Key"\n[audio\n')
    new_desk.start_program()
    told = new_desk.wait_status(lambda told: told["problem"])
    assert told["hotkey"] == "Right Ctrl" and told["problem"]["remedy"]
