"""The audio thread with files as microphones: order of events, tails, cancelling, failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.devices import SYSTEM_SOUND
from audio.events import (
    AudioFrame,
    EndReason,
    FramesLost,
    LevelMeasured,
    ListeningEnded,
    ListeningStarted,
    MicrophoneChanged,
    SoundNotKept,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from audio.journal import Journal, list_journals
from audio.pcm import FRAME_BYTES, FRAME_MS
from audio.problems import microphone_gone
from audio.segmenter import SegmenterConfig
from audio.silero import SileroMissing
from audio.source import AudioSource, SourceFailed, SourceHealth
from audio.vad import VadSettings
from audio.wav_source import WavSource
from tests.fakes.heard_listener import HeardListener
from tests.fakes.sound_server import wait_until
from tests.fakes.voice import likeness, read_wav, silence, voice, write_wav

MakeListener = Callable[..., HeardListener]


class Room:
    """A microphone in real time in front of which a sound is played once; silence follows for ever."""

    def __init__(self, sound: np.ndarray, name: str = "Room", ends_with: SourceFailed | None = None) -> None:
        self._sound = sound
        self._ends_with = ends_with
        self._frames: Iterator[bytes] = iter(())
        self._at_ms = 0
        self._begun_s = 0.0
        self.name = name
        self.has_ended = False
        self.is_open = False

    def prepare(self) -> None:
        """Nothing to load."""

    def start(self) -> None:
        """From the beginning."""
        pcm = self._sound.tobytes()
        whole = [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]
        self._frames = iter(whole)
        self._at_ms, self._begun_s, self.is_open = 0, time.monotonic(), True

    def read(self, timeout_s: float) -> AudioFrame | None:
        """Not before its time."""
        due_s = self._begun_s + (self._at_ms + FRAME_MS) / 1000
        time.sleep(max(0.0, min(timeout_s, due_s - time.monotonic())))
        if time.monotonic() < due_s:
            return None
        pcm = next(self._frames, None)
        if pcm is None and self._ends_with is not None:
            raise self._ends_with
        self._at_ms += FRAME_MS
        return AudioFrame(pcm or b"\1\0" * (FRAME_BYTES // 2), self._at_ms - FRAME_MS)

    def stop(self) -> None:
        """Silence."""
        self.is_open = False

    def close(self) -> None:
        """Silence."""
        self.is_open = False

    def health(self) -> SourceHealth:
        """Always well."""
        return SourceHealth()


def test_a_file_is_heard_as_a_listening(listen: MakeListener, tmp_path: Path) -> None:
    sound = np.concatenate([silence(600), voice(1_200), silence(1_000), voice(900, seed=2), silence(900)])
    path = write_wav(tmp_path / "two.wav", sound)
    heard = listen(lambda _name: WavSource(path))
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert heard.told() == [
        "ListeningStarted",
        *("SpeechStarted", "SpeechEnded") * 2,
        "ListeningEnded",
    ]
    assert ended.utterance_ids == (1, 2)
    assert (ended.problem, ended.cancelled, ended.lost_ms, ended.notices) == (None, False, 0, ())
    assert ended.heard_ms == sound.size // 16
    assert 1_800 < ended.speech_ms < 2_600
    assert ended.peak_dbfs > -12
    assert ended.journal_path is not None
    assert np.array_equal(read_wav(ended.journal_path), sound)
    first, second = heard.of(SpeechStarted)
    assert first.at_ms == pytest.approx(600 - 300, abs=60)
    assert second.at_ms == pytest.approx(600 + 1_200 + 1_000 - 300, abs=60)
    assert likeness(heard.speech(), voice(1_200))[0] > 0.999


def test_levels_are_measured_every_forty_milliseconds(listen: MakeListener, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "one.wav", np.concatenate([silence(400), voice(400)]))
    heard = listen(lambda _name: WavSource(path))
    heard.listener.begin(3)
    heard.wait_for(ListeningEnded)
    levels = heard.of(LevelMeasured)
    assert [one.at_ms for one in levels] == list(range(40, 801, 40))
    assert all(one.dbfs < -60 for one in levels[:9])
    assert max(one.dbfs for one in levels) > -20


def test_the_tail_keeps_a_word_that_outlasts_the_key(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(np.concatenate([silence(300), voice(1_200)])), warm="off")
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=1_000)
    ended = heard.end(1)
    assert 1_240 <= ended.heard_ms <= 1_500
    (end,) = heard.of(SpeechEnded)
    assert end.at_ms == ended.heard_ms


def test_the_tail_is_short_when_nothing_is_being_said(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(voice(600)), warm="off")
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=1_600)
    ended = heard.end(1)
    assert 1_620 <= ended.heard_ms <= 1_740


def test_a_word_begun_just_before_the_key_goes_up_is_heard_with_the_whole_tail(listen: MakeListener) -> None:
    room = Room(np.concatenate([voice(600), silence(800), voice(1_200)]))
    heard = listen(lambda _name: room, warm="off")
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=1_440)  # 40 ms of the second word
    ended = heard.end(1)
    assert ended.heard_ms >= 1_440 + 250
    assert heard.of(SpeechEnded)[-1].at_ms == ended.heard_ms


class DeepRoom(Room):
    """Tells how much of its sound waits to be read, as a microphone does."""

    def arrived_ms(self) -> int:
        """Sound that a microphone would have brought by now."""
        return int((time.monotonic() - self._begun_s) * 1000) // FRAME_MS * FRAME_MS if self.is_open else 0

    def health(self) -> SourceHealth:
        """Well, but perhaps not read for a while."""
        return SourceHealth(waiting_ms=max(0, self.arrived_ms() - self._at_ms))


def test_the_end_of_a_word_is_heard_though_the_thread_was_late(
    listen: MakeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The voice model is loaded at the first voice, and the key goes up before it is there."""
    is_key_up = threading.Event()

    def load_slowly() -> None:
        assert is_key_up.wait(10.0)
        raise SileroMissing("not here")

    monkeypatch.setattr("audio.ears.SileroModel", load_slowly)
    room = DeepRoom(voice(3_000))
    heard = listen(lambda _name: room, warm="off")
    heard.listener.begin(1)
    wait_until(lambda: room.arrived_ms() >= 1_000, "some words")
    said_ms = room.arrived_ms()
    heard.listener.end(1)
    is_key_up.set()
    assert heard.wait_for(ListeningEnded).heard_ms >= said_ms + 250 - 2 * FRAME_MS


