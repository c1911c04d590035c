"""The microphone on a real sound server: complete, chosen, followed, unplugged, and the server killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from audio.device_stream import QUEUE_BLOCKS, Tap, close_stream
from audio.devices import (
    SYSTEM_SOUND,
    DeviceWatch,
    SoundSource,
    SourcesChanged,
    find_source,
    list_microphones,
    list_sources,
)
from audio.microphone import Microphone
from audio.pulse import connect_pulse
from audio.source import SourceFailed
from audio.turn import own_turn
from tests.fakes.sound_server import SoundServer, wait_until
from tests.fakes.voice import likeness, voice, write_wav


def hear(microphone: Microphone, seconds: float) -> np.ndarray:
    """What comes within that time."""
    deadline_s = time.monotonic() + seconds
    frames = []
    while time.monotonic() < deadline_s:
        frame = microphone.read(0.1)
        if frame is not None:
            frames.append(frame.pcm)
    return np.frombuffer(b"".join(frames), "<i2")


def hear_until(microphone: Microphone, code: str) -> SourceFailed:
    deadline_s = time.monotonic() + 10
    with pytest.raises(SourceFailed) as caught:
        while time.monotonic() < deadline_s:
            microphone.read(0.1)
    assert caught.value.problem.code == code
    return caught.value


@pytest.fixture
def said(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "said.wav", voice(1_500))


def test_a_sentence_arrives_complete(sound_server: SoundServer, said: Path) -> None:
    microphone = Microphone()
    microphone.prepare()
    microphone.start()
    speaker = sound_server.say(said)
    heard = hear(microphone, 2.5)
    speaker.wait(10)
    health = microphone.health()
    microphone.close()
    alike, _ = likeness(heard, voice(1_500))
    assert alike > 0.98
    assert (health.lost_ms, health.dropped_blocks, health.notices) == (0, 0, ())
    assert microphone.name == "First"


def test_starting_again_after_a_stop_forgets_the_old_sound(sound_server: SoundServer, said: Path) -> None:
    microphone = Microphone()
    for _ in range(3):
        microphone.start()
        frame = microphone.read(2.0)
        assert frame is not None
        assert frame.at_ms == 0
        microphone.stop()
        microphone.stop()
        assert microphone.health().stalled_ms == 0


def test_the_chosen_microphone_and_the_system_sound_are_heard_together(
    sound_server: SoundServer, said: Path
) -> None:
    second, system = Microphone("second"), Microphone(SYSTEM_SOUND)
    second.start()
    system.start()
    speaker = sound_server.say(said, "second")
    heard = hear(second, 2.5)
    speaker.wait(10)
    assert likeness(heard, voice(1_500))[0] > 0.98
    assert not hear(system, 0.2).any(), "the microphone was heard in the system's sound"
    assert (second.name, system.name) == ("Second", "Monitor of Null Output")
    second.close()
    system.close()


def test_a_microphone_moved_by_the_user_is_followed(sound_server: SoundServer, said: Path) -> None:
    microphone = Microphone()
    microphone.start()
    hear(microphone, 0.3)
    listed = sound_server.pactl("list", "short", "source-outputs").stdout.splitlines()
    ours = listed[-1].split()[0]
    sound_server.pactl("move-source-output", ours, "second")
    deadline_s = time.monotonic() + 5
    while microphone.name != "Second" and time.monotonic() < deadline_s:
        microphone.read(0.1)
    assert microphone.name == "Second"
    assert microphone.health().notices == ()
    microphone.close()


def test_it_is_followed_also_after_the_server_was_too_busy_to_answer(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio.follow.RECONNECT_S", 0.1)
    answers: list[object] = []

    def busy_at_first(client_name: str) -> object:
        pulse = connect_pulse(client_name)
        if pulse is not None and not answers:
            monkeypatch.setattr(pulse, "source_list", lambda: answers.append(1 // 0))
        answers.append(pulse)
        return pulse

    monkeypatch.setattr("audio.follow.connect_pulse", busy_at_first)
    microphone = Microphone()
    microphone.start()
    wait_until(lambda: len(answers) > 1, "another try to follow")
    *_, ours = sound_server.pactl("list", "short", "source-outputs").stdout.splitlines()
    sound_server.pactl("move-source-output", ours.split()[0], "second")
    wait_until(lambda: microphone.read(0.1) is not None and microphone.name == "Second", "the new name")
    microphone.close()


def test_a_missing_microphone_is_told(sound_server: SoundServer) -> None:
    for begin in (Microphone("nobody").prepare, Microphone("nobody").start):
        with pytest.raises(SourceFailed) as caught:
            begin()
        assert caught.value.problem.code == "microphone.missing"
        assert "nobody" in caught.value.problem.sentence


def test_an_unplugged_microphone_is_told_and_the_default_heard(sound_server: SoundServer) -> None:
    microphone = Microphone("second")
    microphone.start()
    hear(microphone, 0.3)
    sound_server.unplug("second")
    try:
        assert problem_of_unplugging(microphone) in ("microphone.gone", "microphone.stalled")
    finally:
        microphone.close()
        sound_server.plug("second")


def problem_of_unplugging(microphone: Microphone) -> str:
    """Told as a notice when the server moves the stream, as a failure when it stalls before that."""
    deadline_s = time.monotonic() + 5
    while not microphone.health().notices and time.monotonic() < deadline_s:
        try:
            microphone.read(0.1)
        except SourceFailed as failure:
            return failure.problem.code
    return microphone.health().notices[-1].code


def test_with_no_microphone_left_a_monitor_is_not_taken_for_one(sound_server: SoundServer) -> None:
    microphone = Microphone()
    microphone.start()
    hear(microphone, 0.3)
    sound_server.unplug("first")
    sound_server.unplug("second")
    try:
        deadline_s = time.monotonic() + 5
        with pytest.raises(SourceFailed):
            while time.monotonic() < deadline_s:
                microphone.read(0.1)
        with pytest.raises(SourceFailed) as caught:
            Microphone().start()
        assert caught.value.problem.code == "microphone.none"
    finally:
        microphone.close()
        sound_server.plug("first")
        sound_server.plug("second")
        sound_server.pactl("set-default-source", "first")


def test_a_killed_sound_server_is_told_and_used_again_when_it_is_back(sound_server: SoundServer) -> None:
    microphone = Microphone()
    microphone.start()
    hear(microphone, 0.3)
    sound_server.kill()
    try:
        hear_until(microphone, "microphone.gone")
        microphone.close()
        with pytest.raises(SourceFailed) as caught:
            microphone.start()
        assert caught.value.problem.code == "sound.no_server"
    finally:
        sound_server.start()
    microphone.start()
    assert microphone.read(3.0) is not None
    microphone.close()


def test_no_sound_server_is_a_sentence(no_sound_server: None) -> None:
    for ask in (list_sources, list_microphones, Microphone().prepare, Microphone().start):
        with pytest.raises(SourceFailed) as caught:
            ask()
        assert caught.value.problem.code in ("sound.no_server", "sound.no_portaudio")
        assert caught.value.problem.remedy


@pytest.mark.parametrize("what", ["sounddevice", "portaudio"])
def test_a_missing_library_is_a_sentence_without_a_traceback(what: str) -> None:
    code = (
        "import ctypes.util, sys\n"
        f"if {what!r} == 'sounddevice': sys.modules['sounddevice'] = None\n"
        "ctypes.util.find_library = lambda name: None\n"
        "from audio.microphone import Microphone\n"
        "from audio.source import SourceFailed\n"
        "try: Microphone().prepare()\n"
        "except SourceFailed as failure: print(failure.problem.code, failure.problem.remedy)\n"
    )
    environment = {**os.environ, "PULSE_SERVER": "unix:/nowhere/at/all"}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert ran.stdout.startswith("sound.no_portaudio Install it: sudo apt install libportaudio2")
    assert "Traceback" not in ran.stderr


def test_microphones_are_listed_with_what_the_user_calls_them(sound_server: SoundServer) -> None:
    listed = {source.name: source for source in list_sources()}
    first = listed["first"]
    assert (first.description, first.is_default, first.is_monitor) == ("First", True, False)
    assert first.rate_hz == 48_000
    assert listed["speakers.monitor"].is_monitor
    assert listed["speakers.monitor"].is_default
    assert [source.name for source in list_microphones()] == ["first", "second"]
    assert find_source(None) == first
    assert find_source("Second").name == "second"
    assert find_source(SYSTEM_SOUND).name == "speakers.monitor"


def test_the_watch_tells_plugging_unplugging_and_the_default(sound_server: SoundServer) -> None:
    told: list[SourcesChanged] = []
    watch = DeviceWatch(told.append)
    watch.start()

    def names() -> list[str]:
        return [one.name for one in told[-1].sources if not one.is_monitor] if told else []

    wait_until(lambda: names() == ["first", "second"], "the first list")
    sound_server.unplug("second")
    wait_until(lambda: names() == ["first"], "the unplugging")
    sound_server.plug("second")
    wait_until(lambda: names() == ["first", "second"], "the plugging in")
    sound_server.pactl("set-default-source", "second")
    wait_until(lambda: find(told, "second").is_default, "the new default")
    sound_server.pactl("set-default-source", "first")
    wait_until(lambda: find(told, "first").is_default, "the old default")
    sound_server.kill()
    wait_until(lambda: told[-1].problem is not None, "the death of the server")
    sound_server.start()
    wait_until(lambda: names() == ["first", "second"], "the server's return")
    assert watch.stop(5.0)


def find(told: list[SourcesChanged], name: str) -> SoundSource:
    return next(source for source in told[-1].sources if source.name == name)


def test_the_callback_never_blocks_and_counts_what_finds_no_room() -> None:
    tap = Tap()
    for _ in range(QUEUE_BLOCKS + 7):
        tap.on_block(bytes(960), 480, None, None)
    assert tap.dropped_blocks == 7
    assert tap.blocks.qsize() == QUEUE_BLOCKS


def test_a_stream_is_given_back_however_long_the_sound_system_is_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frozen sound server keeps the turn; the second of two microphones stayed in use for ever."""
    monkeypatch.setattr("audio.turn.TURN_S", 0.01)
    monkeypatch.setattr("audio.device_stream.CLOSE_S", 0.1)
    given_back: list[str] = []

    class Stream:
        def abort(self, *, ignore_errors: bool) -> None:
            """Nothing runs."""

        def close(self, *, ignore_errors: bool) -> None:
            given_back.append("closed")

    with own_turn():
        close_stream(Stream(), "mine")
        assert not given_back
    wait_until(lambda: given_back == ["closed"], "the closing")
