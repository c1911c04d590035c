"""What a screen reader gets from the captions' window, through the real accessibility bus."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests import fakes
from tests.fakes.captions_scenes import SETUP
from tests.fakes.ui_process import UiProcess

READER = Path(str(fakes.__file__)).with_name("screen_reader.py")
FIRST = "('Others', 'hello there', '')"


@pytest.fixture
def heard(virtual_desktop: VirtualDesktop) -> IO[bytes]:
    """What the screen reader prints."""
    process = virtual_desktop.start([sys.executable, str(READER)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == {"is_up": True}
    return process.stdout


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop, heard: IO[bytes]) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop, QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1")
    process.run(SETUP + "window = CaptionsWindow(reduced_motion=True)")
    yield process
    process.close()


def until(heard: IO[bytes], kind: str, text: str) -> list[str]:
    """All of a kind that were told up to ``text``; the test's own time limit ends the waiting."""
    found: list[str] = []
    while not found or found[-1] != text:
        told = json.loads(heard.readline())
        found += [value for key, value in told.items() if key == kind]
    return found


def test_text_can_be_read_and_sentences_are_announced_once(heard: IO[bytes], ui: UiProcess) -> None:
    ui.run(f"window.show_captions(said({FIRST}))")
    until(heard, "name", "Others: hello there")
    assert until(heard, "said", "Others: hello there") == ["Others: hello there"]
    ui.run(f"window.show_captions(said({FIRST}, ('Me', 'yes', ' perh')))")
    until(heard, "name", "Others: hello there\nMe: yes perh")
    ui.run("window.show_captions(said(('Others', 'Hello there!', ''), ('Me', 'yes perhaps', '')))")
    assert until(heard, "said", "Me: yes perhaps") == ["Me: yes perhaps"], "neither guesses nor again"


def test_trouble_is_announced(heard: IO[bytes], ui: UiProcess) -> None:
    ui.run(f"window.show_captions(said({FIRST}, state=State.TROUBLE, notice='There is no microphone.'))")
    until(heard, "name", "Others: hello there\nThere is no microphone.")
    said = until(heard, "said", "There is no microphone.")
    assert said == ["Others: hello there", "There is no microphone."]
    ui.run(f"window.show_captions(said({FIRST}, state=State.PAUSED))")
    assert until(heard, "said", "Paused") == ["Paused"]
