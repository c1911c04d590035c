"""The embedded engine on real speech: synthesised by flite, and human where the clips are at hand."""

from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from recognizer.events import ModelSpec
from recognizer.worker.engine import Outcome, Text
from recognizer.worker.pocketsphinx_engine import PocketSphinxEngine

SENTENCE = "good morning everyone and welcome to the meeting"
HUMAN = Path(__file__).parents[4] / "shared" / "audio" / "en" / "LJ001-0001.flac"


@pytest.fixture(scope="module")
def engine() -> PocketSphinxEngine:
    engine = PocketSphinxEngine()
    stages: list[str] = []
    assert engine.load(ModelSpec("pocketsphinx", "English"), stages.append).device == "cpu"
    assert stages == ["weights"]
    return engine


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    path = tmp_path_factory.mktemp("flite") / "said.wav"
    subprocess.run(["flite", "-voice", "rms", "-t", SENTENCE, "-o", str(path)], check=True)
    with wave.open(str(path)) as said:
        assert said.getframerate() == 16_000
        return bytes(6400) + said.readframes(said.getnframes()) + bytes(9600)


def dictate(engine: PocketSphinxEngine, pcm: bytes) -> tuple[list[Text], Outcome]:
    stream = engine.open()
    texts = [stream.feed(pcm[i : i + engine.step_bytes]) for i in range(0, len(pcm), engine.step_bytes)]
    return [text for text in texts if text is not None], stream.end()


def test_synthesised_speech_is_understood(engine: PocketSphinxEngine, spoken: bytes) -> None:
    _, outcome = dictate(engine, spoken)
    assert outcome.text == SENTENCE
    assert " ".join(word.text for word in outcome.words) == SENTENCE
    times = [t for word in outcome.words for t in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= len(spoken) // 32


def test_partials_come_while_speaking_and_commit_to_nothing(
    engine: PocketSphinxEngine, spoken: bytes
) -> None:
    texts, outcome = dictate(engine, spoken)
    assert len({text.tentative for text in texts}) > 3
    assert all(text.committed == "" for text in texts), "the final may change any word"
    assert set(outcome.text.split()) & set(texts[-1].tentative.split())


def test_the_final_does_not_depend_on_what_was_said_before(engine: PocketSphinxEngine, spoken: bytes) -> None:
    first = dictate(engine, spoken)[1]
    engine.open().close()
    assert dictate(engine, spoken)[1] == first


def test_two_utterances_at_once_do_not_mix(engine: PocketSphinxEngine, spoken: bytes) -> None:
    one, other = engine.open(), engine.open()
    for start in range(0, len(spoken), engine.step_bytes):
        one.feed(spoken[start : start + engine.step_bytes])
        other.feed(bytes(engine.step_bytes))
    assert one.end().text == SENTENCE
    assert other.end().text == ""


@pytest.mark.parametrize("samples", [400, 401, 3200])
def test_short_silence_is_nothing(engine: PocketSphinxEngine, samples: int) -> None:
    assert dictate(engine, bytes(samples * 2))[1] == Outcome("")


@pytest.mark.skipif(not HUMAN.exists(), reason="../shared/audio is not at hand")
def test_human_speech_is_mostly_understood(engine: PocketSphinxEngine) -> None:
    soundfile = pytest.importorskip("soundfile")
    samples, _ = soundfile.read(HUMAN, dtype="int16")
    _, outcome = dictate(engine, samples.tobytes())
    assert "not from all the arts and crafts represented in the exhibition" in outcome.text
    assert not set("()<>[]") & set(outcome.text)
