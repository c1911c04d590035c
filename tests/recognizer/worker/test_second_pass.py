"""The second pass: guards, failures that leave the first text, loading, releasing, and long sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer.events import ModelSpec
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker import sound_cutting
from recognizer.worker.engine import Outcome
from recognizer.worker.finishing import LONGEST_BYTES, Finishing
from recognizer.worker.heard_pieces import Heard
from recognizer.worker.hotwords import Hotwords
from recognizer.worker.paraformer_offline import Speller
from recognizer.worker.second_pass import LEAST_SAMPLES, TRY_AGAIN_AFTER_S, SecondPass
from recognizer.worker.sensevoice import without_tags
from tests.fakes.tiny_second_pass import make_punctuation, make_sensevoice

FIRST = Outcome("first")
SAID = "the words that were said"


def noise(samples: int, seed: int = 0, level: float = 5000.0) -> bytes:
    made = np.random.default_rng(seed).standard_normal(samples) * level
    return made.clip(-32768, 32767).astype("<i2").tobytes()


def second_pass(folder: Path | None, clock: list[float] | None = None, **options: str) -> SecondPass:
    path = str(folder) if folder else None
    model = ModelSpec("scripted", "m", None, "cpu", "fp32", path, tuple(options.items()))
    return SecondPass(model, "cpu", (lambda: clock[0]) if clock else (lambda: 0.0))


def rehear(second: SecondPass, pcm: bytes, first: Outcome = FIRST) -> tuple[Heard, int]:
    """To its end; and in how many steps."""
    steps, count = second.rehear(pcm, first), 0
    while True:
        try:
            next(steps)
            count += 1
        except StopIteration as last:
            return last.value, count


@pytest.fixture(scope="module")
def sensevoice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sensevoice(tmp_path_factory.mktemp("sv"))


@pytest.mark.parametrize("samples", [0, 1, 2, 159, LEAST_SAMPLES - 1])
def test_too_short_sound_is_not_heard_again(sensevoice: Path, samples: int) -> None:
    second = second_pass(sensevoice)
    assert rehear(second, noise(samples)) == (Heard(FIRST), 0)
    assert not second.is_loaded


def test_the_shortest_sound_is(sensevoice: Path) -> None:
    second = second_pass(sensevoice)
    heard, _ = rehear(second, noise(LEAST_SAMPLES))
    assert second.is_loaded and heard.notice is None


@pytest.mark.parametrize("pcm", [bytes(64_000), noise(32_000, level=8.0)])
def test_silence_is_not_heard_again(sensevoice: Path, pcm: bytes) -> None:
    second = second_pass(sensevoice)
    assert rehear(second, pcm) == (Heard(FIRST), 0)
    assert not second.is_loaded


def test_what_the_first_pass_heard_nothing_in(sensevoice: Path) -> None:
    again, not_again = second_pass(sensevoice), second_pass(sensevoice, second_pass_on_empty="False")
    assert rehear(again, noise(32_000), Outcome(""))[0].outcome.text
    assert rehear(not_again, noise(32_000), Outcome("")) == (Heard(Outcome("")), 0)


def test_without_a_second_pass_nothing_is_imported() -> None:
    second = second_pass(None)
    assert not second.is_wanted
    assert rehear(second, noise(32_000)) == (Heard(FIRST), 0)


def test_two_utterances_and_a_release(sensevoice: Path) -> None:
    second = second_pass(sensevoice)
    first, loading = rehear(second, noise(32_000, 1))
    other, steps = rehear(second, noise(40_000, 2))
    assert first.outcome.text != other.outcome.text != "first"
    assert loading > steps == 1, "loading is done in steps of its own, once"
    second.release()
    assert not second.is_loaded
    again, reloading = rehear(second, noise(32_000, 1))
    assert again == first and reloading == loading


def test_two_utterances_that_wait_for_the_same_loading(sensevoice: Path) -> None:
    second = second_pass(sensevoice)
    waiting = [second.rehear(noise(32_000, seed), FIRST) for seed in (1, 2)]
    heard: list[Heard] = []
    while len(heard) < 2:
        for steps in waiting:
            try:
                next(steps)
            except StopIteration as last:
                heard.append(last.value)
                waiting.remove(steps)
                break
    assert [each.notice for each in heard] == [None, None]
    assert heard[0].outcome.text != heard[1].outcome.text


def test_a_long_utterance_is_heard_in_pieces(sensevoice: Path) -> None:
    second = second_pass(sensevoice)
    rehear(second, noise(32_000))
    seconds = 70
    heard, steps = rehear(second, noise(16_000 * seconds, 3))
    assert steps >= 3, "a more urgent utterance gets its turn in between"
    ends = [word.end_ms for word in heard.outcome.words]
    assert ends == sorted(ends) and 60_000 < ends[-1] <= seconds * 1000


# --- what goes wrong ----------------------------------------------------------------------------


def damage(folder: Path, how: str) -> None:
    weights = folder / "model.pt"
    match how:
        case "no directory":
            folder.rename(folder.with_name("elsewhere"))
        case "no weights":
            weights.unlink()
        case "cut off":
            weights.write_bytes(weights.read_bytes()[:5000])
        case "garbage":
            weights.write_bytes(b"no weights at all" * 100)
        case "another model":
            text = (folder / "config.yaml").read_text(encoding="utf-8")
            (folder / "config.yaml").write_text(text.replace("SenseVoiceSmall", "Whisper"), encoding="utf-8")
        case "other shapes":
            text = (folder / "config.yaml").read_text(encoding="utf-8")
            text = text.replace("linear_units: 128", "linear_units: 96")
            (folder / "config.yaml").write_text(text, encoding="utf-8")
        case "no vocabulary":
            (folder / "bpe.model").unlink()
        case "broken vocabulary":
            (folder / "bpe.model").write_bytes(b"x" * 99)
        case "broken mean":
            (folder / "am.mvn").write_text("<AddShift>\n", encoding="utf-8")
        case "no yaml":
            (folder / "config.yaml").write_text("model: [", encoding="utf-8")


@pytest.mark.parametrize(
    "how",
    [
        "no directory",
        "no weights",
        "cut off",
        "garbage",
        "another model",
        "other shapes",
        "no vocabulary",
        "broken vocabulary",
        "broken mean",
        "no yaml",
    ],
)
def test_a_bad_directory_leaves_the_first_text_and_is_told_once(tmp_path: Path, how: str) -> None:
    folder = make_sensevoice(tmp_path / "model")
    damage(folder, how)
    second = second_pass(folder)
    heard, _ = rehear(second, noise(32_000))
    assert heard.outcome == FIRST and not heard.is_written
    assert heard.notice is not None
    assert heard.notice.sentence.endswith("The text of the first pass was taken.") and heard.notice.remedy
    assert rehear(second, noise(32_000)) == (Heard(FIRST), 0), "it is not tried again"


class FullOnce:
    """A recognizer for whom the device is full."""

    is_written = True

    def __init__(self, error: RuntimeError) -> None:
        self._error = error

    def hear(self, samples: object) -> Outcome:
        raise self._error


@pytest.mark.parametrize("words", ["", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"])
def test_out_of_memory_is_tried_again_later(
    words: str, sensevoice: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    clock = [0.0]
    error = RuntimeError(words + SAID) if words else torch.OutOfMemoryError(SAID)
    second = second_pass(sensevoice, clock)
    expected, _ = rehear(second, noise(32_000))
    monkeypatch.setattr(second, "_recognizer", FullOnce(error))
    heard, _ = rehear(second, noise(32_000))
    assert heard.outcome == FIRST and heard.notice is not None and heard.notice.code == OUT_OF_MEMORY_CODE
    assert not second.is_loaded
    assert rehear(second, noise(32_000)) == (Heard(FIRST), 0)
    clock[0] += TRY_AGAIN_AFTER_S
    assert rehear(second, noise(32_000))[0] == expected
    assert SAID not in capfd.readouterr().err


class StumblesOnce:
    """A recognizer that cannot hear its first recording."""

    is_written = True

    def __init__(self) -> None:
        self._heard = 0

    def hear(self, samples: object) -> Outcome:
        self._heard += 1
        if self._heard == 1:
            raise RuntimeError(SAID)
        return Outcome("second")


def test_a_recording_that_makes_it_stumble(
    sensevoice: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    second = second_pass(sensevoice)
    monkeypatch.setattr(second, "_recognizer", StumblesOnce())
    heard, _ = rehear(second, noise(32_000))
    assert heard.outcome == FIRST and heard.notice is not None and heard.notice.code == "second-pass-failed"
    assert rehear(second, noise(32_000))[0] == Heard(Outcome("second"), is_written=True)
    assert "RuntimeError" in (told := capfd.readouterr().err) and SAID not in told


# --- parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tagged", "text"),
    [
        ("<|zh|><|NEUTRAL|><|Speech|><|withitn|>今天下午3点开会。", "今天下午3点开会。"),
        ("<|en|><|HAPPY|><|Speech|><|withitn|>It works. <|en|><|SAD|>No.", "It works. No."),
        ("<|nospeech|><|EMO_UNKNOWN|><|BGM|><|withitn|>", ""),
        ("<|en|><|EMO_UNKNOWN|><|Event_UNK|><|withitn|>The.", ""),
        ("a < b |> c", "a < b |> c"),
    ],
)
def test_tags_are_taken_off(tagged: str, text: str) -> None:
    assert without_tags(tagged) == text


def test_long_sound_is_cut_where_it_is_quiet() -> None:
    pcm = bytearray(noise(16_000 * 65))
    pcm[2 * 16_000 * 25 : 2 * 16_000 * 25 + 6400] = bytes(6400)
    pieces = list(sound_cutting.pieces_of(bytes(pcm)))
    assert b"".join(piece for _, piece in pieces) == bytes(pcm)
    assert all(len(piece) <= 30 * 32_000 for _, piece in pieces)
    assert 25 * 32_000 <= pieces[1][0] <= 25 * 32_000 + 6400
    assert all(start % 2 == 0 for start, _ in pieces)


def test_hotwords_are_read_again_when_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "words"
    hotwords = Hotwords(str(file))
    assert hotwords.read() == ()
    file.write_text("# mine\n阿里巴巴\n\nPlosive  \n阿里巴巴\n", encoding="utf-8")
    assert hotwords.read() == ("阿里巴巴", "Plosive")
    file.write_text("one", encoding="utf-8")
    assert hotwords.read() == ("one",)
    file.write_text("# marked\ntwo", encoding="utf-8-sig")
    assert hotwords.read() == ("two",)
    file.write_bytes(b"\xff\xfe")
    hotwords.read()
    file.unlink()
    assert hotwords.read() == ()
    assert Hotwords("").read() == ()


def test_hotwords_are_spelled_or_left_out() -> None:
    speller = Speller(["<blank>", "<s>", "阿", "里", "hel@@", "lo", "<unk>"], {"hello": ["hel@@", "lo"]})
    assert speller.spell("阿里") == [2, 3]
    assert speller.spell("Hello 阿") == [4, 5, 2]
    assert speller.spell("巴巴") is None
    assert speller.spell("<unk>") is None


# --- finishing ----------------------------------------------------------------------------------


def finishing(engine: str = "scripted", second: Path | None = None, **options: str) -> Finishing:
    path = str(second) if second else None
    return Finishing(ModelSpec(engine, "m", None, "cpu", "fp32", path, tuple(options.items())), "cpu")


def test_a_text_is_finished_only_if_told_how() -> None:
    said = Heard(Outcome("i have twenty one files"))
    assert finishing().write(said).text == "i have twenty one files"
    told = {"text.numbers": "True", "text.sentence_case": "True"}
    assert finishing(**told).write(said).text == "I have 21 files"


def test_what_is_written_already_keeps_its_numbers() -> None:
    told = {"text.numbers": "True", "text.sentence_case": "False"}
    said = Outcome("twenty one")
    assert finishing(**told).write(Heard(said, is_written=True)).text == "twenty one"
    assert finishing(**told).write(Heard(said)).text == "21"


def test_the_rules_are_fetched_while_nobody_speaks() -> None:
    without, told = finishing(), finishing("pocketsphinx", **{"text.numbers": "True"})
    assert not without.rest()
    assert told.rest() and not told.rest()


def test_sound_is_kept_only_for_a_second_pass_and_not_forever(sensevoice: Path) -> None:
    sound = bytearray()
    finishing().keep(sound, b"ab")
    assert not sound
    kept = finishing(second=sensevoice)
    kept.keep(sound, b"ab")
    assert sound == b"ab"
    sound = bytearray(LONGEST_BYTES + 2)
    kept.keep(sound, b"ab")
    assert len(sound) == LONGEST_BYTES + 2
    with pytest.raises(StopIteration) as last:
        next(kept.rehear(sound, FIRST))
    assert last.value.value == Heard(FIRST)


def test_punctuation_without_a_second_pass(tmp_path: Path) -> None:
    second = second_pass(None, punctuation=str(make_punctuation(tmp_path / "punc")))
    assert second.is_wanted
    heard, _ = rehear(second, noise(32_000), Outcome("hello world and open the file"))
    assert heard.outcome.text.lower().rstrip("。.?？") != "hello world and open the file"
    assert rehear(second, noise(32_000), Outcome("")) == (Heard(Outcome("")), 0)
