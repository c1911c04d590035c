"""Echoes of real recordings in a made-up room, and real people who talk at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.envelope import Envelope
from audio.pcm import SAMPLE_RATE_HZ, duration_ms
from desktop.core.echo import EchoJudge, HeardSpan, measure
from recognizer.events import Word

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "audio"
NOISE_DBFS = -65.0
Samples = np.ndarray

OTHERS = ["en/LJ001-0001", "libri_train_clean/103-1240-0000", "zh/"]
NEAR = ["en/speechbrain__spk1_snt4", "en_l2/so762_007360004", "libri_test_other/1688-142285-0000"]
SHORT = ["en/python-docs-samples__two_people", "en/pocketsphinx__001", "en/python-docs-samples__half_an_hour"]


def recording(name: str, level_dbfs: float) -> Samples:
    """A real recording at that level; skips where the recordings are not."""
    found = sorted(RECORDINGS.glob(f"{name}*.flac"))
    if not found:
        pytest.skip(f"no recording {name} beside this checkout")
    samples, _rate = soundfile.read(found[0], dtype="float32")
    return at_level(samples[: 12 * SAMPLE_RATE_HZ], level_dbfs)


def at_level(samples: Samples, level_dbfs: float) -> Samples:
    """The same sound with that RMS level."""
    rms = float(np.sqrt(np.mean(samples * samples)))
    return samples * np.float32(10 ** (level_dbfs / 20) / rms)


@dataclass
class Room:
    """From the loudspeakers to the microphone."""

    delay_ms: int
    loss_db: float
    reverberation_s: float
    seed: int = 7

    def hears(self, played: Samples, near: Samples | None = None) -> Samples:
        """The microphone's sound: the echo, its own noise, and somebody near from 1 s on."""
        chance = np.random.default_rng(self.seed)
        heard = chance.standard_normal(len(played)).astype(np.float32) * np.float32(10 ** (NOISE_DBFS / 20))
        delay = self.delay_ms * SAMPLE_RATE_HZ // 1000
        size = 2 * len(played)
        blurred = np.fft.irfft(np.fft.rfft(played, size) * np.fft.rfft(self._response(chance), size), size)
        echo = at_level(blurred[: len(played)].astype(np.float32), -24.0 - self.loss_db)
        heard[delay:] += echo[: len(heard) - delay]
        if near is not None:
            heard[SAMPLE_RATE_HZ : SAMPLE_RATE_HZ + len(near)] += near[: len(heard) - SAMPLE_RATE_HZ]
        return heard

    def _response(self, chance: np.random.Generator) -> Samples:
        seconds = np.arange(int(SAMPLE_RATE_HZ * self.reverberation_s)) / SAMPLE_RATE_HZ
        response = chance.standard_normal(seconds.size) * np.exp(-6.9 * seconds / self.reverberation_s) * 0.06
        response[0] = 1.0
        return response.astype(np.float32)


NO_LOUDSPEAKERS = Room(delay_ms=0, loss_db=80.0, reverberation_s=0.2)
ROOMS = [Room(20, 8.0, 0.2), Room(140, 18.0, 0.4), Room(380, 26.0, 0.6)]


def span(samples: Samples, text: str = "", start_ms: int = 5_000) -> HeardSpan:
    """What the captions would know of it."""
    pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    envelope = Envelope()
    envelope.feed(pcm)
    return HeardSpan(start_ms, start_ms + duration_ms(pcm), text, envelope.levels_dbfs)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: f"{room.delay_ms}ms")
@pytest.mark.parametrize("name", OTHERS)
def test_an_echo_is_not_captioned_twice(name: str, room: Room) -> None:
    played = recording(name, -24.0)
    assert EchoJudge().is_echo(span(room.hears(played)), [span(played)])


@pytest.mark.parametrize("name", OTHERS)
def test_the_echo_is_found_at_its_delay(name: str) -> None:
    played = recording(name, -24.0)
    found = measure(span(ROOMS[1].hears(played)), [span(played)])
    assert found.delay_ms == pytest.approx(ROOMS[1].delay_ms, abs=40)
    assert found.gain_db == pytest.approx(-ROOMS[1].loss_db, abs=5.0)


@pytest.mark.parametrize("room", [NO_LOUDSPEAKERS, *ROOMS], ids=lambda room: f"{room.delay_ms}ms")
@pytest.mark.parametrize("near", [*NEAR, *SHORT])
def test_a_person_who_talks_over_others_stays(near: str, room: Room) -> None:
    played = recording(OTHERS[0], -24.0)
    heard = room.hears(played, recording(near, -26.0))
    assert not EchoJudge().is_echo(span(heard), [span(played)])


@pytest.mark.parametrize("near", [*NEAR, *SHORT])
def test_an_utterance_of_ones_own_while_others_talk_stays(near: str) -> None:
    """With headphones: the utterance begins and ends with the own words, somewhere within those of others."""
    played, own = recording(OTHERS[0], -24.0), recording(near, -26.0)
    for start_ms in range(5_000, 9_000, 500):
        judge = EchoJudge()
        assert not judge.is_echo(span(own, start_ms=start_ms), [span(played)]), start_ms


def test_a_person_who_repeats_their_words_stays() -> None:
    played, own = recording(OTHERS[0], -24.0), recording(NEAR[0], -26.0)
    same = "printing in the only sense"
    me = span(NO_LOUDSPEAKERS.hears(played, own), same)
    assert not EchoJudge().is_echo(me, [span(played, same + " with which we are at present concerned")])


