"""The embedded engine: which decode the final comes from. Word error rates and processor time.

    python3 build/dev.py bench embedded [--json]

Utterances: ``../shared/audio`` (English with a transcript, 1 to 16 s; left out where absent) and
sentences spoken by flite's ``rms`` voice (left out where flite is absent). Each utterance is decoded
live in pieces of 200 ms and again as a whole; ``engine`` is the engine itself, as the worker runs it.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pocketsphinx
import soundfile
from figures import report

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from recognizer.events import ModelSpec  # noqa: E402 (the folder above must be known first)
from recognizer.worker.pocketsphinx_engine import DECODER_SETTINGS, PocketSphinxEngine  # noqa: E402

SHARED_AUDIO = ROOT.parent / "shared" / "audio"
PIECE_BYTES = 6_400
SENTENCES = (
    "Plosive frees the graphics card when nobody speaks.",
    "The quick brown fox jumps over the lazy dog.",
    "Please send the report to the manager before friday.",
    "We will meet at the station at nine in the morning.",
    "Hold the key and speak and the words will appear.",
    "This is a test of the dictation program.",
    "I would like to order two cups of coffee.",
)

Clip = tuple[str, bytes, list[str]]
Recognise = Callable[[bytes], str]


def words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split()


def human_clips() -> Iterator[Clip]:
    """Recorded speech with a transcript."""
    if not SHARED_AUDIO.is_dir():
        return
    with (SHARED_AUDIO / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            kind = row["file"].split("/")[0]
            said = words(row["transcript"] or "")
            if kind in {"en", "en_l2"} and said and 1.0 < float(row["duration_s"]) < 16.0:
                samples, _ = soundfile.read(SHARED_AUDIO / row["file"], dtype="int16")
                yield kind, samples.tobytes(), said


def spoken_clips() -> Iterator[Clip]:
    """Synthesised speech with a little silence around it."""
    if shutil.which("flite") is None:
        return
    with tempfile.TemporaryDirectory(prefix="plosive-bench-") as folder:
        path = Path(folder, "said.wav")
        for sentence in SENTENCES:
            subprocess.run(["flite", "-voice", "rms", "-t", sentence, "-o", str(path)], check=True)
            with wave.open(str(path)) as said:
                pcm = bytes(6_400) + said.readframes(said.getnframes()) + bytes(9_600)
            yield "flite", pcm, words(sentence)


def errors(said: list[str], heard: list[str]) -> int:
    """Words to insert, remove or replace."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(said, 1):
        before, row[0] = row[0], count
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


def live(mean_is_kept: bool) -> Recognise:
    """A live decode whose cepstral mean starts cold, or where the utterance before left it."""
    decoder = pocketsphinx.Decoder(loglevel="FATAL", **DECODER_SETTINGS)
    cold = decoder.get_cmn()

    def recognise(pcm: bytes) -> str:
        if not mean_is_kept:
            decoder.set_cmn(cold)
        decoder.start_utt()
        for start in range(0, len(pcm), PIECE_BYTES):
            decoder.process_raw(pcm[start : start + PIECE_BYTES])
        decoder.end_utt()
        return decoder.hyp().hypstr if decoder.hyp() else ""

    return recognise


def whole(**settings: Any) -> Recognise:
    """One decode of everything with batch normalisation."""
    decoder = pocketsphinx.Decoder(loglevel="FATAL", **settings)

    def recognise(pcm: bytes) -> str:
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        return decoder.hyp().hypstr if decoder.hyp() else ""

    return recognise


def engine() -> Recognise:
    """Live partials and the final, as the worker does it."""
    engine = PocketSphinxEngine()
    engine.load(ModelSpec("pocketsphinx", "embedded"), lambda stage: None)

    def recognise(pcm: bytes) -> str:
        stream = engine.open()
        for start in range(0, len(pcm), PIECE_BYTES):
            stream.feed(pcm[start : start + PIECE_BYTES])
        return stream.end().text

    return recognise


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.parse_args()
    clips = [*human_clips(), *spoken_clips()]
    contenders = {
        "live_cold_mean": live(False),
        "live_last_mean": live(True),
        "whole_wide_search": whole(),
        "whole": whole(**DECODER_SETTINGS),
        "engine": engine(),
    }
    figures: dict[str, Any] = {"clips": len(clips)}
    for name, recognise in contenders.items():
        wrong: dict[str, int] = defaultdict(int)
        said: dict[str, int] = defaultdict(int)
        started_s = time.process_time()
        for kind, pcm, transcript in clips:
            wrong[kind] += errors(transcript, words(recognise(pcm)))
            said[kind] += len(transcript)
        spent_s = time.process_time() - started_s
        figures[name] = {f"{kind}_wer_percent": round(100 * wrong[kind] / said[kind], 1) for kind in said}
        figures[name]["cpu_per_s"] = round(spent_s / sum(len(pcm) / 32_000 for _, pcm, _ in clips), 3)
    report("embedded", figures, {})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
