"""How much of a misheard text is another text."""

from __future__ import annotations

import pytest

from desktop.core.echo_words import shared_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop, Mr. Quilter!", ["don't", "stop", "mr", "quilter"]),
        ("今天的会议 at 3", ["今", "天", "的", "会", "议", "at", "3"]),
        ("…", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "other", "least", "most"),
    [
        ("the meeting begins at nine", "well the meeting begins at nine sharp", 1.0, 1.0),
        ("the meting begin at nine", "the meeting begins at nine", 1.0, 1.0),  # misheard
        ("今天开会吗", "我们今天开会", 0.8, 0.8),
        ("yes", "no never", 0.0, 0.0),
        ("nine at begins meeting the", "the meeting begins at nine", 0.0, 0.2),  # order counts
        ("", "the meeting", 0.0, 0.0),
        ("the meeting", "", 0.0, 0.0),
    ],
)
def test_shared(text: str, other: str, least: float, most: float) -> None:
    assert least <= shared_words(text, other) <= most
