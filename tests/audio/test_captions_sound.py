"""Microphone and system sound at once on a real sound server, through all that happens in a meeting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from audio.devices import SYSTEM_SOUND
from audio.envelope import Envelope
from audio.events import (
    FramesLost,
    LevelMeasured,
    ListeningStarted,
    MicrophoneChanged,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from audio.follow import StreamFollower
from audio.system_sound import SystemSound
from desktop.captions_sound import captions_listener_settings
from desktop.core.echo import EchoJudge, HeardSpan
from desktop.settings.schema import AudioSettings
from tests.fakes.heard_listener import HeardListener
from tests.fakes.sound_server import SoundServer, wait_until
from tests.fakes.voice import likeness, silence, voice, write_wav

MINE, THEIRS = voice(1_500, seed=1), voice(1_500, seed=2)
STEP_TOLERANCE_MS = 400
"""How far audio time may be from the clock here, where the machine is busy; ungoverned gaps are seconds."""

Hear = Callable[[str | None], HeardListener]


@pytest.fixture
def hear() -> Iterator[Hear]:
    """Begins to listen to a source as captions do; stops all of them at the end."""
    made: list[HeardListener] = []

    def begin(source_name: str | None) -> HeardListener:
        heard = HeardListener(captions_listener_settings(AudioSettings(), source_name), None)
        made.append(heard)
        heard.listener.begin(1)
        return heard

    yield begin
    for heard in made:
        assert heard.listener.stop(5.0), "the audio thread did not stop"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "mine.wav", np.concatenate([silence(300), MINE, silence(900)]))


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "theirs.wav", np.concatenate([silence(300), THEIRS, silence(900)]))


@pytest.fixture
def headset(sound_server: SoundServer) -> Iterator[str]:
    """A second output of another rate and shape; the first is the default again at the end."""
    sound_server.add_output("headset", rate_hz=44_100, channels=1)
    yield "headset"
    sound_server.pactl("set-default-sink", "speakers")
    sound_server.remove_output("headset")


def alike(heard: HeardListener, said: np.ndarray) -> float:
    return likeness(heard.speech(), said)[0]


def speech_begins(heard: HeardListener) -> tuple[int, float]:
    """The next utterance: where in audio time, and when by the clock it was told."""
    return heard.wait_for(SpeechStarted).at_ms, time.monotonic() * 1000


def assert_in_step(first: tuple[int, float], second: tuple[int, float]) -> None:
    passed_ms, heard_ms = second[1] - first[1], second[0] - first[0]
    assert heard_ms == pytest.approx(passed_ms, abs=STEP_TOLERANCE_MS)


def test_two_voices_at_once_are_told_apart(
    sound_server: SoundServer, hear: Hear, mine: Path, theirs: Path
) -> None:
    me, others = hear(None), hear(SYSTEM_SOUND)
    assert me.wait_for(ListeningStarted).source_name == "First"
    assert others.wait_for(ListeningStarted).source_name == "Monitor of Null Output"
    for player in (sound_server.say(mine), sound_server.play(theirs)):
        player.wait(10)
    me.end(1), others.end(1)
    assert alike(me, MINE) > 0.98
    assert alike(others, THEIRS) > 0.98
    assert alike(me, THEIRS) < 0.3
    assert alike(others, MINE) < 0.3


def test_another_default_output_is_followed_whatever_its_rate(
    sound_server: SoundServer, hear: Hear, theirs: Path, headset: str
) -> None:
    others = hear(SYSTEM_SOUND)
    others.wait_for(ListeningStarted)
    sound_server.play(theirs).wait(10)
    first = speech_begins(others)
    sound_server.pactl("set-default-sink", headset)
    changed = others.wait_for(MicrophoneChanged, within_s=3.0)
    assert (changed.source_name, changed.problem) == ("Monitor of Headset", None)
    playing = sound_server.play(theirs, headset)
    begun = speech_begins(others)
    playing.wait(10)
    assert alike(others, THEIRS) > 0.98
    ended = others.end(1)
    assert ended.problem is None
    assert (ended.heard_ms - first[0]) > (begun[0] - first[0]) > 1_500


def test_an_output_that_changes_while_it_is_opened_is_followed(
    sound_server: SoundServer, hear: Hear, headset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new default was there before the follower looked first: it is a change all the same."""
    start = StreamFollower.start

    def switch_and_start(follower: StreamFollower) -> None:
        sound_server.pactl("set-default-sink", headset)
        start(follower)

    monkeypatch.setattr(StreamFollower, "start", switch_and_start)
    others = hear(SYSTEM_SOUND)
    others.wait_for(MicrophoneChanged, source_name="Monitor of Headset")
    assert others.end(1).problem is None


