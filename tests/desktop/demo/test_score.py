from __future__ import annotations

import pytest

from desktop.demo.score import count_word_errors, sentence_result, summarise


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("Good morning, everyone.", "good morning everyone", 0),
        ("good morning everyone", "", 3),
        ("", "what", 1),
        ("hold a key", "how old a key", 2),
        ("it's nine o'clock", "its nine o'clock", 1),
        ("one two three", "one three", 1),
    ],
)
def test_word_errors_are_counted_as_words(said: str, heard: str, errors: int) -> None:
    assert count_word_errors(said, heard) == errors


def test_a_summary_scores_what_was_read_back_not_what_the_program_claims() -> None:
    claimed = {"text": "good morning", "landed": True, "method": "paste", "latencies": {"engine_ms": 3.0}}
    sentence = sentence_result("good morning", claimed)
    result = summarise([sentence], typed="good mourning", model={"load_ms": 9.5})
    assert (result.recognised, result.typed, result.word_errors) == ("good morning", "good mourning", 1)
    assert result.load_ms == 9.5
    assert result.latencies == {"engine_ms": 3.0}