def test_noise_alone_does_not_stretch_the_tail(listen: MakeListener) -> None:
    noise = (np.random.default_rng(5).normal(0, 3_000, 16_000 * 4)).astype("<i2")
    heard = listen(lambda _name: Room(noise), warm="off")
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=1_600)
    assert heard.end(1).heard_ms < 1_600 + 250


def test_while_warm_the_first_word_was_heard_before_the_key(listen: MakeListener) -> None:
    room = Room(np.concatenate([silence(600), voice(1_000)]))
    heard = listen(lambda _name: room, warm="always", pre_roll_ms=300)
    wait_until(lambda: room.is_open and room._at_ms >= 700, "the first word")
    heard.listener.begin(1)
    started = heard.wait_for(ListeningStarted)
    assert (started.preroll_ms, started.start_ms) == (300, 0.0)
    heard.wait_for(LevelMeasured, at_ms=1_600)
    heard.end(1)
    alike, _ = likeness(read_wav(heard.of(ListeningEnded)[0].journal_path or ""), voice(1_000))
    assert alike > 0.999, "a part of the first word is missing"


def test_while_warm_the_chosen_microphone_is_taken_again_when_it_is_back(
    listen: MakeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unplugged while nobody listened, it was another's turn for ever, and nobody was told."""
    monkeypatch.setattr("audio.warmth.REWARM_S", 0.1)
    monkeypatch.setattr("audio.listener_loop.REWARM_S", 0.1)
    gone = SourceFailed(microphone_gone("Headset"))
    built_in, headsets = Room(voice(9_000), "Built-in"), [Room(silence(100), "Headset", gone)]
    heard = listen(
        lambda name: built_in if name is None else headsets.pop() if headsets else missing(name),
        source_name="headset",
        warm="always",
    )
    wait_until(lambda: built_in.is_open, "the microphone that stands in")
    heard.listener.begin(1)
    changed = heard.wait_for(MicrophoneChanged)
    assert (changed.source_name, changed.problem) == ("Built-in", microphone_gone("headset"))
    assert heard.end(1).notices == (changed.problem,)
    headsets += [Room(voice(9_000, seed=2), "Headset"), Room(silence(100), "Headset")]
    wait_until(lambda: not built_in.is_open, "the chosen microphone")
    heard.listener.begin(2)
    assert heard.wait_for(ListeningStarted, listening_id=2).source_name == "Headset"
    assert heard.end(2).notices == ()


def test_warm_after_use_stops_in_time(listen: MakeListener) -> None:
    room = Room(voice(200))
    heard = listen(lambda _name: room, warm="after_use", warm_s=0.3)
    heard.listener.begin(1)
    heard.wait_for(ListeningStarted)
    heard.end(1)
    assert room.is_open
    wait_until(lambda: not room.is_open, "the end of warmth")


def test_a_cancelled_listening_leaves_nothing_and_the_next_begins_at_once(
    listen: MakeListener, tmp_path: Path
) -> None:
    heard = listen(lambda _name: Room(voice(2_000)), journal_dir=str(tmp_path / "kept"))
    heard.listener.begin(1)
    heard.wait_for(SpeechStarted)
    heard.listener.cancel(1)
    heard.listener.begin(2)
    ended = heard.wait_for(ListeningEnded)
    assert (ended.listening_id, ended.cancelled, ended.journal_path) == (1, True, None)
    assert ended.utterance_ids == (1,)
    assert [end.utterance_id for end in heard.of(SpeechEnded)] == [1]
    wait_until(lambda: len(heard.of(ListeningStarted)) == 2, "the next listening")
    ended = heard.end(2)
    assert list_journals(tmp_path / "kept") == [Path(ended.journal_path or "")]


def test_begin_during_a_tail_shares_no_sound(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(voice(5_000)))
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=600)
    heard.listener.end(1)
    heard.listener.begin(2)
    heard.wait_for(LevelMeasured, listening_id=2, at_ms=600)
    heard.end(2)
    first, second = heard.of(ListeningEnded)
    sounds = [read_wav(one.journal_path or "") for one in (first, second)]
    assert np.array_equal(np.concatenate(sounds), voice(5_000)[: sum(map(len, sounds))])


