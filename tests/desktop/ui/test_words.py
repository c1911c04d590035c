"""The table of words: complete, used, and the same values in both languages."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from desktop.ui import words
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
