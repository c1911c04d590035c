"""From what a model says to what people write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.text import tidy
from recognizer.text.chinese_numbers import CHARS, any_number, counted
from recognizer.text.itn import InverseNormaliser
from recognizer.text.pipeline import TextOptions, TextPipeline
from recognizer.text.protection import split
from recognizer.text.user_words import UserWords

GOLDEN = [
    line.split("\t")
    for line in Path(__file__).with_name("golden.tsv").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def normaliser() -> InverseNormaliser:
    return InverseNormaliser()


@pytest.mark.parametrize(("said", "written"), GOLDEN, ids=[said for said, _ in GOLDEN])
def test_golden_sentences(normaliser: InverseNormaliser, said: str, written: str) -> None:
    assert normaliser.write(said) == written


def test_there_are_enough_golden_sentences() -> None:
    assert len(GOLDEN) >= 60


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("十", 10),
        ("二十三", 23),
        ("一百零五", 105),
        ("一万零五百", 10_500),
        ("三亿两千万", 320_000_000),
        ("两千零六", 2006),
    ],
)
def test_chinese_numbers(said: str, number: int) -> None:
    assert counted(said) == number


@given(st.text(alphabet=CHARS + "年月号点分半度下午一起 ab", max_size=16))
def test_protection_never_fails_and_only_rewrites_numbers(text: str) -> None:
    pieces = list(split(text))
    open_text = "".join(piece.text for piece in pieces if not piece.is_done)
    assert all(char in text for char in open_text)
    kept = "".join(piece.text for piece in pieces)
    assert [c for c in kept if c in "年号分半度下午起ab"] == [c for c in text if c in "年号分半度下午起ab"]


@given(st.text(alphabet=CHARS, min_size=1, max_size=8))
def test_any_run_of_numerals_is_a_number_or_refused(text: str) -> None:
    try:
        assert any_number(text).isdecimal()
    except ValueError:
        pass


def test_spaces_between_scripts() -> None:
    assert tidy.space_scripts("我用Python写程 序，共2026行") == "我用 Python 写程序，共2026行"


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("i think i'm late. are you?", "I think I'm late. Are you?"),
        ("GPU memory", "GPU memory"),
        ("你好 hello", "你好 hello"),
        ("iced tea", "Iced tea"),
    ],
)
def test_sentence_case(text: str, cased: str) -> None:
    assert tidy.sentence_case(text) == cased


def test_fillers_are_kept_unless_they_are_not_wanted() -> None:
    assert TextPipeline(TextOptions(sentence_case=False)).finish("um so we begin") == "um so we begin"
    assert TextPipeline(TextOptions(fillers=False, sentence_case=False)).finish("嗯，我们开始") == "我们开始"


def test_replacements_are_read_again_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    words = UserWords(path)
    assert words.read() == {}
    path.write_text("plow sieve => Plosive\n")
    assert tidy.replaced("the Plow Sieve tray, plow sieves", words.read()) == "the Plosive tray, plow sieves"
    path.write_text("plow sieve => Plosive\n派森 → Python\n")
    os.utime(path, ns=(1, 1))
    assert tidy.replaced("我写派森", words.read()) == "我写Python"
    path.unlink()
    assert words.read() == {}


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("plow sieve => Plosive\n", encoding="utf-8-sig")
    assert UserWords(path).read() == {"plow sieve": "Plosive"}


def test_a_replacement_is_text_not_a_pattern() -> None:
    assert tidy.replaced("a.b axb", {"a.b": r"\1"}) == r"\1 axb"


def test_traditional_script() -> None:
    options = TextOptions(traditional="s2twp", numbers=False)
    assert TextPipeline(options).finish("我的鼠标和软件") == "我的滑鼠和軟體"


def test_a_step_that_fails_costs_no_word() -> None:
    assert TextPipeline(TextOptions(traditional="no-such-script")).finish("hello there") == "Hello there"


def test_a_step_that_fails_does_not_quote_the_words_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> str:
        raise ValueError(f"cannot do {text}")

    monkeypatch.setattr(tidy, "space_scripts", fail)
    assert TextPipeline(TextOptions(numbers=False)).finish("my secret") == "My secret"
    assert "spaces: ValueError" in caplog.text and "secret" not in caplog.text


def test_a_model_that_writes_numbers_itself_is_left_alone() -> None:
    assert TextPipeline(TextOptions()).finish("三点，十分", is_written=True) == "三点，十分"


def test_options_travel_with_the_model() -> None:
    options = TextOptions(numbers=False, traditional="s2t", replacements_file="/words.txt")
    assert TextOptions.of((*options.as_options(), ("other", "1"))) == options
    assert TextOptions.of(()) == TextOptions()


@given(st.text(max_size=60))
def test_finish_never_raises_and_keeps_letters_when_nothing_is_wanted(text: str) -> None:
    options = TextOptions(numbers=False, space_scripts=False, sentence_case=False)
    assert TextPipeline(options).finish(text) == text
