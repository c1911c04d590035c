"""Each second pass says what FunASR's own ``AutoModel.generate`` says on the same sound, in fp32."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer.events import ModelSpec
from recognizer.worker.ct_punc import words_of
from recognizer.worker.engine import Outcome
from recognizer.worker.heard_pieces import Heard, samples_of
from recognizer.worker.second_pass import SecondPass
from recognizer.worker.sensevoice import without_tags
from tests.fakes.tiny_second_pass import (
    CHINESE,
    WORDS,
    make_nano,
    make_paraformer_offline,
    make_punctuation,
    make_sensevoice,
)

LENGTHS = (400, 6_000, 16_000, 48_123, 160_000)


def sound(samples: int, seed: int = 1) -> bytes:
    """Noise that swells and fades."""
    noise = np.random.default_rng(seed).standard_normal(samples)
    swell = np.abs(np.sin(np.arange(samples) / 4100.0 + seed)) ** 3 + 0.02
    return (noise * swell * 9000.0).clip(-32768, 32767).astype("<i2").tobytes()


def floats(pcm: bytes) -> Any:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768.0)


def rehear(second: SecondPass, pcm: bytes, first: str = "first") -> Heard:
    """To its end, in one go."""
    steps = second.rehear(pcm, Outcome(first))
    while True:
        try:
            next(steps)
        except StopIteration as last:
            return last.value  # type: ignore[no-any-return]


def second_pass(folder: Path | None, precision: str = "fp32", **options: str) -> SecondPass:
    path = str(folder) if folder else None
    told = tuple(options.items())
    model = ModelSpec("scripted", "m", None, "cpu", precision, path, told)
    return SecondPass(model, "cpu")


def auto_model(folder: Path) -> Any:
    """The real AutoModel, on the stand-in package so that it starts quickly."""
    from recognizer.worker.lean_funasr import import_parts

    tokenizers = ("funasr.tokenizer.char_tokenizer", "funasr.tokenizer.hf_tokenizer")
    import_parts((*tokenizers, "funasr.frontends.wav_frontend"))
    from funasr.auto.auto_model import AutoModel

    return AutoModel(model=str(folder), device="cpu", disable_update=True, disable_pbar=True, ncpu=1)


@functools.cache
def made(make: Callable[..., Path], folder: Path, **options: bool) -> Path:
    return make(folder / f"{make.__name__}{'-'.join(options)}", **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("second")


def test_sensevoice(folder: Path) -> None:
    model = made(make_sensevoice, folder)
    theirs, ours = auto_model(model), second_pass(model, language="zh")
    for samples in LENGTHS:
        pcm = sound(samples)
        said = theirs.generate(input=floats(pcm), language="zh", use_itn=True)[0]["text"]
        heard = rehear(ours, pcm)
        assert heard.outcome.text == (without_tags(said) or "first")
        assert heard.is_written == bool(without_tags(said))
        assert heard.notice is None
    assert "<|" in said and "<|" not in heard.outcome.text
    words = heard.outcome.words
    assert "".join(word.text for word in words) == heard.outcome.text.replace(" ", "")
    assert all(word.start_ms <= word.end_ms <= 10_100 for word in words)


@pytest.mark.parametrize("seaco", [False, True])
def test_paraformer(folder: Path, seaco: bool) -> None:
    model = made(make_paraformer_offline, folder, **({"seaco": True} if seaco else {}))
    theirs, ours = auto_model(model), second_pass(model)
    for samples in LENGTHS[1:]:
        pcm = sound(samples)
        said = theirs.generate(input=floats(pcm))[0]["text"]
        heard = rehear(ours, pcm)
        assert heard.outcome.text.replace(" ", "") == said.replace(" ", "")
        assert not heard.is_written
    words = heard.outcome.words
    assert words and words[-1].end_ms <= 10_100
    assert all(before.end_ms == after.start_ms for before, after in itertools.pairwise(words))


def test_paraformer_with_hotwords(folder: Path, tmp_path: Path) -> None:
    model = made(make_paraformer_offline, folder, seaco=True)
    file = tmp_path / "hotwords.txt"
    theirs, ours = auto_model(model), second_pass(model, hotwords_file=str(file))
    pcm = sound(48_123)
    without = rehear(ours, pcm).outcome.text
    words = [CHINESE[7] + CHINESE[9], "hello", CHINESE[30]]
    file.write_text("# mine\n" + "\n".join(words) + "\nnot-in-the-vocabulary\n", encoding="utf-8")
    said = theirs.generate(input=floats(pcm), hotword=" ".join(words))[0]["text"]
    assert rehear(ours, pcm).outcome.text.replace(" ", "") == said.replace(" ", "")
    assert said.replace(" ", "") != without.replace(" ", "")
    file.unlink()
    assert rehear(ours, pcm).outcome.text == without


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 45, 130])
def test_punctuation(folder: Path, count: int) -> None:
    model = made(make_punctuation, folder)
    choose = np.random.default_rng(count)
    text = ""
    for word in [*choose.choice([*CHINESE, *WORDS], size=count - 1), CHINESE[0]]:
        needs_space = text and text[-1].isascii() and word.isascii()
        text += " " + word if needs_space else word
    assert len(words_of(text)) == count
    said = punctuated(model)(text)
    heard = rehear(second_pass(None, punctuation=str(model)), sound(16_000), text)
    assert heard.outcome.text == said.strip()


@functools.cache
def punctuated(model: Path) -> Callable[[str], str]:
    theirs = auto_model(model)
    return lambda text: str(theirs.generate(input=text)[0]["text"])


def test_nano(folder: Path, tmp_path: Path) -> None:
    import torch

    model = made(make_nano, folder)
    file = tmp_path / "hotwords.txt"
    file.write_text("hello\n", encoding="utf-8")
    theirs = auto_model(model)
    ours = second_pass(model, language="zh", hotwords_file=str(file))
    for samples in (400, 32_000):
        pcm = sound(samples)
        told = {"hotwords": ["hello"], "language": "中文", "itn": True}
        longest = 64 + 12 * samples // 16_000
        result = theirs.generate(input=[torch.from_numpy(floats(pcm))], **told, max_length=longest)
        heard = rehear(ours, pcm)
        assert heard.notice is None
        assert heard.is_written and heard.outcome.text == result[0]["text"].strip() != ""


BATCH = (6_000, 160_000, 400, 48_123, 16_000, 47_000, 131_072)


def batch_outcomes(second: SecondPass, sounds: list[bytes]) -> tuple[list[Outcome], list[Outcome]]:
    """All together; and one by one."""
    for _ in second.make_ready(with_marks=False):
        pass
    whole = second.recognizer
    assert whole is not None
    prepared = [whole.prepare(samples_of(pcm)) for pcm in sounds]
    return whole.hear_prepared(prepared), [whole.hear(samples_of(pcm)) for pcm in sounds]


@pytest.mark.parametrize("seaco", [False, True, None])
def test_a_padded_batch_says_what_each_says_alone(folder: Path, seaco: bool | None) -> None:
    """Words and times; and what AutoModel says of each, so no mask is wrong in the same way twice."""
    if seaco is None:
        model, told = made(make_sensevoice, folder), {"language": "zh", "use_itn": True}
    else:
        model, told = made(make_paraformer_offline, folder, **({"seaco": True} if seaco else {})), {}
    sounds = [sound(samples, seed) for seed, samples in enumerate(BATCH)]
    together, alone = batch_outcomes(second_pass(model, language="zh"), sounds)
    assert together == alone
    theirs = auto_model(model)
    for pcm, outcome in zip(sounds, together, strict=True):
        if len(pcm) > 10_000:  # FunASR itself fails on the shortest
            said = without_tags(theirs.generate(input=floats(pcm), **told)[0]["text"])
            assert outcome.text.replace(" ", "") == said.replace(" ", "")
    assert len({outcome.text for outcome in together}) > 4


@pytest.mark.parametrize("count", [3, 60])
def test_a_batch_with_hotwords(folder: Path, tmp_path: Path, count: int) -> None:
    file = tmp_path / "hotwords.txt"
    words = [CHINESE[i % 80] + CHINESE[(i * 7 + 3) % 80] for i in range(count)]
    file.write_text("\n".join(words), encoding="utf-8")
    second = second_pass(made(make_paraformer_offline, folder, seaco=True), hotwords_file=str(file))
    together, alone = batch_outcomes(second, [sound(samples, seed) for seed, samples in enumerate(BATCH)])
    assert together == alone
    without, _ = batch_outcomes(
        second_pass(made(make_paraformer_offline, folder, seaco=True)),
        [sound(samples, seed) for seed, samples in enumerate(BATCH)],
    )
    assert together != without


@pytest.mark.parametrize("make", [make_sensevoice, make_paraformer_offline, make_nano])
def test_int8_hears_nothing_of_its_neighbours(folder: Path, make: Callable[..., Path]) -> None:
    """One scale for a whole batch would let a loud utterance change the words of a quiet one."""
    sounds = [sound(samples, seed) for seed, samples in enumerate(BATCH[:4])]
    together, alone = batch_outcomes(second_pass(made(make, folder), "int8"), sounds)
    assert together == alone


@pytest.mark.parametrize("precision", ["bf16", "int8"])
@pytest.mark.parametrize("make", [make_sensevoice, make_paraformer_offline, make_nano])
def test_other_precisions_run(folder: Path, make: Callable[..., Path], precision: str) -> None:
    heard = rehear(second_pass(made(make, folder), precision), sound(32_000))
    assert heard.notice is None
    assert heard.outcome.text not in ("", "first")
