"""Word error rates of a model folder, streamed in 600 ms chunks, as JSON and Markdown.

    python build/train_paraformer/evaluate.py MODEL --json out/wer.json --markdown out/wer.md [--human AUDIO]

Texts of the "new texts" sets are reserved by texts.is_held_out, so no training shard contains them; the
held-out voices are those of voices.ESPEAK_HELD_OUT and voices.FLITE_HELD_OUT. --human: a folder with a
MANIFEST.tsv (columns file, language, transcript); the English clips all of whose words the model knows
are read. --runner plosive streams through the program's own worker engine, --runner funasr through
FunASR's AutoModel.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import augmentation
import numpy as np
import soundfile
import texts
from augmentation import RATE_HZ, Samples, Surroundings
from vocabulary import CONTENT, WORDS
from voices import ESPEAK_HELD_OUT, ESPEAK_VARIANTS, FLITE_HELD_OUT, Espeak, Flite, Spoken, festival

Words = tuple[str, ...]
Recognise = Callable[[Samples], Words]
_CHUNK_SAMPLES = 9600
_NATURAL_SEEN = ("slt", "awb", "kal16")
_FESTIVAL_SEEN = ("ked_diphone", "cmu_us_slt_arctic_hts")


@dataclass(frozen=True)
class Clip:
    """A recording and what is said in it."""

    group: str
    samples: Samples
    words: Words


@dataclass(frozen=True)
class Result:
    """One clip as it was understood."""

    clip: Clip
    heard: Words

    @property
    def errors(self) -> int:
        return edit_distance(self.clip.words, self.heard)


def edit_distance(reference: Words, heard: Words) -> int:
    """Substitutions, deletions and insertions."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(reference, 1):
        previous, row[0] = row[0], count
        for index, other in enumerate(heard, 1):
            cheapest = min(row[index] + 1, row[index - 1] + 1, previous + (word != other))
            previous, row[index] = row[index], cheapest
    return row[-1]


def words_of(text: str) -> Words:
    """Lower-case words of a text."""
    return tuple(re.findall(r"[a-z']+", text.lower()))


class Booth:
    """Synthesises clips with pauses of 0.3 s before and 0.5 s after."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"evaluation/{seed}")
        self._noise_rng = np.random.default_rng([seed, 99])
        self._surroundings = Surroundings(self._noise_rng)
        self._espeak, self._flite = Espeak(), Flite()

    def clips(self, count: int) -> Iterator[Clip]:
        """Every set: clean, and again with noise at 15 dB."""
        sets: tuple[tuple[str, list[Spoken]], ...] = (
            ("seen espeak variants, new texts", self._espeak_set(ESPEAK_VARIANTS, count)),
            ("seen natural and diphone voices, new texts", self._natural_set(count)),
            ("held-out espeak variants, new texts", self._espeak_set(ESPEAK_HELD_OUT, count)),
            ("held-out natural voice (flite rms), new texts", self._flite_set(FLITE_HELD_OUT, count)),
            ("held-out espeak variants, single words", self._espeak_set(ESPEAK_HELD_OUT, count, single=True)),
            ("held-out natural voice, single words", self._flite_set(FLITE_HELD_OUT, count, single=True)),
        )
        for group, utterances in sets:
            for spoken in utterances:
                yield from self._clean_and_noisy(group, spoken)

    def _text(self, single: bool) -> Words:
        return (self._rng.choice(CONTENT),) if single else texts.sample_held_out(self._rng)

    def _espeak_set(self, variants: list[str], count: int, *, single: bool = False) -> list[Spoken]:
        chosen = [variants[index % len(variants)] for index in range(count)]
        if count < len(variants):
            chosen = self._rng.sample(variants, count)
        return [self._espeak.speak(self._text(single), one, self._rng, calm=True) for one in chosen]

    def _flite_set(self, voices: tuple[str, ...], count: int, *, single: bool = False) -> list[Spoken]:
        chosen = [voices[index % len(voices)] for index in range(count)]
        return [self._flite.speak(self._text(single), one, self._rng, calm=True) for one in chosen]

    def _natural_set(self, count: int) -> list[Spoken]:
        share = max(1, count // (len(_NATURAL_SEEN) + len(_FESTIVAL_SEEN)))
        spoken = self._flite_set(_NATURAL_SEEN, share * len(_NATURAL_SEEN))
        for voice in _FESTIVAL_SEEN:
            spoken += festival([self._text(False) for _ in range(share)], voice, self._rng)
        return spoken

    def _clean_and_noisy(self, group: str, spoken: Spoken) -> Iterator[Clip]:
        speech = augmentation.resample(augmentation.trim(spoken)).samples
        self._surroundings.overhear(speech)
        padded = np.pad(augmentation.normalise(speech, 0.5), (int(0.3 * RATE_HZ), int(0.5 * RATE_HZ)))
        hiss = self._noise_rng.standard_normal(len(padded)).astype(np.float32)
        noise = self._surroundings.noise(len(padded))
        for suffix, sound, ratio_db in (("", hiss, 45), (", 15 dB noise", noise, 15)):
            mixed = augmentation.quantise(augmentation.add_noise(padded, sound, ratio_db))
            yield Clip(group + suffix, mixed, spoken.words)


def human_clips(folder: Path) -> Iterator[Clip]:
    """English clips whose transcript lies within the vocabulary."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            words = words_of(row["transcript"] or "")
            if row["language"] == "en" and words and set(words) <= set(WORDS):
                samples, _ = soundfile.read(folder / row["file"], dtype="float32")
                yield Clip(f"human, {row['file']}", samples, words)