def test_a_profile_switch_of_a_headset_is_survived(
    sound_server: SoundServer, hear: Hear, theirs: Path, headset: str
) -> None:
    """The output goes, a worse one comes in its place; the microphone is not heard in between."""
    sound_server.pactl("set-default-sink", headset)
    others = hear(SYSTEM_SOUND)
    others.wait_for(ListeningStarted, source_name="Monitor of Headset")
    sound_server.remove_output(headset)
    others.wait_for(MicrophoneChanged, within_s=3.0)
    sound_server.add_output("headset", rate_hz=16_000, channels=1)
    sound_server.pactl("set-default-sink", headset)
    others.wait_for(MicrophoneChanged, within_s=3.0, source_name="Monitor of Headset")
    sound_server.play(theirs, headset).wait(10)
    assert others.end(1).problem is None
    assert alike(others, THEIRS) > 0.97


def test_five_seconds_without_a_sound_server_are_a_gap_in_both(
    sound_server: SoundServer, hear: Hear, mine: Path, theirs: Path
) -> None:
    """Longer than a dictation would wait: trouble is told, then both go on and time has passed."""
    heard = {None: hear(None), SYSTEM_SOUND: hear(SYSTEM_SOUND)}
    players = [sound_server.say(mine), sound_server.play(theirs)]
    firsts = {name: speech_begins(one) for name, one in heard.items()}
    for player in players:
        player.wait(10)
    sound_server.kill()
    killed_s = time.monotonic()
    try:
        for one in heard.values():
            told = one.wait_for(MicrophoneChanged, within_s=6.0)
            assert told.problem is not None
            assert told.problem.remedy
        wait_until(lambda: time.monotonic() - killed_s > 5.0, "the outage's end")
    finally:
        sound_server.start()
    for one in heard.values():
        assert one.wait_for(MicrophoneChanged, within_s=5.0).problem is None
        assert one.wait_for(FramesLost).lost_ms > 4_000
    players = [sound_server.say(mine), sound_server.play(theirs)]
    for name, one in heard.items():
        assert_in_step(firsts[name], speech_begins(one))
    for player in players:
        player.wait(10)
    for one in heard.values():
        assert one.end(1).problem is None


def test_silence_of_the_system_is_no_trouble(sound_server: SoundServer, hear: Hear, theirs: Path) -> None:
    others = hear(SYSTEM_SOUND)
    others.wait_for(LevelMeasured, at_ms=3_000)
    assert not others.of(MicrophoneChanged)
    sound_server.play(theirs).wait(10)
    ended = others.end(1)
    assert (ended.problem, ended.notices, len(ended.utterance_ids)) == (None, (), 1)


def test_a_suspended_output_is_silence_and_time_goes_on(
    sound_server: SoundServer, hear: Hear, theirs: Path
) -> None:
    others = hear(SYSTEM_SOUND)
    sound_server.play(theirs).wait(10)
    first = speech_begins(others)
    sound_server.pactl("suspend-sink", "speakers", "1")
    try:
        others.wait_for(LevelMeasured, at_ms=others.of(LevelMeasured)[-1].at_ms + 2_000)
    finally:
        sound_server.pactl("suspend-sink", "speakers", "0")
    assert not [one for one in others.of(MicrophoneChanged) if one.problem is not None]
    sound_server.play(theirs)
    second = speech_begins(others)
    assert second[0] - first[0] > 3_000
    assert others.end(1).problem is None