def test_a_foreign_id_ends_and_cancels_nothing(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(voice(300)))
    heard.listener.end(5)
    heard.listener.cancel(5)
    heard.listener.begin(1)
    heard.wait_for(ListeningStarted)
    heard.listener.cancel(99)
    heard.listener.end(99)
    heard.wait_for(LevelMeasured, at_ms=800)
    assert not heard.of(ListeningEnded)


def test_no_speech_is_told_with_its_loudness(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(silence(1_000)))
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=600)
    ended = heard.end(1)
    assert (ended.speech_ms, ended.utterance_ids) == (0, ())
    assert -75 < ended.peak_dbfs < -60


def test_without_endpointing_everything_is_one_utterance(listen: MakeListener, tmp_path: Path) -> None:
    sound = np.concatenate([silence(800), voice(600), silence(1_400), voice(300), silence(500)])
    path = write_wav(tmp_path / "all.wav", sound)
    heard = listen(lambda _name: WavSource(path), endpointing=False)
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert ended.utterance_ids == (1,)
    assert np.array_equal(heard.speech(), sound)
    assert 600 < ended.speech_ms < 1_500


def test_a_long_hold_becomes_several_utterances_and_loses_nothing(
    listen: MakeListener, tmp_path: Path
) -> None:
    sound = np.concatenate([silence(300), voice(5_700)])
    path = write_wav(tmp_path / "long.wav", sound)
    segmenter = SegmenterConfig(longest_ms=2_000)
    heard = listen(lambda _name: WavSource(path), segmenter=segmenter)
    heard.listener.begin(1)
    heard.wait_for(ListeningEnded)
    reasons = [ended.reason for ended in heard.of(SpeechEnded)]
    assert reasons == [EndReason.LONGEST, EndReason.LONGEST, EndReason.STOPPED]
    speech = heard.speech()
    assert np.array_equal(speech, sound[sound.size - speech.size :])
    assert speech.size >= voice(5_700).size


