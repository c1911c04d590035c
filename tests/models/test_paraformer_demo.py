"""The shipped demonstration model reads words, through the worker's own streaming engine.

Sentences are synthesised when the tests run. None of them was trained (the recipe reserves them), and
neither were the voices called held out.
"""

from __future__ import annotations

import functools
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from recognizer.events import ModelSpec
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "resources" / "models" / "paraformer-demo"
LARGEST_BYTES = 12 * 1024 * 1024

SENTENCES = (
    "are you ready for the message",
    "go to the beginning of the sentence",
    "please open page sixty one save the test",
    "the meeting is on saturday at four",
    "thirty nine plus fifteen equals ninety",
    "whiskey dot tango at delta dot mike question mark",
    "search for november and replace with yankee",
    "my message is on page seven",
    "on friday we work from eleven to twelve",
    "dictation test two eight three",
    "we have eighty nine minutes",
    "can you redo the file today",
    "send the message to xray",
    "please help me with this note",
)
SEEN_VOICES = ("flite:slt", "espeak-ng:en-us+f3")
HELD_OUT_VOICES = ("flite:rms", "espeak-ng:en-us+f4", "espeak-ng:en-us+john", "espeak-ng:en-gb+linda")

Samples = NDArray[np.float32]


@functools.cache
def engine(precision: str = "fp32") -> StreamingParaformerEngine:
    loaded = StreamingParaformerEngine()
    spec = ModelSpec("paraformer-streaming", "paraformer-demo", str(MODEL), device="cpu", precision=precision)
    loaded.load(spec, lambda _stage: None)
    return loaded


@functools.cache
def spoken(voice: str, text: str) -> Samples:
    """16 kHz samples, 0.3 s of silence before and 0.5 s after; skips when the synthesiser is missing."""
    program, _, name = voice.partition(":")
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed, so there is nobody to speak")
    written = text.replace("xray", "x-ray")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/spoken.wav"
        if program == "flite":
            command = ["flite", "-voice", name, "-t", written, "-o", path]
        else:
            command = ["espeak-ng", "-v", name, "-s", "150", "-w", path, written]
        subprocess.run(command, check=True, capture_output=True)
        samples, rate_hz = soundfile.read(path, dtype="float32")
    speech = soxr.resample(samples, rate_hz, 16_000)
    speech = speech / np.abs(speech).max() * 0.5
    hiss = np.random.default_rng(1).standard_normal(len(speech) + 12_800) * 0.0005
    return (np.pad(speech, (4800, 8000)) + hiss).astype(np.float32)


def pcm_of(samples: Samples) -> bytes:
    return (samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()


def read(samples: Samples, precision: str = "fp32", steps: Callable[[], int] = lambda: 9600) -> list[str]:
    """The words of one utterance, fed in steps of so many samples."""
    stream = engine(precision).open()
    pcm = pcm_of(samples)
    first = 0
    while first < len(pcm):
        size = 2 * steps()
        stream.feed(pcm[first : first + size])
        first += size
    return stream.end().text.split()


def word_errors(reference: list[str], heard: list[str]) -> int:
    row = list(range(len(heard) + 1))
    for count, word in enumerate(reference, 1):
        previous, row[0] = row[0], count
        for index, other in enumerate(heard, 1):
            cheapest = min(row[index] + 1, row[index - 1] + 1, previous + (word != other))
            previous, row[index] = row[index], cheapest
    return row[-1]


def error_rate(voices: tuple[str, ...], change: Callable[[Samples], Samples] = lambda same: same) -> float:
    errors = words = 0
    for voice in voices:
        for text in SENTENCES:
            errors += word_errors(text.split(), read(change(spoken(voice, text))))
            words += len(text.split())
    return errors / words


def with_noise(samples: Samples) -> Samples:
    """White noise 15 dB below the speech."""
    noise = np.random.default_rng(2).standard_normal(len(samples))
    power = float(np.mean(samples**2))
    return (samples + noise * np.sqrt(power / 10**1.5)).astype(np.float32)


def test_the_sentences_here_are_reserved_by_the_recipe() -> None:
    code = (
        "import json, sys, texts, voices\n"
        "print(json.dumps([[texts.is_held_out(tuple(t.split())) for t in json.loads(sys.argv[1])],"
        " list(voices.ESPEAK_VARIANTS), list(voices.FLITE_VOICES)]))"
    )
    command = [sys.executable, "-c", code, json.dumps(SENTENCES)]
    folder = ROOT / "build" / "train_paraformer"
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
    reserved, variants, flite_voices = json.loads(answer)
    assert all(reserved)
    trained = {f"espeak-ng:{name}" for name in variants} | {f"flite:{name}" for name in flite_voices}
    heard = {re.sub(r"en-\w+\+", "", voice) for voice in HELD_OUT_VOICES}
    assert not heard & trained


def test_the_model_folder_is_small_and_whole() -> None:
    names = {path.name for path in MODEL.iterdir()}
    assert {
        "config.yaml",
        "tokens.json",
        "am.mvn",
        "configuration.json",
        "model.pt",
        "MODEL_CARD.md",
    } <= names
    assert (MODEL / "model.pt").stat().st_size <= LARGEST_BYTES


# The bounds below leave room over what was measured (9, 6, 16 and 10 %), for other versions of the
# synthesisers and of torch; the figures that count, on more clips, are in the model card.


def test_seen_voices_say_new_sentences() -> None:
    assert error_rate(SEEN_VOICES) <= 0.13


def test_voices_never_trained_say_new_sentences() -> None:
    assert error_rate(HELD_OUT_VOICES[1:]) <= 0.10
    assert error_rate(HELD_OUT_VOICES[:1]) <= 0.22


def test_voices_never_trained_in_noise() -> None:
    assert error_rate(HELD_OUT_VOICES, with_noise) <= 0.15


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("flite:slt", "dictation test two eight three"),
        ("flite:rms", "search for november and replace with yankee"),
        ("espeak-ng:en-us+f4", "whiskey dot tango at delta dot mike question mark"),
        ("espeak-ng:en-us+john", "search for november and replace with yankee"),
        ("espeak-ng:en-us+john", "we have eighty nine minutes"),
        ("espeak-ng:en-gb+linda", "please help me with this note"),
    ],
)
def test_first_and_last_word_at_every_place_on_the_chunk_grid(voice: str, text: str) -> None:
    """600 ms chunks: whatever the phase of the speech to them, no word is lost at either end.

    Sentences that this model reads surely: the streaming is tested here. How often it errs elsewhere stands
    in the model card.
    """
    samples = spoken(voice, text)
    words = text.split()
    lost = []
    for offset_ms in range(0, 600, 10):
        heard = read(np.pad(samples, (offset_ms * 16, 0)))
        if not heard or (heard[0], heard[-1]) != (words[0], words[-1]):
            lost.append((offset_ms, heard))
    assert lost == []


