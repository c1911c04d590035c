"""``plosive captions tail``, a process of its own, reading what a live output really sends."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop.core.captions_facts import PublishCaption, Source
from desktop.core.timed_text import TimedText
from desktop.live_output.facts import LiveOutputChanged, LiveOutputSettings, ServerChoice
from desktop.live_output.output import LiveOutput
from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.paths import app_paths
from desktop.oslayer.single_instance import Reply, Request, Response
from tests.desktop.cli.conftest import Plosive, command
from tests.fakes.event_log import EventLog

SPEAKER = {Source.ME: "Me", Source.OTHERS: "Others"}


def caption(key: int, text: str, *, is_final: bool = True, source: Source = Source.OTHERS) -> PublishCaption:
    return PublishCaption(key, source, TimedText(0, 900, text, SPEAKER[source]), is_final, text)


class Offered:
    """A program that offers captions, or does not."""

    def __init__(self, folder: Path) -> None:
        self.log = EventLog()
        self.live_output: dict[str, Any] = {"url": "", "token_file": ""}
        self.output = LiveOutput(self.log.emit)
        self.token_file = folder / "token"
        self.control = ControlServer(app_paths().control_socket, self._answer)

    def _answer(self, request: Request, reply: Reply) -> None:
        assert (request.verb, request.args["action"]) == ("captions", "status")
        reply(Response({"state": "on", "live_output": self.live_output}))

    def serve(self) -> None:
        self.output.start(LiveOutputSettings(ServerChoice(self.token_file)))
        url = self.log.wait_for(LiveOutputChanged).url
        self.live_output = {"url": url, "token_file": str(self.token_file)}

    @contextmanager
    def tail(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The command, connected; it is ended by the end of the program."""
        process = subprocess.Popen(
            command("captions", "tail", *arguments),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=dict(os.environ),
        )  # fmt: skip
        try:
            assert self.log.wait_for(LiveOutputChanged, within_s=60.0).listeners == 1
            yield process
        finally:
            self.output.stop()
            process.communicate(timeout=30.0)

    def stop(self) -> None:
        self.output.stop()
        self.control.stop()


@pytest.fixture
def offered(home: Path) -> Iterator[Offered]:
    offered = Offered(home)
    yield offered
    offered.stop()


def test_each_utterance_is_a_line_as_soon_as_it_has_ended(offered: Offered) -> None:
    offered.serve()
    with offered.tail() as tail:
        assert tail.stdout is not None
        offered.output.publish(caption(1, "good", is_final=False))
        offered.output.publish(caption(1, "Good morning."))
        assert tail.stdout.readline() == "Others: Good morning.\n"
        offered.output.publish(caption(2, "你好。", source=Source.ME))
        assert tail.stdout.readline() == "Me: 你好。\n"
        offered.output.publish(caption(3, "an echo", is_final=False))
        offered.output.publish(caption(3, ""))
        offered.output.publish(caption(4, "The end."))
        assert tail.stdout.readline() == "Others: The end.\n"
    assert tail.returncode == 0


def test_for_scripts_there_is_every_message_of_one_side(offered: Offered) -> None:
    offered.serve()
    with offered.tail("--json", "--source", "me") as tail:
        assert tail.stdout is not None
        offered.output.publish(caption(1, "Theirs."))
        offered.output.publish(caption(2, "mine", is_final=False, source=Source.ME))
        told = json.loads(tail.stdout.readline())
        assert (told["mode"], told["text"], told["wav_name"]) == ("2pass-online", "mine", "Me")
        offered.output.publish(caption(2, "Mine.", source=Source.ME))
        told = json.loads(tail.stdout.readline())
        assert (told["mode"], told["text"], told["is_final"]) == ("2pass-offline", "Mine.", True)


def test_a_program_that_offers_nothing_is_told_with_the_remedy(offered: Offered, plosive: Plosive) -> None:
    ended = plosive("captions", "tail")
    assert ended.returncode == 1
    assert "does not offer" in ended.stderr and "captions.live_output true" in ended.stderr


def test_a_wrong_token_and_a_missing_one_are_told(offered: Offered, plosive: Plosive) -> None:
    offered.serve()
    offered.token_file.write_text("another token")
    assert "does not let" in plosive("captions", "tail").stderr
    offered.token_file.unlink()
    ended = plosive("captions", "tail")
    assert (ended.returncode, "cannot be read" in ended.stderr) == (1, True)


def test_nobody_answering_there_is_told(offered: Offered, plosive: Plosive) -> None:
    offered.serve()
    offered.output.stop()
    ended = plosive("captions", "tail")
    assert (ended.returncode, "cannot be reached" in ended.stderr) == (1, True)


def test_without_a_program_there_is_nothing_to_read(plosive: Plosive) -> None:
    assert plosive("captions", "tail").returncode == 3
