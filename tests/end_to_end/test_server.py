"""Dictation by the real program through a recognition server: into a real window, also when it dies."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.desk import Desk
from tests.fakes.funasr_server import FunasrServer, text_of

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]
SENTENCE = "good morning everyone and thank you for coming today"


@pytest.fixture(scope="module")
def server() -> Iterator[FunasrServer]:
    server = FunasrServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def desk(server: FunasrServer) -> Iterator[Desk]:
    with VirtualDesktop(sound=True, tray=True) as desktop:
        desk = Desk(desktop)
        desk.ask("config", "set", "server.url", server.url)
        desk.start_program()
        desk.open_editor()
        yield desk
        assert desk.quit_program() == 0


def texts(server: FunasrServer) -> str:
    """What the server gave for the latest dictation, as one text: its utterances one after the other."""
    return " ".join(text_of(pcm) for pcm in server.seen.sounds)


def test_the_servers_words_land(desk: Desk, server: FunasrServer) -> None:
    told = desk.dictate(SENTENCE)
    assert told["landed"], told
    assert re.findall(r"w[0-9a-f]{8}", told["text"].lower()) == re.findall(r"w[0-9a-f]{8}", texts(server))
    assert told["text"].strip() in desk.save_editor()
    model = desk.status()["model"]
    assert (model["device"], model["name"]) == ("server", "127.0.0.1")


def test_a_server_killed_while_the_key_is_held_loses_no_word(desk: Desk, server: FunasrServer) -> None:
    before = (desk.status()["last_dictation"] or {}).get("id")
    server.seen.sounds.clear()
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening")
        desk.say(SENTENCE)
        server.stop()
        server.start()
        desk.say(SENTENCE)
    told = desk.last_dictation(after=before)
    assert told["landed"], told
    assert sorted(re.findall(r"w[0-9a-f]{8}", told["text"].lower())) == sorted(
        set(re.findall(r"w[0-9a-f]{8}", texts(server)))
    )


def test_unload_disconnects_and_says_so(desk: Desk) -> None:
    assert desk.ask("load") is not None
    desk.wait_status(lambda told: told["model"]["device"] == "server")
    assert desk.ask("unload").strip()
    desk.wait_status(lambda told: told["model"]["state"] == "unloaded")


def test_another_address_counts_at_once(desk: Desk, server: FunasrServer) -> None:
    desk.ask("config", "set", "server.url", "")
    desk.ask("load")
    desk.wait_status(lambda told: told["model"]["device"] == "cpu")
    desk.ask("config", "set", "server.url", server.url)
    desk.wait_status(lambda told: told["model"]["device"] == "server")