def test_without_any_sound_server_it_is_told_and_heard_as_soon_as_there_is_one(
    sound_server: SoundServer, hear: Hear, theirs: Path
) -> None:
    sound_server.kill()
    try:
        others = hear(SYSTEM_SOUND)
        told = others.wait_for(MicrophoneChanged)
        assert told.problem is not None
        assert told.problem.code.startswith("sound.")
    finally:
        sound_server.start()
    others.wait_for(ListeningStarted, within_s=5.0)
    sound_server.play(theirs).wait(10)
    assert others.end(1).problem is None
    assert alike(others, THEIRS) > 0.98


def test_the_chosen_microphone_is_taken_again_when_it_is_back(
    sound_server: SoundServer, hear: Hear, mine: Path
) -> None:
    me = hear("second")
    assert me.wait_for(ListeningStarted).source_name == "Second"
    sound_server.unplug("second")
    try:
        assert me.wait_for(MicrophoneChanged, within_s=3.0).source_name == "First"
    finally:
        sound_server.plug("second")
    assert me.wait_for(MicrophoneChanged, within_s=6.0, source_name="Second").problem is None
    sound_server.say(mine, "second").wait(10)
    assert me.end(1).problem is None
    assert alike(me, MINE) > 0.98


def test_a_stream_that_the_user_moved_to_another_monitor_stays_there(
    sound_server: SoundServer, headset: str
) -> None:
    source = SystemSound()
    source.start()
    deadline_s = time.monotonic() + 10
    while source.name != "Monitor of Null Output" and time.monotonic() < deadline_s:
        source.read(0.1)
    [line] = sound_server.pactl("list", "short", "source-outputs").stdout.splitlines()[-1:]
    sound_server.pactl("move-source-output", line.split()[0], f"{headset}.monitor")
    while source.name != "Monitor of Headset" and time.monotonic() < deadline_s:
        source.read(0.1)
    assert source.name == "Monitor of Headset"
    source.close()


@pytest.fixture
def loudspeakers(sound_server: SoundServer) -> Iterator[None]:
    """What is played is heard in the first microphone too, later and weaker."""
    words = "source=speakers.monitor sink=firstfeed latency_msec=120".split()
    module = sound_server.pactl("load-module", "module-loopback", *words).stdout.strip()
    [line] = sound_server.pactl("list", "short", "sink-inputs").stdout.splitlines()
    sound_server.pactl("set-sink-input-volume", line.split()[0], "55%")
    yield
    sound_server.pactl("unload-module", module)


def spans(heard: HeardListener) -> list[HeardSpan]:
    """Every utterance until now, as the captions would know it."""
    starts_ms, envelopes = {}, {}
    for event in heard.of(SpeechStarted):
        starts_ms[event.utterance_id], envelopes[event.utterance_id] = event.at_ms, Envelope()
    for piece in heard.of(SpeechAudio):
        envelopes[piece.utterance_id].feed(piece.pcm)
    return [
        HeardSpan(starts_ms[key], starts_ms[key] + 20 * len(levels), "", levels)
        for key, levels in ((key, envelope.levels_dbfs) for key, envelope in envelopes.items())
    ]


def test_the_echo_of_the_loudspeakers_is_told_from_a_person(
    sound_server: SoundServer, hear: Hear, loudspeakers: None, mine: Path, tmp_path: Path
) -> None:
    """First only the others speak, through loudspeakers; then somebody else talks over them."""
    long = write_wav(
        tmp_path / "long.wav", np.concatenate([silence(200), voice(3_500, seed=4), silence(900)])
    )
    me, others = hear(None), hear(SYSTEM_SOUND)
    me.wait_for(ListeningStarted), others.wait_for(ListeningStarted)
    sound_server.play(long).wait(10)
    me.wait_for(SpeechEnded), others.wait_for(SpeechEnded)
    playing = sound_server.play(long)
    others.wait_for(SpeechStarted)
    sound_server.say(mine).wait(10)
    playing.wait(10)
    me.end(1), others.end(1)
    judge, theirs = EchoJudge(), spans(others)
    assert len(theirs) >= 2
    echo, *talk = spans(me)
    assert judge.is_echo(echo, theirs)
    assert talk
    assert not all(judge.is_echo(one, theirs) for one in talk)
