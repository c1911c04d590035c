"""Debian's speech synthesisers, called so that they also tell when each word starts.

espeak-ng and flite are called through their C libraries (5 ms an utterance, and word times come as
events or from the utterance structure); festival runs a Scheme script per batch. The word times
supervise where the predictor has to count a word, which is what lets a model learn within minutes.

Held out, never in training: flite's natural voice rms and ten espeak-ng variants.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import random
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from vocabulary import written_for_synthesis

ESPEAK_ACCENTS = (
    "gmw/en-US", "gmw/en-US", "gmw/en-US", "gmw/en-US", "gmw/en", "gmw/en", "gmw/en-GB-x-rp",
    "gmw/en-GB-scotland", "gmw/en-US-nyc", "gmw/en-029", "gmw/en-GB-x-gbclan", "gmw/en-GB-x-gbcwmd",
)  # fmt: skip
ESPEAK_VARIANTS = (
    "Alex Alicia Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Michael Nguyen "
    "RicishayMax RicishayMax2 RicishayMax3 adam anika announcer antonio aunty belinda benjamin boris "
    "caleb david ed edward f1 f2 f3 f5 grandma grandpa gustave iven kaukovalta klatt klatt2 klatt4 "
    "klatt5 klatt6 m1 m2 m3 m4 m6 m7 m8 marcelo michel miguel norbert paul pedro quincy rob robert sandro "
    "shelby steph steph3 travis victor zac"
).split()
ESPEAK_HELD_OUT = "f4 m5 Andrea Mike klatt3 linda edward2 steph2 john pablo".split()
FLITE_VOICES = ("slt", "awb", "kal16", "kal")
FLITE_HELD_OUT = ("rms",)
FESTIVAL_VOICES = ("ked_diphone", "kal_diphone", "cmu_us_slt_arctic_hts")


@dataclass(frozen=True)
class Spoken:
    """One synthesised utterance.

    samples: float32 mono in [-1, 1]; word_starts_s: one per word, NaN where the synthesiser merged
    words ("of the") and does not tell.
    """

    samples: NDArray[np.float32]
    rate_hz: int
    words: tuple[str, ...]
    word_starts_s: tuple[float, ...]


class VoiceMissing(RuntimeError):
    """A synthesiser or one of its voices is not installed."""


def _library(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise VoiceMissing(f"{name} cannot be loaded: install espeak-ng and flite") from error


def _written(words: Sequence[str], pause: float, rng: random.Random) -> tuple[str, list[int]]:
    """The text with some commas, and for each word the index of its first character."""
    text, offsets = "", []
    for index, word in enumerate(words):
        offsets.append(len(text))
        comma = "," if index + 1 < len(words) and rng.random() < pause else ""
        text += written_for_synthesis(word) + comma + " "
    return text.rstrip(), offsets


def _pause_probability(rng: random.Random) -> float:
    return rng.choice([0.0, 0.0, 0.08, 0.25, 0.6])


def _fraction(values: NDArray[np.int16]) -> NDArray[np.float32]:
    return values.astype(np.float32) / 32768


class _EspeakEvent(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


class Espeak:
    """espeak-ng, in this process. The library keeps global state, so make one instance."""

    _RETRIEVAL, _CHARS_UTF8, _EVENT_WORD = 1, 1, 1
    _RATE, _PITCH, _WORD_GAP = 1, 3, 7

    def __init__(self) -> None:
        self._library = _library("libespeak-ng.so.1")
        self._rate_hz = self._library.espeak_Initialize(2, 500, None, 0)
        self._audio: list[NDArray[np.int16]] = []
        self._starts: dict[int, float] = {}
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_EspeakEvent)
        )
        self._callback = kind(self._collect)  # kept alive: the library calls it later
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: object) -> int:
        if samples and count > 0:
            self._audio.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != 0:  # type: ignore[index]
            event = events[index]  # type: ignore[index]
            if event.type == self._EVENT_WORD:
                self._starts.setdefault(event.text_position - 1, event.audio_position_ms / 1000)
            index += 1
        return 0

    def speak(self, words: Sequence[str], variant: str, rng: random.Random, *, calm: bool = False) -> Spoken:
        """Say the words; rate, pitch, pauses and accent are drawn. calm: within ordinary limits."""
        accent = rng.choice(ESPEAK_ACCENTS[:6] if calm else ESPEAK_ACCENTS)
        self._select(f"{accent}+{variant}")
        rate = rng.randint(135, 175) if calm else rng.randint(115, 205)
        for parameter, value in (
            (self._RATE, rate),
            (self._PITCH, rng.randint(25, 75)),
            (self._WORD_GAP, rng.choice([0, 0, 0, 1, 2, 4, 8])),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        text, offsets = _written(words, _pause_probability(rng), rng)
        self._audio.clear()
        self._starts.clear()
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, self._CHARS_UTF8, None, None)
        samples = _fraction(np.concatenate(self._audio))
        starts = tuple(self._starts.get(offset, math.nan) for offset in offsets)
        return Spoken(samples, self._rate_hz, tuple(words), starts)

    def _select(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceMissing(f"espeak-ng has no voice {voice}")


class _FliteVoice(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


class _FliteWave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("rate_hz", ctypes.c_int),
        ("count", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


_FLITE_CALLS: dict[str, tuple[object, tuple[object, ...]]] = {
    "flite_synth_text": (ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_void_p)),
    "utt_wave": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "utt_relation": (ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p)),
    "relation_head": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "item_next": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "ffeature_float": (ctypes.c_float, (ctypes.c_void_p, ctypes.c_char_p)),
    "delete_utterance": (None, (ctypes.c_void_p,)),
    "feat_set_float": (None, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float)),
}


class Flite:
    """flite, in this process, with the voices of Debian's package."""

    _WORD_START = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"

    def __init__(self) -> None:
        self._library = _library("libflite.so.1")
        self._library.flite_init()
        for name, (result, arguments) in _FLITE_CALLS.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        self._voices: dict[str, int] = {}

    def _voice(self, name: str) -> int:
        if name not in self._voices:
            register = getattr(_library(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
            register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
            self._voices[name] = register(None)
        return self._voices[name]

    def speak(self, words: Sequence[str], voice: str, rng: random.Random, *, calm: bool = False) -> Spoken:
        """Say the words; tempo and pitch are drawn unless calm."""
        handle = self._voice(voice)
        features = _FliteVoice.from_address(handle).features
        stretch = 1.0 if calm else rng.uniform(0.82, 1.35)
        pitch = 1.0 if calm else rng.uniform(0.8, 1.3)
        self._library.feat_set_float(features, b"duration_stretch", stretch)
        self._library.feat_set_float(features, b"f0_shift", pitch)
        text, _ = _written(words, _pause_probability(rng), rng)
        utterance = self._library.flite_synth_text(text.encode(), handle)
        try:
            return self._read(utterance, tuple(words))
        finally:
            self._library.delete_utterance(utterance)

    def _read(self, utterance: int, words: tuple[str, ...]) -> Spoken:
        result = _FliteWave.from_address(self._library.utt_wave(utterance))
        samples = np.ctypeslib.as_array(result.samples, (result.count,)).copy()
        starts = []
        item = self._library.relation_head(self._library.utt_relation(utterance, b"Word"))
        while item:
            starts.append(float(self._library.ffeature_float(item, self._WORD_START)))
            item = self._library.item_next(item)
        return Spoken(_fraction(samples), result.rate_hz, words, _per_word(words, starts))


def _per_word(words: tuple[str, ...], starts: list[float]) -> tuple[float, ...]:
    """Starts of our words from those of the synthesiser's, which splits "x-ray" into two."""
    parts = [len(written_for_synthesis(word).split("-")) for word in words]
    if sum(parts) != len(starts):
        return (math.nan,) * len(words)
    return tuple(starts[sum(parts[:index])] for index in range(len(words)))


_FESTIVAL_SAY = """
(define (say text file stretch)
  (Parameter.set 'Duration_Stretch stretch)
  (let ((utterance (eval (list 'Utterance 'Text text))))
    (utt.synth utterance)
    (utt.save.wave utterance file 'riff)
    (mapcar (lambda (word) (format t "%f " (item.feat word 'word_start)))
            (utt.relation.items utterance 'Word))
    (format t "\\n")))
"""


def festival(texts: Sequence[tuple[str, ...]], voice: str, rng: random.Random) -> list[Spoken]:
    """Say all texts with one start of festival; tempo and pauses are drawn."""
    with tempfile.TemporaryDirectory(prefix="paraformer-festival-") as name:
        folder = Path(name)
        lines = [f"(voice_{voice})", _FESTIVAL_SAY]
        for index, words in enumerate(texts):
            text, _ = _written(words, _pause_probability(rng), rng)
            lines.append(f'(say "{text}" "{folder}/{index}.wav" {rng.uniform(0.82, 1.3):.2f})')
        script = folder / "batch.scm"
        script.write_text("\n".join(lines), "utf-8")
        try:
            run = subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise VoiceMissing(f"festival cannot speak with {voice}") from error
        starts = [[float(value) for value in line.split()] for line in run.stdout.splitlines()]
        return [
            _festival_result(folder / f"{index}.wav", tuple(words), starts[index])
            for index, words in enumerate(texts)
        ]


def _festival_result(path: Path, words: tuple[str, ...], starts: list[float]) -> Spoken:
    with contextlib.closing(wave.open(str(path))) as stored:
        samples = np.frombuffer(stored.readframes(stored.getnframes()), np.int16)
        return Spoken(_fraction(samples), stored.getframerate(), words, _per_word(words, starts))
