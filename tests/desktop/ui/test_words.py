"""The table of words: complete, used, and the same values in both languages."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.ui import words
from resources.translations.sentences import SENTENCES
from resources.translations.words import WORDS

UI = Path(words.__file__).parent


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = WORDS[key]
    assert english and chinese
    assert fields(english) == fields(chinese)


def test_every_key_said_is_in_the_table_and_every_one_in_the_table_is_said() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in UI.rglob("*.py"))
    families = set(re.findall(r'say\(f"([a-z-]+\.(?:[a-z-]+\.)?)\{', sources))
    literal = {key for key in re.findall(r'"([a-z]+\.[a-z.-]+)"', sources) if key.split(".")[0] in PREFIXES}
    assert literal <= set(WORDS)
    unsaid = {key for key in set(WORDS) - literal if not any(key.startswith(family) for family in families)}
    assert not unsaid


PREFIXES = {key.split(".")[0] for key in WORDS}


def test_system_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for value, language in (("zh_CN.UTF-8", "zh"), ("zh_TW", "zh"), ("de_DE.UTF-8", "en"), ("C.UTF-8", "en")):
        monkeypatch.setenv("LANG", value)
        assert words.system_language() == language


def test_memory() -> None:
    assert words.memory(int(1.9 * words.GIB)) == "1.9 GiB"
    assert words.memory(int(340 * words.MIB)) == "340 MiB"
    assert words.memory(0) == "0 MiB"


@pytest.fixture
def chinese() -> Iterator[None]:
    words.choose_language("zh")
    yield
    words.choose_language("en")


def test_sentences_of_the_program_are_translated_with_what_differs_in_them(chinese: None) -> None:
    for english, expected in {
        "There is no microphone.": "没有麦克风。",
        "The microphone “USB {x}” went away.": "麦克风“USB {x}”已断开。",
        "Freed 1 GiB; 2 MiB of ours still held by cat (7).": "已释放 1 GiB；cat (7) 仍占用我们的 2 MiB。",
        "Nobody translated this.": "Nobody translated this.",
        "Nobody translated this. Nor this.": "Nobody translated this. Nor this.",
        "There is no microphone. Nobody translated this.": "没有麦克风。Nobody translated this.",
        "": "",
    }.items():
        assert words.translated(english) == expected


def test_every_sentence_translates_itself_and_keeps_what_differs(chinese: None) -> None:
    for english in SENTENCES:
        told = words.translated(english.replace("{}", "X7"))
        assert told != english and "{" not in told


def test_nothing_is_translated_for_english() -> None:
    assert words.translated("There is no microphone.") == "There is no microphone."


def test_translated_sentences_are_still_those_of_the_sources() -> None:
    """Whoever rewords a sentence finds its translation by this."""
    root = UI.parents[1]
    paths = [path for name in ("audio", "recognizer", "desktop") for path in (root / name).rglob("*.py")]
    said = " ".join(texts_of(paths))
    gone = [each for each in SENTENCES if max(each.split("{}"), key=len) not in said]
    assert not gone


def texts_of(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
