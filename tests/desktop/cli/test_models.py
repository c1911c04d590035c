"""``plosive models`` against a hub on the loopback, with the real command and the real fetching process."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.paths import app_paths
from desktop.oslayer.single_instance import Reply, Request, Response
from tests.desktop.cli.conftest import Plosive, command
from tests.fakes.model_hub import BIG, ModelHub, model_files
from tests.fakes.tiny_campplus import make_campplus

NAME = "paraformer-zh-streaming"


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with ModelHub() as made:
        yield made


@pytest.fixture
def models(home: Path) -> Path:
    return home / "data" / "plosive" / "models"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def state(plosive: Plosive, name: str = NAME) -> str:
    rows = json.loads(plosive("models", "list", "--json").stdout)
    return str(next(row["state"] for row in rows if row["name"] == name))


@pytest.mark.parametrize("options", [["--mirror"], ["--from"]])
def test_install_verify_use_and_remove(
    plosive: Plosive, hub: ModelHub, models: Path, options: list[str]
) -> None:
    ended = plosive("models", "install", NAME, *options, hub.endpoint)
    assert ended.returncode == 0, ended.stderr
    assert "is installed in" in ended.stdout and f"model.name {NAME}" in ended.stderr
    assert (models / NAME / BIG).read_bytes() == model_files()[BIG]
    assert state(plosive) == "installed"
    verified = plosive("models", "verify")
    assert verified.returncode == 0 and f"{NAME}: as installed (5 files" in verified.stdout
    assert "installed already" in plosive("models", "install", NAME, *options, hub.endpoint).stderr
    removed = plosive("models", "remove", NAME)
    assert removed.returncode == 0 and "is removed" in removed.stderr
    assert state(plosive) == "available"


def test_json_tells_progress_and_the_end(plosive: Plosive, hub: ModelHub, models: Path) -> None:
    told = lines(plosive("models", "install", NAME, "--from", hub.endpoint, "--json").stdout)
    assert {each["told"] for each in told} == {"progress", "installed"}
    assert told[-1] == {"told": "installed", "name": NAME, "path": str(models / NAME)}
    assert told[-2]["done_bytes"] == told[-2]["total_bytes"] > 0
    (verdict,) = json.loads(plosive("models", "verify", NAME, "--json").stdout)
    assert verdict["problem"] is None and verdict["is_recorded"]


def test_damage_is_found(plosive: Plosive, hub: ModelHub, models: Path) -> None:
    plosive("models", "install", NAME, "--from", hub.endpoint)
    with (models / NAME / BIG).open("r+b") as file:
        file.seek(1000)
        file.write(b"x")
    ended = plosive("models", "verify", NAME)
    assert ended.returncode == 1 and f"{NAME}: damaged" in ended.stdout and BIG in ended.stderr


def test_offline_is_a_sentence_that_names_the_embedded_model(plosive: Plosive) -> None:
    with ModelHub() as gone:
        endpoint = gone.endpoint
    ended = plosive("models", "install", NAME, "--from", endpoint, "--stall-seconds", "1")
    assert ended.returncode == 1 and ended.stdout == ""
    assert "There is no connection to 127.0.0.1." in ended.stderr and "pocketsphinx" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["install", "nothing"], 1, "no model called 'nothing'"),
        (["install", "paraformer-demo"], 1, "comes with the program"),
        (["install", NAME, "--from", "gopher"], 2, "no source 'gopher'"),
        (["remove", "nothing"], 1, "no model called"),
        (["remove", "../../data"], 1, "cannot be the name"),
        (["remove", "paraformer-demo"], 1, "comes with the program"),
        (["verify", "nothing"], 1, "no model called"),
        (["import", "/nowhere"], 1, "there is no such folder or file"),
        (["install", "pocketsphinx"], 1, "comes with the program"),
        (["install", NAME, "--mirror", "hub.example"], 2, "no address of a mirror"),
        (["remove", "pocketsphinx"], 1, "comes with the program"),
        (["verify", "pocketsphinx"], 1, "comes with the program"),
        (["verify", "nothing"], 1, "plosive models list"),
        ([], 2, "ACTION"),
    ],
)
def test_mistakes_are_told(plosive: Plosive, arguments: list[str], code: int, words: str) -> None:
    ended = plosive("models", *arguments)
    assert ended.returncode == code and words in ended.stderr


def test_interrupted_install_keeps_what_arrived(plosive: Plosive, hub: ModelHub, models: Path) -> None:
    hub.behave(BIG, "stall@200000")
    child = subprocess.Popen(
        command("models", "install", NAME, "--from", hub.endpoint), stderr=subprocess.PIPE, text=True
    )
    assert hub.stalled.wait(30)
    part = models / f".incoming-{NAME}"
    deadline_s = time.monotonic() + 10
    while sum(file.stat().st_size for file in part.glob("model.pt*")) < 200000:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=20)
    assert child.returncode == 130 and "was cancelled" in told and "Traceback" not in told
    assert state(plosive) == "partial"
    assert plosive("models", "install", NAME, "--from", hub.endpoint).returncode == 0
    assert hub.ranges(BIG)[-1] == "bytes=200000-"


def test_import_takes_a_folder_and_the_model_can_be_chosen(plosive: Plosive, tmp_path: Path) -> None:
    source = tmp_path / "mine"
    source.mkdir()
    for name, data in model_files(1000).items():
        (source / name).write_bytes(data)
    ended = plosive("models", "import", source, "--name", "my-own")
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(plosive("models", "list", "--json").stdout)
    assert next(row for row in rows if row["name"] == "my-own")["passes"] == ["live"]
    assert "my-own" in plosive("models", "list").stdout
    assert "my-own" in plosive("doctor", "--quick").stdout


def test_a_model_for_speakers_is_set_up_as_it_says(plosive: Plosive, tmp_path: Path) -> None:
    source = make_campplus(tmp_path / "fetched")
    ended = plosive("models", "import", source, "--name", "cam++")
    assert ended.returncode == 0, ended.stderr
    advice = next(line for line in (ended.stdout + ended.stderr).splitlines() if "To use it" in line)
    assert advice.endswith("plosive config set captions.speaker_turns cam++")
    assert plosive("config", "set", "captions.speaker_turns", "cam++").returncode == 0
    rows = json.loads(plosive("models", "list", "--json").stdout)
    assert next(row for row in rows if row["name"] == "cam++")["passes"] == ["speakers"]
    removed = plosive("models", "remove", "cam++")
    assert "still chosen" in removed.stderr and "config set captions.speaker_turns ''" in removed.stderr
    assert "model.name" not in removed.stderr


def test_terminal_sees_a_bar(home: Path, hub: ModelHub) -> None:
    hub.behave(BIG, "cut@100000")
    master, slave = pty.openpty()
    child = subprocess.Popen(
        command("models", "install", NAME, "--from", hub.endpoint), stderr=slave, stdout=slave
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(master)
    assert child.wait(20) == 0
    assert NAME.encode() in seen and b"\xe2\x94\x81" in seen and b"is installed" in seen


def test_running_program_is_told(plosive: Plosive, hub: ModelHub, home: Path) -> None:
    asked: list[str] = []

    def answer(request: Request, reply: Reply) -> None:
        asked.append(request.verb)
        reply(Response())

    del home
    server = ControlServer(app_paths().control_socket, answer)
    try:
        assert plosive("models", "install", NAME, "--from", hub.endpoint).returncode == 0
        assert plosive("models", "remove", NAME).returncode == 0
    finally:
        server.stop()
    assert asked == ["reload-settings", "reload-settings"]
