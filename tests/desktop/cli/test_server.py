"""``--server`` and the settings of a server: files recognised elsewhere, and what the doctor says to it."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop import wiring
from desktop.cli import main
from desktop.cli.transcribe import with_options
from desktop.settings.option import BadValue
from desktop.settings.schema import Settings
from recognizer.text.tidy import sentence_case
from tests.fakes.funasr_server import FunasrServer, Manners, text_of

WORDS = re.compile(r"w[0-9a-f]{8}\.")


@pytest.fixture(scope="module")
def server() -> Iterator[FunasrServer]:
    with FunasrServer() as server:
        yield server


@pytest.fixture
def spoken(shared_audio: Path) -> Path:
    return shared_audio / "en/LJ001-0001.flac"


def test_a_file_is_recognised_by_the_server(server: FunasrServer, home: Path, spoken: Path, capsys) -> None:
    assert main.run(["transcribe", "--server", server.url, str(spoken)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [sentence_case(text_of(pcm)) for pcm in server.seen.sounds]
    samples = np.concatenate([np.frombuffer(pcm, np.int16) for pcm in server.seen.sounds])
    assert samples.std() > 500  # it was the speech that travelled


def test_a_stream_tells_where_it_runs(server: FunasrServer, home: Path, spoken: Path, capsys) -> None:
    assert main.run(["stream", "--fast", "--server", server.url, str(spoken)]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (records[0]["kind"], records[0]["device"], records[0]["model"]) == ("ready", "server", "127.0.0.1")
    kinds = {record["kind"] for record in records}
    assert {"partial", "final", "ended"} <= kinds and "failed" not in kinds


def test_nobody_there_is_a_sentence(home: Path, spoken: Path, capsys) -> None:
    assert main.run(["transcribe", "--server", "ws://127.0.0.1:1", str(spoken)]) == 1
    told = capsys.readouterr()
    assert "cannot be reached" in told.err and "Traceback" not in told.err


def test_a_bad_address_is_a_sentence(home: Path, spoken: Path, capsys) -> None:
    assert main.run(["transcribe", "--server", "http://here", str(spoken)]) != 0
    told = capsys.readouterr()
    assert "wss://name:10095" in told.err and "Traceback" not in told.err


def test_the_doctor_connects(server: FunasrServer, home: Path, capsys) -> None:
    assert main.run(["config", "set", "server.url", server.url]) == 0
    main.run(["doctor", "--json"])
    out = capsys.readouterr().out
    checks = {(each["area"], each["name"]): each for each in json.loads(out[out.index("{") :])["checks"]}
    assert checks["server", "127.0.0.1"]["verdict"] == "found"
    assert "ready on server" in checks["model", "chosen model"]["detail"]


def test_the_doctor_finds_a_server_that_is_gone(home: Path, capsys) -> None:
    main.run(["config", "set", "server.url", "ws://127.0.0.1:1"])
    main.run(["doctor", "--json"])
    out = capsys.readouterr().out
    checks = json.loads(out[out.index("{") :])["checks"]
    (found,) = [each for each in checks if "cannot be reached" in each["detail"]]
    assert found["verdict"] == "broken" and found["remedy"]


def test_settings_become_a_server() -> None:
    settings = Settings()
    assert wiring.server(settings) is None
    told = {"url": "wss://a:10095", "protocol": "2pass", "token_file": "~/key", "ca_file": "/srv/ca.pem",
            "insecure": True, "language": "zh", "hotwords": ["阿里"]}  # fmt: skip
    for name, value in told.items():
        settings = settings.replace(f"server.{name}", value)
    server = wiring.server(settings)
    assert server is not None
    assert (server.url, server.protocol, server.token_file, server.ca_file) == (
        "wss://a:10095", "2pass", "~/key", "/srv/ca.pem",
    )  # fmt: skip
    assert (server.is_insecure, server.language, server.hotwords) == (True, "zh", ("阿里",))
    for bad in ("a", "http://a", "wss://me:secret@a"):
        with pytest.raises(BadValue):
            settings.replace("server.url", bad)


def test_a_model_asked_for_is_not_the_servers() -> None:
    settings = Settings().replace("server.url", "wss://a")
    here = Namespace(model="pocketsphinx", server=None, device=None)
    assert wiring.server(with_options(settings, here)) is None
    as_set = Namespace(model=None, server=None, device=None)
    assert wiring.server(with_options(settings, as_set)) is not None
    nowhere = Namespace(model=None, server="", device=None)
    assert wiring.server(with_options(settings, nowhere)) is None


def test_a_server_that_dies_in_mid_file_costs_no_word(home: Path, spoken: Path, capsys) -> None:
    with FunasrServer(Manners(faulty=1, close_after_bytes=20_000)) as server:
        assert main.run(["transcribe", "--server", server.url, str(spoken)]) == 0
        lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == sorted(sentence_case(text_of(pcm)) for pcm in server.seen.sounds)
    assert server.seen.deaths == 1