@pytest.mark.parametrize(("of_a_meeting", "told"), [(False, ["listening.too_long"]), (True, [])])
def test_the_longest_listening_ends_by_itself(
    listen: MakeListener, of_a_meeting: bool, told: list[str]
) -> None:
    """After that of a meeting the next follows at once: nobody has to "start again to go on"."""
    heard = listen(lambda _name: Room(voice(3_000)), longest_listening_s=1.0, keeps_time=of_a_meeting)
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert ended.heard_ms == 1_000 or (of_a_meeting and ended.heard_ms > 1_000)
    assert [one.code for one in ended.notices] == told
    assert ended.problem is None


def test_exact_zeros_are_told_as_a_dead_microphone(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(np.zeros(50_000, "<i2"), name="Headset"))
    heard.listener.begin(1)
    changed = heard.wait_for(MicrophoneChanged)
    assert changed.problem is not None
    assert changed.problem.code == "microphone.silent"
    assert "Headset" in changed.problem.sentence
    ended = heard.end(1)
    assert [one.code for one in ended.notices] == ["microphone.silent"]


def test_a_short_dictation_into_a_dead_microphone_is_told_as_that(
    listen: MakeListener, tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "Headset", np.zeros(16_000, "<i2"))
    heard = listen(lambda _name: WavSource(path))
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert [one.code for one in ended.notices] == ["microphone.silent"]
    assert [one.problem for one in heard.of(MicrophoneChanged)] == list(ended.notices)


def missing(name: str | None) -> AudioSource:
    raise SourceFailed(microphone_gone(name or "default"))


def test_no_microphone_ends_at_once_with_the_reason(listen: MakeListener) -> None:
    heard = listen(missing)
    heard.listener.arm()
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded, within_s=2.0)
    assert ended.problem is not None
    assert ended.problem.code == "microphone.gone"
    assert heard.told() == ["ListeningEnded"]


class Cupboard:
    """Gives one source after another; ``None`` is a microphone that is not there."""

    def __init__(self, *sources: Room | None) -> None:
        self._sources = list(sources)
        self.asked: list[str | None] = []

    def __call__(self, name: str | None) -> AudioSource:
        self.asked.append(name)
        source = self._sources.pop(0) if self._sources else None
        return source if source is not None else missing(name)


def test_a_microphone_lost_in_the_middle_is_replaced_and_the_gap_is_silence(listen: MakeListener) -> None:
    gone = SourceFailed(microphone_gone("Headset"))
    before, after = voice(800), voice(1_500, seed=5)
    cupboard = Cupboard(Room(before, "Headset", gone), None, None, Room(after, "Built-in"))
    heard = listen(cupboard, source_name="headset", warm="off")
    heard.listener.begin(1)
    changed = heard.wait_for(MicrophoneChanged)
    assert (changed.source_name, changed.problem) == ("Built-in", gone.problem)
    lost = heard.wait_for(FramesLost)
    assert 150 <= lost.lost_ms <= 900
    heard.wait_for(LevelMeasured, at_ms=800 + lost.lost_ms // 40 * 40 + 1_200)
    ended = heard.end(1)
    assert (ended.problem, ended.lost_ms) == (None, lost.lost_ms)
    assert gone.problem in ended.notices
    kept = read_wav(ended.journal_path or "")
    assert np.array_equal(kept[: before.size], before)
    gap = lost.lost_ms // 20 * 320
    assert not kept[before.size : before.size + gap].any()
    assert likeness(kept, after[:12_000])[1] == before.size + gap
    assert cupboard.asked == ["headset", "headset", None, "headset"]


def test_a_microphone_lost_for_good_keeps_what_was_heard(listen: MakeListener) -> None:
    gone = SourceFailed(microphone_gone("Headset"))
    heard = listen(Cupboard(Room(voice(600), "Headset", gone)))
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded, within_s=6.0)
    assert ended.problem == gone.problem
    assert ended.heard_ms == 600
    assert np.array_equal(read_wav(ended.journal_path or ""), voice(600)[:9_600])
    assert len(heard.of(SpeechEnded)) == 1


def test_the_key_released_while_no_microphone_is_there_ends_at_once(listen: MakeListener) -> None:
    gone = SourceFailed(microphone_gone("Headset"))
    cupboard = Cupboard(Room(voice(600), "Headset", gone))
    heard = listen(cupboard)
    heard.listener.begin(1)
    wait_until(lambda: len(cupboard.asked) >= 3, "the search for another microphone")
    assert heard.end(1).problem == gone.problem


