"""Another recognizer while the program runs: from a worker process here to a server and back, no word lost.

Real: the core, the shell that carries it out, the recognizers' threads, worker processes, sockets. The server
is a fake of ours, and the worker's engine an instrument; both tell by their text which sound arrived.
"""

from __future__ import annotations

import hashlib
import os
import queue
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.core import keep_alive_commands as ka
from desktop.core.events import Origin, TimePassed
from desktop.core.gpu_care import GpuCare, GpuCareSettings
from desktop.core.keep_alive import KeepAlive, State
from desktop.model_lifecycle import LifecycleParts, ModelLifecycle
from recognizer import events as rec
from recognizer.chosen import ChosenRecognizer
from recognizer.gpu_reading import Moment
from recognizer.remote_server import Server
from tests.fakes.funasr_server import FunasrServer, text_of

pytestmark = pytest.mark.timeout(120)
HERE = rec.ModelSpec("scripted", "here", device="cpu")


class NoCard:
    """A computer without one."""

    def watch(self, is_watched: bool) -> None: ...
    def ask(self, moment: Moment, our_pids: frozenset[int] | None = None) -> None: ...
    def count_as_ours(self, pids: frozenset[int]) -> None: ...


class Program:
    """The program without windows, keys and sound."""

    def __init__(self, folder: Path) -> None:
        self.inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.recognizer = ChosenRecognizer(self.inbox.put, folder, None)
        self.server: Server | None = None
        self.told: list[Problem] = []
        self.readies: list[rec.Ready] = []
        self.finals: dict[int, str] = {}
        self.wake_ms: float | None = None
        self.core = KeepAlive(ka.KeepAliveSettings(idle_unload_s=0.0), HERE)
        self.life = ModelLifecycle(
            self.core,
            GpuCare(GpuCareSettings()),
            LifecycleParts(
                recognizer=self.recognizer,
                watch=NoCard(),
                post=self.inbox.put,
                schedule=self._schedule,
                schedule_care=lambda _: None,
                tell=self.told.append,
                say=lambda _: None,
                allow_sleep=lambda: None,
                use_recognizer=lambda: self.recognizer.use(self.server),
                save_fits=lambda _: None,
                log_operation=lambda _: None,
            ),
        )

    def _schedule(self, at_ms: float | None) -> None:
        self.wake_ms = at_ms

    def now_ms(self) -> float:
        return time.monotonic() * 1000.0

    def tell(self, event: object) -> None:
        if isinstance(event, rec.Ready):
            self.readies.append(event)
        if isinstance(event, rec.Final):
            self.finals[event.utterance_id] = event.text
        self.life.handle(event, self.now_ms())

    def until(self, is_so: Callable[[], object], what: str) -> None:
        end_ms = self.now_ms() + 60_000.0
        while not is_so():
            assert self.now_ms() < end_ms, f"never: {what}; {self.core.state}, told {self.told}"
            due_ms = end_ms if self.wake_ms is None else min(end_ms, self.wake_ms)
            try:
                self.tell(self.inbox.get(timeout=max(0.0, due_ms - self.now_ms()) / 1000.0))
            except queue.Empty:
                self.wake_ms = None
                self.tell(TimePassed(self.now_ms()))

    # --- what a user does ---------------------------------------------------------------------------

    def choose(self, server: Server | None) -> None:
        """As ``Runtime.configure`` does."""
        self.server = server
        if server is not None:
            self.recognizer.configure(server)
        self.tell(ka.ModelChosen(server.as_model() if server else HERE, self.now_ms()))

    def press(self, utterance_id: int, pcm: bytes) -> None:
        self.tell(ka.LeaseAcquired("dictation", self.now_ms()))
        self.recognizer.begin(utterance_id)
        self.recognizer.feed(utterance_id, pcm)

    def release(self, utterance_id: int) -> str:
        self.recognizer.end(utterance_id)
        self.until(lambda: utterance_id in self.finals, f"the text of {utterance_id}")
        self.tell(ka.LeaseReleased("dictation", self.now_ms()))
        return self.finals[utterance_id]


def sound(seed: int) -> bytes:
    return random.Random(seed).randbytes(1800 * 32)


def text_here(pcm: bytes) -> str:
    return f"{hashlib.sha256(pcm).hexdigest()} {len(pcm) // 2}"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def server() -> Iterator[FunasrServer]:
    with FunasrServer() as server:
        yield server


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.tell(ka.Quitting(program.now_ms()))
    program.recognizer.stop()


def test_to_a_server_and_back_without_a_new_program(program: Program, server: FunasrServer) -> None:
    program.press(1, sound(1))
    program.choose(Server(server.url))
    assert program.release(1) == text_here(sound(1)), "the dictation under way ends where it began"
    program.until(lambda: program.core.device == "server", "a connection, as the model was loaded")
    assert not is_alive(program.readies[0].pid)
    program.press(2, sound(2))
    assert program.release(2) == text_of(sound(2))
    program.choose(None)
    program.until(lambda: program.core.device == "cpu", "a worker here")
    program.press(3, sound(3))
    assert program.release(3) == text_here(sound(3))
    generations = [ready.generation for ready in program.readies]
    assert generations == sorted(set(generations)) and not program.told


def test_speaking_at_the_moment_of_the_change_loses_no_word(program: Program, server: FunasrServer) -> None:
    program.tell(ka.ModelRequested(HERE, Origin.TRAY, program.now_ms()))
    program.until(lambda: program.core.state is State.READY, "a model here")
    program.choose(Server(server.url))
    program.press(1, sound(1))
    assert program.release(1) == text_of(sound(1))
    with FunasrServer() as other:
        program.choose(Server(other.url))
        program.press(2, sound(2))
        assert program.release(2) == text_of(sound(2))
        assert other.seen.sounds == [sound(2)] and server.seen.sounds == [sound(1)]
        program.tell(ka.UnloadRequested(Origin.TRAY, program.now_ms()))
        program.until(lambda: program.core.state is State.UNLOADED, "an unload")
    assert not program.told


def test_captions_keep_the_recognizer_until_they_end(program: Program, server: FunasrServer) -> None:
    program.tell(ka.LeaseAcquired("captions", program.now_ms()))
    program.choose(Server(server.url))
    program.press(1, sound(1))
    assert program.release(1) == text_here(sound(1))
    program.tell(ka.LeaseReleased("captions", program.now_ms()))
    program.until(lambda: program.core.device == "server", "a connection")


def test_captions_come_back_with_the_server(program: Program, server: FunasrServer) -> None:
    patient = ka.KeepAliveSettings(idle_unload_s=0.0, retry_s=(), patience_s=0.1)
    program.tell(ka.SettingsChanged(patient, program.now_ms()))
    program.choose(Server(server.url))
    server.stop()
    program.tell(ka.LeaseAcquired("captions", program.now_ms()))
    program.until(lambda: program.told, "a word that the server is not there")
    server.start()
    program.until(lambda: program.core.device == "server", "a connection")
    assert len(program.told) == 1, "told once, not at each try"
