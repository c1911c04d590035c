"""The whole way in, on a real sound server: said into a virtual microphone, heard as speech events."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.events import (
    FramesLost,
    LevelMeasured,
    ListeningEnded,
    ListeningStarted,
    MicrophoneChanged,
    SpeechEnded,
    SpeechStarted,
)
from tests.fakes.heard_listener import HeardListener
from tests.fakes.sound_server import SoundServer
from tests.fakes.voice import likeness, read_wav, silence, voice, write_wav

MakeListener = Callable[..., HeardListener]


@pytest.fixture
def said(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "said.wav", np.concatenate([silence(400), voice(1_500), silence(900)]))


def test_a_held_key_hears_the_whole_sentence(
    listen: MakeListener, sound_server: SoundServer, said: Path
) -> None:
    heard = listen(warm="off")
    heard.listener.arm()
    heard.listener.begin(1)
    started = heard.wait_for(ListeningStarted)
    assert (started.source_name, started.preroll_ms) == ("First", 0)
    sound_server.say(said).wait(10)
    ended = heard.end(1)
    assert (ended.problem, ended.lost_ms, ended.notices) == (None, 0, ())
    assert len(ended.utterance_ids) == 1
    assert likeness(heard.speech(), voice(1_500))[0] > 0.98
    assert likeness(read_wav(ended.journal_path or ""), voice(1_500))[0] > 0.98
    assert not heard.of(FramesLost)


def test_a_warm_microphone_loses_nothing_of_a_word_said_before_the_key(
    listen: MakeListener, sound_server: SoundServer, tmp_path: Path
) -> None:
    said = write_wav(tmp_path / "at_once.wav", voice(1_200))
    heard = listen(warm="after_use", pre_roll_ms=500)
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=400)
    heard.end(1)
    speaker = sound_server.say(said)
    time.sleep(0.3)  # the key comes late on purpose
    heard.listener.begin(2)
    started = heard.wait_for(ListeningStarted, listening_id=2)
    assert started.preroll_ms > 100
    assert started.start_ms == 0.0
    speaker.wait(10)
    ended = heard.end(2)
    assert likeness(read_wav(ended.journal_path or ""), voice(1_200))[0] > 0.98


def test_many_short_holds_in_a_row(listen: MakeListener, sound_server: SoundServer) -> None:
    heard = listen(warm="off")
    for listening_id in range(1, 11):
        heard.listener.begin(listening_id)
        heard.wait_for(ListeningStarted, listening_id=listening_id)
        if listening_id % 2:
            heard.listener.cancel(listening_id)
        else:
            heard.listener.end(listening_id)
    heard.wait_for(ListeningEnded, listening_id=10)
    ended = heard.of(ListeningEnded)
    assert [one.listening_id for one in ended] == list(range(1, 11))
    assert [one.cancelled for one in ended] == [True, False] * 5
    assert not any(one.problem for one in ended)


def test_unplugged_in_the_middle_the_other_microphone_goes_on(
    listen: MakeListener, sound_server: SoundServer, said: Path
) -> None:
    heard = listen(source_name="second", warm="off")
    heard.listener.begin(1)
    sound_server.say(said, "second").wait(10)
    sound_server.unplug("second")
    try:
        changed = heard.wait_for(MicrophoneChanged, source_name="First")
        assert changed.problem is not None
        assert changed.problem.code in ("microphone.gone", "microphone.stalled")
        sound_server.say(said, "first").wait(10)
        ended = heard.end(1)
    finally:
        sound_server.plug("second")
    assert ended.problem is None
    assert len(ended.utterance_ids) == 2
    kept = read_wav(ended.journal_path or "")
    _, first_at = likeness(kept[: kept.size // 2], voice(1_500))
    assert likeness(kept[: kept.size // 2], voice(1_500))[0] > 0.98
    alike, second_at = likeness(kept[first_at + 24_000 :], voice(1_500))
    assert alike > 0.98
    assert second_at > 0


def test_the_sound_server_killed_while_speaking_keeps_what_was_heard(
    listen: MakeListener, sound_server: SoundServer, said: Path
) -> None:
    heard = listen(warm="off")
    heard.listener.begin(1)
    heard.wait_for(ListeningStarted)
    sound_server.say(said)
    heard.wait_for(SpeechStarted)
    heard.wait_for(SpeechEnded)
    sound_server.kill()
    try:
        ended = heard.wait_for(ListeningEnded, within_s=8.0)
    finally:
        sound_server.start()
    assert ended.problem is not None
    assert ended.problem.code in ("microphone.gone", "microphone.stalled")
    assert likeness(read_wav(ended.journal_path or ""), voice(1_500))[0] > 0.98
    heard.listener.begin(2)
    heard.wait_for(ListeningStarted, listening_id=2)
    assert heard.end(2).problem is None


def test_the_sound_server_restarted_while_speaking_goes_on(
    listen: MakeListener, sound_server: SoundServer, said: Path
) -> None:
    heard = listen(warm="off")
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=200)
    sound_server.kill()
    sound_server.start()
    heard.wait_for(MicrophoneChanged)
    sound_server.say(said).wait(10)
    ended = heard.end(1)
    assert ended.problem is None
    assert ended.lost_ms > 0
    assert likeness(read_wav(ended.journal_path or ""), voice(1_500))[0] > 0.98


def test_a_frozen_sound_server_freezes_nobody(
    listen: MakeListener, sound_server: SoundServer, said: Path
) -> None:
    heard = listen(warm="off")
    heard.listener.begin(1)
    sound_server.say(said).wait(10)
    sound_server.freeze()
    try:
        ended = heard.wait_for(ListeningEnded, within_s=12.0)
        heard.listener.begin(2)
        refused = heard.wait_for(ListeningEnded, within_s=8.0)
    finally:
        sound_server.thaw()
    assert ended.problem is not None
    assert ended.problem.code == "microphone.stalled"
    assert likeness(read_wav(ended.journal_path or ""), voice(1_500))[0] > 0.98
    assert refused.problem is not None
    assert refused.problem.remedy
    heard.listener.begin(3)
    heard.wait_for(ListeningStarted, listening_id=3)
    assert heard.end(3).problem is None


def test_no_sound_server_at_all_ends_at_once(listen: MakeListener, no_sound_server: None) -> None:
    heard = listen()
    heard.listener.arm()
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded, within_s=5.0)
    assert ended.problem is not None
    assert ended.problem.code in ("sound.no_server", "sound.no_portaudio")
    assert ended.heard_ms == 0