def test_a_chosen_microphone_that_is_missing_is_replaced_and_told(listen: MakeListener) -> None:
    heard = listen(Cupboard(None, Room(voice(500), "Built-in")), source_name="headset")
    heard.listener.begin(1)
    changed = heard.wait_for(MicrophoneChanged)
    assert changed.source_name == "Built-in"
    assert changed.problem is not None
    assert heard.wait_for(ListeningStarted).source_name == "Built-in"


def test_choosing_another_microphone_while_speaking(listen: MakeListener) -> None:
    cupboard = Cupboard(Room(voice(9_000), "One"), Room(voice(9_000, seed=2), "Two"))
    heard = listen(cupboard)
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=400)
    heard.listener.choose("two")
    assert heard.wait_for(MicrophoneChanged) == MicrophoneChanged(1, "Two", None)
    heard.wait_for(LevelMeasured, at_ms=1_000)
    assert heard.end(1).problem is None
    assert cupboard.asked == [None, "two"]


class Explosive(Room):
    """Has an error of ours in it."""

    def read(self, timeout_s: float) -> AudioFrame | None:
        """Works for a while."""
        if self._at_ms >= 200:
            raise ZeroDivisionError("of ours")
        return super().read(timeout_s)


def test_an_error_of_ours_ends_the_listening_but_not_the_thread(listen: MakeListener) -> None:
    heard = listen(Cupboard(Explosive(voice(900)), Room(voice(900))))
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert ended.problem is not None
    assert (ended.problem.code, ended.heard_ms) == ("audio.internal", 200)
    heard.listener.begin(2)
    heard.wait_for(SpeechStarted)
    assert heard.end(2).problem is None


class Unopenable(Room):
    """Meets an error of ours, or of a library's, before the first sound."""

    def start(self) -> None:
        """Never works."""
        raise ZeroDivisionError("of ours")


def test_an_error_while_opening_is_answered_like_any_other(listen: MakeListener) -> None:
    heard = listen(Cupboard(Unopenable(voice(900)), Room(voice(900))))
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert ended.problem is not None
    assert (ended.listening_id, ended.problem.code) == (1, "audio.internal")
    heard.listener.begin(2)
    heard.wait_for(SpeechStarted)
    assert heard.end(2).problem is None


def test_an_error_after_the_microphone_was_lost_in_the_tail_does_not_end_the_thread(
    listen: MakeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_journal: Journal) -> None:
        raise ZeroDivisionError("of ours")

    gone = SourceFailed(microphone_gone("Headset"))
    heard = listen(Cupboard(Room(voice(600), "Headset", gone), Room(voice(900))), tail_ms=1_000)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", explode)
        heard.listener.begin(1)
        heard.wait_for(LevelMeasured, at_ms=400)
        ended = heard.end(1)
    assert ended.problem is not None
    assert ended.problem.code == "audio.internal"
    heard.listener.begin(2)
    heard.wait_for(SpeechStarted)
    assert heard.end(2).problem is None


def test_stopping_the_thread_ends_the_listening_first(listen: MakeListener) -> None:
    room = Room(voice(900))
    heard = listen(lambda _name: room)
    heard.listener.begin(1)
    heard.wait_for(SpeechStarted)
    assert heard.listener.stop(3.0)
    assert heard.told()[-1] == "SpeechStarted"
    assert [ended.listening_id for ended in heard.of(ListeningEnded)] == [1]
    assert not room.is_open
    assert "audio" not in [thread.name for thread in threading.enumerate()]


