"""Captions in OBS, by its own protocol, over a real connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audio.events import Problem
from desktop.live_output.facts import LiveOutputTroubled, ObsChoice
from desktop.live_output.obs import ObsCaptions, ObsWaits
from tests.desktop.live_output.conftest import Running
from tests.desktop.live_output.said import final, said
from tests.fakes.event_log import EventLog
from tests.fakes.obs_server import SESSION_INVALIDATED, ObsServer
from tests.fakes.x_user import wait_until

QUICK = ObsWaits(first_retry_s=0.05, longest_retry_s=0.1, stream_retry_ms=50.0, source_retry_ms=50.0)
PASSWORD = "four words of mine"


class Captioned:
    """``ObsCaptions`` in an event loop of its own thread, and what it told."""

    def __init__(self, choice: ObsChoice) -> None:
        self.states: list[str] = []
        self.problems = EventLog()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.obs: ObsCaptions = self.call(lambda: self._make(choice))

    def _make(self, choice: ObsChoice) -> ObsCaptions:
        obs = ObsCaptions(choice, self.states.append, self.problems.emit, QUICK)
        obs.start()
        return obs

    def call(self, act: Callable[[], Any]) -> Any:
        async def acted() -> Any:
            result = act()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(20.0)

    def publish(self, *captions: Any) -> None:
        for caption in captions:
            self.call(lambda caption=caption: self.obs.publish(caption))

    def wait_state(self, state: str) -> None:
        wait_until(lambda: self.states[-1] == state, f"{state}: {self.states}")

    def wait_problem(self) -> Problem:
        return self.problems.wait_for(Problem)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.call(self.obs.stop)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10.0)
            self._loop.close()


@pytest.fixture
def caption() -> Iterator[Callable[..., Captioned]]:
    made: list[Captioned] = []

    def make(url: str, password_file: Path | None = None, text_source: str = "") -> Captioned:
        made.append(Captioned(ObsChoice(url, password_file, text_source)))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "obs-password"
    path.write_text(f"{PASSWORD}\nanother line\n")
    return path


def test_captions_arrive_in_the_stream_and_in_a_text_source(
    caption: Callable[..., Captioned], password_file: Path
) -> None:
    with ObsServer(PASSWORD, sources=("Captions",)) as obs:
        captioned = caption(obs.url, password_file, "Captions")
        captioned.wait_state("connected")
        captioned.publish(final(1, "Good morning."))
        wait_until(lambda: obs.captions == ["Good morning."], "the stream has it")
        wait_until(lambda: obs.texts["Captions"] == "Good morning.", "the source has it")
        captioned.stop()
        wait_until(lambda: obs.texts["Captions"] == "", "it is cleared")
        assert obs.captions[-1] == ""
        assert set(obs.codes) == {100} and obs.refused == []
    assert captioned.problems.settle() == []


def test_a_stream_is_not_flooded(caption: Callable[..., Captioned]) -> None:
    with ObsServer(sources=("Captions",)) as obs:
        captioned = caption(obs.url, text_source="Captions")
        captioned.wait_state("connected")
        for count in range(1, 200):
            captioned.publish(said(1, " ".join(["word"] * count)))
        captioned.publish(final(1, "The end."))
        wait_until(lambda: obs.captions[-1:] == ["The end."], "the last one arrives")
        assert len(obs.captions) <= 1 + len(obs.written) < 100


def test_a_wrong_password_is_told_once_and_a_right_one_taken_up(
    caption: Callable[..., Captioned], password_file: Path
) -> None:
    password_file.write_text("wrong")
    with ObsServer(PASSWORD) as obs:
        captioned = caption(obs.url, password_file)
        assert captioned.wait_problem().code == "obs-password"
        wait_until(lambda: len(obs.refused) >= 3, "it tries again")
        assert captioned.problems.of(Problem) == captioned.problems.seen[:1]
        password_file.write_text(PASSWORD)
        captioned.wait_state("connected")


def test_a_missing_password_and_an_unreadable_file_are_told(
    caption: Callable[..., Captioned], tmp_path: Path
) -> None:
    with ObsServer(PASSWORD) as obs:
        assert caption(obs.url).wait_problem().code == "obs-wants-password"
        assert caption(obs.url, tmp_path / "none").wait_problem().code == "obs-password-file"
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        assert caption(obs.url, tmp_path / "binary").wait_problem().code == "obs-password-file"


def test_a_stream_that_does_not_run_is_waited_for_quietly(caption: Callable[..., Captioned]) -> None:
    with ObsServer(is_streaming=False) as obs:
        captioned = caption(obs.url)
        captioned.wait_state("connected")
        captioned.publish(final(1, "Nobody sees this."))
        captioned.wait_state("not streaming")
        obs.is_streaming = True
        captioned.publish(final(2, "Now they do."))
        wait_until(lambda: "Now they do." in obs.captions, "the stream has it")
        captioned.wait_state("connected")
        assert "Nobody sees this." not in obs.captions
    assert not [each for each in captioned.problems.of(Problem) if each.code != "obs-unreachable"]


def test_obs_may_come_and_go(caption: Callable[..., Captioned]) -> None:
    obs = ObsServer()
    obs.start()
    obs.stop()
    captioned = caption(obs.url)
    problem = captioned.wait_problem()
    assert (problem.code, obs.url in problem.sentence) == ("obs-unreachable", True)
    with obs:
        captioned.wait_state("connected")
        captioned.publish(final(1, "one"))
        wait_until(lambda: "one" in obs.captions, "the first")
    captioned.wait_state("connecting")
    with obs:
        captioned.wait_state("connected")
        captioned.publish(final(2, "two"))
        wait_until(lambda: "two" in obs.captions, "the second")
    assert obs.sessions == 2


def test_a_text_source_that_is_not_there_is_told_once_and_found_later(
    caption: Callable[..., Captioned],
) -> None:
    with ObsServer() as obs:
        captioned = caption(obs.url, text_source="Captions")
        captioned.wait_state("connected")
        captioned.publish(final(1, "one"))
        problem = captioned.wait_problem()
        assert (problem.code, "Captions" in problem.sentence) == ("obs-source", True)
        wait_until(lambda: "one" in obs.captions, "the stream has it nevertheless")
        obs.texts["Captions"] = ""
        numbers = iter(range(2, 1000))

        def appears() -> bool:
            captioned.publish(final(next(numbers), "more"))
            return obs.texts["Captions"] == "more"

        wait_until(appears, "the source has it")
    assert [each.code for each in captioned.problems.of(Problem)].count("obs-source") == 1


def test_another_version_and_a_kick_end_it(caption: Callable[..., Captioned]) -> None:
    with ObsServer(version=2) as obs:
        captioned = caption(obs.url)
        assert captioned.wait_problem().code == "obs-version"
        captioned.wait_state("off")
    with ObsServer() as obs:
        captioned = caption(obs.url)
        captioned.wait_state("connected")
        obs.kick()
        assert captioned.wait_problem().code == "obs-ended"
        captioned.wait_state("off")
        assert obs.sessions == 1
    assert SESSION_INVALIDATED == 4011


def test_the_output_tells_how_obs_does(running: Running, password_file: Path) -> None:
    with ObsServer(PASSWORD) as obs:
        running.choose(obs=ObsChoice(obs.url, password_file))
        running.wait_changed(lambda told: told.obs == "connected")
        running.output.publish(final(1, "Hello."))
        wait_until(lambda: obs.captions == ["Hello."], "the stream has it")
        running.choose()
        running.wait_changed(lambda told: told.obs == "off")
        wait_until(lambda: obs.captions[-1] == "", "it is cleared")
    assert not running.log.of(LiveOutputTroubled)