def funasr_recogniser(model: Path) -> Recognise:
    """Streams through FunASR's AutoModel."""
    from funasr import AutoModel

    loaded = AutoModel(
        model=str(model), device="cpu", disable_update=True, disable_pbar=True, disable_log=True, ncpu=1
    )

    def recognise(samples: Samples) -> Words:
        cache: dict[str, object] = {}
        heard: list[str] = []
        for first in range(0, len(samples), _CHUNK_SAMPLES):
            answer = loaded.generate(
                input=samples[first : first + _CHUNK_SAMPLES],
                cache=cache,
                is_final=first + _CHUNK_SAMPLES >= len(samples),
                chunk_size=[0, 10, 5],
                encoder_chunk_look_back=4,
                decoder_chunk_look_back=1,
            )
            heard.append(answer[0]["text"])
        return words_of(" ".join(heard))

    return recognise


def plosive_recogniser(model: Path, precision: str) -> Recognise:
    """Streams through the program's own worker engine."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from recognizer.events import ModelSpec
    from recognizer.worker.streaming_paraformer import StreamingParaformerEngine

    engine = StreamingParaformerEngine()
    spec = ModelSpec("paraformer-streaming", model.name, str(model), device="cpu", precision=precision)
    engine.load(spec, lambda _stage: None)

    def recognise(samples: Samples) -> Words:
        stream = engine.open()
        pcm = (samples * 32768).clip(-32768, 32767).astype("<i2").tobytes()
        for first in range(0, len(pcm), engine.step_bytes):
            stream.feed(pcm[first : first + engine.step_bytes])
        return words_of(stream.end().text)

    return recognise


def recogniser_of(arguments: argparse.Namespace) -> Recognise:
    """What the command line asks for."""
    if arguments.runner == "funasr":
        return funasr_recogniser(arguments.model)
    return plosive_recogniser(arguments.model, arguments.precision)


def summary(results: list[Result]) -> list[dict[str, object]]:
    """One row per set."""
    rows: list[dict[str, object]] = []
    for group in dict.fromkeys(result.clip.group for result in results):
        members = [result for result in results if result.clip.group == group]
        words = sum(len(result.clip.words) for result in members)
        errors = sum(result.errors for result in members)
        rows.append(
            {
                "set": group,
                "clips": len(members),
                "words": words,
                "errors": errors,
                "wer_percent": round(100 * errors / words, 2),
                "clips_with_errors": sum(result.errors > 0 for result in members),
            }
        )
    return rows


def as_markdown(rows: list[dict[str, object]]) -> str:
    """The rows as a table."""
    lines = ["| set | clips | words | errors | WER % | clips with errors |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--count", type=int, default=60, help="clips a set")
    parser.add_argument("--seed", type=int, default=9001)
    parser.add_argument("--runner", choices=("plosive", "funasr"), default="plosive")
    parser.add_argument("--precision", choices=("fp32", "bf16", "int8"), default="fp32", help="plosive only")
    parser.add_argument("--human", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--show", type=int, default=0, help="print this many wrong clips a set")
    arguments = parser.parse_args()
    recognise = recogniser_of(arguments)
    clips = list(Booth(arguments.seed).clips(arguments.count))
    if arguments.human:
        clips += human_clips(arguments.human)
    results = [Result(clip, recognise(clip.samples)) for clip in clips]
    rows = summary(results)
    print(as_markdown(rows))
    for row in rows:
        wrong = [one for one in results if one.clip.group == row["set"] and one.errors]
        for one in wrong[: arguments.show]:
            print(f"{row['set']}: {' '.join(one.clip.words)} | {' '.join(one.heard)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    if arguments.markdown:
        arguments.markdown.write_text(as_markdown(rows), "utf-8")


if __name__ == "__main__":
    main()