def test_without_silero_the_simple_detector_listens_and_says_so(
    listen: MakeListener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse() -> None:
        raise SileroMissing("not here")

    monkeypatch.setattr("audio.ears.SileroModel", refuse)
    path = write_wav(tmp_path / "one.wav", np.concatenate([silence(500), voice(600), silence(800)]))
    heard = listen(lambda _name: WavSource(path))
    heard.listener.begin(1)
    ended = heard.wait_for(ListeningEnded)
    assert ended.utterance_ids == (1,)
    assert [one.code for one in ended.notices] == ["vad.no_silero"]


def test_silero_can_be_switched_off(listen: MakeListener, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "one.wav", np.concatenate([silence(500), voice(600), silence(800)]))
    heard = listen(lambda _name: WavSource(path), vad=VadSettings(use_silero=False))
    heard.listener.begin(1)
    assert heard.wait_for(ListeningEnded).notices == ()
    assert heard.of(SpeechAudio)


def test_a_disk_that_takes_no_more_is_told_at_once_and_speech_goes_on(
    listen: MakeListener, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    heard = listen(
        lambda _name: Room(voice(3_000)), journal_dir=str(tmp_path / "file"), journal_format="flac"
    )
    heard.listener.begin(1)
    told = heard.wait_for(SoundNotKept)
    assert (told.listening_id, told.problem.code) == (1, "journal.meeting_not_kept")
    heard.wait_for(SpeechStarted)
    ended = heard.end(1)
    assert (ended.problem, ended.journal_path) == (None, None)
    assert told.problem in ended.notices
    assert len(heard.of(SoundNotKept)) == 1


def test_a_meeting_is_kept_as_flac_under_its_name(listen: MakeListener) -> None:
    heard = listen(lambda _name: Room(voice(3_000)), journal_format="flac", journal_name="Monday, me")
    heard.listener.begin(1)
    heard.wait_for(LevelMeasured, at_ms=1_200)
    path = Path(heard.end(1).journal_path or "")
    assert path.name == "Monday, me.flac"
    assert likeness(soundfile.read(path, dtype="int16")[0], voice(1_000))[0] > 0.999


MEETING = {"keeps_time": True, "longest_outage_s": 60.0, "warm": "off", "pre_roll_ms": 0}


def test_a_meeting_waits_for_its_source_and_time_goes_on(listen: MakeListener) -> None:
    """Longer than a dictation would: trouble is told, the utterance ends, and the clock is kept."""
    gone = SourceFailed(microphone_gone("Headset"))
    cupboard = Cupboard(
        Room(voice(800), "Headset", gone), *[None] * 16, Room(voice(1_500, seed=5), "Headset")
    )
    heard = listen(cupboard, **MEETING)
    begun_s = time.monotonic()
    heard.listener.begin(1)
    heard.wait_for(SpeechEnded)
    assert heard.wait_for(MicrophoneChanged).problem == gone.problem
    assert heard.wait_for(MicrophoneChanged) == MicrophoneChanged(1, "Headset", None)
    assert heard.wait_for(FramesLost).lost_ms > 2_500
    started = heard.wait_for(SpeechStarted)
    passed_ms = (time.monotonic() - begun_s) * 1000
    assert passed_ms - 1_500 < started.at_ms < passed_ms
    assert heard.end(1).problem is None


def test_a_meeting_may_begin_without_a_source(listen: MakeListener) -> None:
    cupboard = Cupboard(*[None] * 7, Room(voice(1_500), "Headset"))
    heard = listen(cupboard, **MEETING)
    heard.listener.begin(1)
    told = heard.wait_for(MicrophoneChanged)
    assert told.problem is not None
    heard.wait_for(ListeningStarted)
    assert heard.wait_for(SpeechStarted).at_ms >= 400, "the time without a source counts"
    assert heard.end(1).problem is None


def test_a_microphone_never_stands_in_for_the_systems_sound(listen: MakeListener) -> None:
    cupboard = Cupboard(None, None, Room(voice(1_500), "Monitor"))
    heard = listen(cupboard, source_name=SYSTEM_SOUND, **MEETING)
    heard.listener.begin(1)
    heard.wait_for(ListeningStarted)
    assert set(cupboard.asked) == {SYSTEM_SOUND}
    assert heard.end(1).problem is None


def test_the_chosen_source_is_taken_again_when_it_is_back(listen: MakeListener) -> None:
    rooms = [
        Room(voice(9_000), "Built-in"),
        Room(silence(100), "Headset"),
        Room(voice(9_000, seed=2), "Headset"),
    ]
    heard = listen(Cupboard(None, *rooms), source_name="headset", **MEETING)
    heard.listener.begin(1)
    assert heard.wait_for(MicrophoneChanged).source_name == "Built-in"
    assert heard.wait_for(MicrophoneChanged, within_s=6.0) == MicrophoneChanged(1, "Headset", None)
    assert heard.end(1).problem is None