def test_first_and_last_word_of_every_sentence_and_voice() -> None:
    """The model errs at times (90 % of these were right); what streaming lost would be lost everywhere."""
    right = []
    for (voice, text), offset_ms in itertools.product(
        itertools.product(SEEN_VOICES + HELD_OUT_VOICES, SENTENCES), (0, 150, 300, 450)
    ):
        words = text.split()
        heard = read(np.pad(spoken(voice, text), (offset_ms * 16, 0)))
        right.append(bool(heard) and (heard[0], heard[-1]) == (words[0], words[-1]))
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize("voice", ["flite:slt", "flite:rms"])
def test_text_does_not_depend_on_how_the_sound_is_fed(voice: str) -> None:
    rng = random.Random(3)
    for text in SENTENCES[:6]:
        samples = spoken(voice, text)
        whole = read(samples)
        assert read(samples, steps=lambda: 320) == whole
        assert read(samples, steps=lambda: rng.randint(1, 9600)) == whole


@pytest.mark.parametrize(("precision", "allowed"), [("bf16", 0.02), ("int8", 0.035)])
def test_lower_precision_says_the_same(precision: str, allowed: float) -> None:
    """Words that differ from fp32: here 6 and 9 of 542, on the 1598 of the model card 6 and 8.

    int8 costs a model of width 128 more than a full-size one.
    """
    differing = words = 0
    for voice in SEEN_VOICES + HELD_OUT_VOICES:
        for text in SENTENCES:
            exact = read(spoken(voice, text))
            differing += word_errors(exact, read(spoken(voice, text), precision))
            words += len(exact)
    assert differing / words <= allowed


@pytest.mark.parametrize("level", [0.0, 0.001, 0.02])
def test_nothing_is_said_in_silence_and_noise(level: float) -> None:
    noise = np.random.default_rng(4).standard_normal(5 * 16_000).astype(np.float32) * np.float32(level)
    assert read(noise) == []


def test_a_word_comes_while_one_is_still_speaking() -> None:
    samples = spoken("flite:slt", "thirty nine plus fifteen equals ninety")
    stream = engine().open()
    pcm = pcm_of(samples)
    partials = [stream.feed(pcm[first : first + 640]) for first in range(0, len(pcm), 640)]
    texts = [partial.committed for partial in partials if partial is not None]
    assert any(text.startswith("thirty nine") for text in texts[: len(texts) // 2 + 1])
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert stream.end().text.startswith(texts[-1])


def test_a_person_is_understood(shared_audio: Path) -> None:
    samples, _ = soundfile.read(shared_audio / "en" / "speech_recognition__english.flac", dtype="float32")
    assert read(samples) == ["one", "two", "three"]