def test_one_utterance_of_the_microphone_may_be_many_of_others() -> None:
    """The reverberation closes the pauses in which system sound is cut."""
    parts = [recording(name, -24.0) for name in OTHERS[:2]]
    pause = np.zeros(SAMPLE_RATE_HZ, np.float32)
    heard = ROOMS[1].hears(np.concatenate([parts[0], pause, parts[1]]))
    second_ms = 5_000 + (len(parts[0]) + len(pause)) * 1000 // SAMPLE_RATE_HZ // 20 * 20
    spans = [span(parts[1], start_ms=second_ms), span(parts[0])]
    assert EchoJudge().is_echo(span(heard), spans)


def test_a_known_room_makes_a_short_echo_certain() -> None:
    """Of a short word the levels alone tell little; the delay and loudness of the room do."""
    room, judge = Room(140, 20.0, 0.5), EchoJudge()
    played = recording(OTHERS[0], -24.0)
    assert judge.is_echo(span(room.hears(played)), [span(played)])
    for name in SHORT:
        word = np.pad(recording(name, -24.0), SAMPLE_RATE_HZ // 2)
        assert judge.is_echo(span(room.hears(word)), [span(word)]), name


def test_nothing_of_others_means_no_echo() -> None:
    assert not EchoJudge().is_echo(span(noise_bursts(1)), [])
    assert not EchoJudge().is_echo(span(noise_bursts(1)), [span(noise_bursts(1), start_ms=60_000)])
    assert not EchoJudge().is_echo(HeardSpan(0, 0, "", ()), [span(noise_bursts(1), start_ms=0)])


def noise_bursts(seed: int) -> Samples:
    """Three seconds of syllables of noise, for machines without recordings."""
    chance = np.random.default_rng(seed)
    levels = np.repeat(chance.uniform(-60, -20, 30), SAMPLE_RATE_HZ // 10)
    return (chance.standard_normal(levels.size) * 10 ** (levels / 20)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_bursts_of_noise_echo_too_and_other_bursts_do_not(seed: int) -> None:
    played, other = noise_bursts(seed), noise_bursts(seed + 50)
    assert EchoJudge().is_echo(span(ROOMS[1].hears(played)), [span(played)])
    assert not EchoJudge().is_echo(span(NO_LOUDSPEAKERS.hears(played, other)), [span(played)])
    assert not EchoJudge().is_echo(span(other), [span(played)])


def test_levels_do_not_depend_on_how_the_sound_is_cut() -> None:
    samples = noise_bursts(3)
    whole, pieces = span(samples).envelope, Envelope()
    pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    for at in range(0, len(pcm), 1_000):
        pieces.feed(pcm[at : at + 1_000])
    assert pieces.levels_dbfs == whole


def taught_judge(room: Room) -> EchoJudge:
    """One that has heard an echo in that room already."""
    judge, played = EchoJudge(), recording(OTHERS[1], -24.0)
    assert judge.is_echo(span(room.hears(played)), [span(played)])
    return judge


def words_every(length_ms: int, until_ms: int) -> list[Word]:
    """One word after another."""
    return [Word(f"w{at}", at, at + length_ms) for at in range(0, until_ms, length_ms)]


@pytest.mark.parametrize("room", ROOMS[:2], ids=lambda room: f"{room.delay_ms}ms")
@pytest.mark.parametrize("near", [NEAR[0], *SHORT])
def test_of_a_mixed_utterance_the_own_words_stay_and_most_of_the_echo_goes(near: str, room: Room) -> None:
    judge, played, own = taught_judge(room), recording(OTHERS[0], -24.0), recording(near, -26.0)
    me, others = span(room.hears(played, own)), [span(played)]
    assert not judge.is_echo(me, others)
    own_from_ms, own_past_ms = 1_000, 1_000 + len(own) * 1000 // SAMPLE_RATE_HZ
    words = words_every(200, me.end_ms - me.start_ms)
    kept = judge.own_words(me, others, words)
    own_words = [word for word in words if word.start_ms >= own_from_ms and word.end_ms <= own_past_ms]
    loud = Envelope()
    loud.feed((own * 32767).astype("<i2").tobytes())
    for word in own_words:
        at = (word.start_ms - own_from_ms) // 20
        if max(loud.levels_dbfs[at : at + 10]) > -30.0:
            assert word in kept
    foreign = [word for word in words if word.start_ms >= own_past_ms + 1_000]
    assert len([word for word in foreign if word in kept]) < len(foreign) / 2


def test_with_headphones_on_all_of_a_sudden_no_word_is_lost() -> None:
    judge, played = taught_judge(ROOMS[0]), recording(OTHERS[0], -24.0)
    for near in NEAR:
        me = span(NO_LOUDSPEAKERS.hears(played, recording(near, -30.0)))
        words = words_every(200, me.end_ms - me.start_ms)
        spoken = [word for word in words if 1_200 <= word.start_ms <= 1_800]
        kept = judge.own_words(me, [span(played)], words)
        assert set(spoken) <= set(kept), near


def test_without_a_known_room_every_word_stays() -> None:
    played = recording(OTHERS[0], -24.0)
    me = span(ROOMS[1].hears(played, recording(NEAR[0], -26.0)))
    words = words_every(200, me.end_ms - me.start_ms)
    assert EchoJudge().own_words(me, [span(played)], words) == tuple(words)
