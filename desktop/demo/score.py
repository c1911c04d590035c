"""What the demonstration found, and how well the words were understood. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """One sentence: what was said, what the program understood, and what its latencies were."""

    said: str
    recognised: str
    landed: bool
    method: str
    word_errors: int
    words: int
    latencies: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """All that ``result.json`` holds. ``typed`` was read back from the file that the editor saved."""

    said: str
    recognised: str
    typed: str
    word_errors: int
    words: int
    load_ms: float | None
    model: dict[str, Any]
    latencies: dict[str, float | None]
    sentences: tuple[SentenceResult, ...]


def summarise(results: Sequence[SentenceResult], typed: str, model: dict[str, Any]) -> DemoResult:
    """Bring the sentences together; latencies are those of the last one, when the model was there."""
    said = " ".join(each.said for each in results)
    return DemoResult(
        said=said,
        recognised=" ".join(each.recognised for each in results),
        typed=typed,
        word_errors=count_word_errors(said, typed),
        words=len(words_of(said)),
        load_ms=model.get("load_ms"),
        model=model,
        latencies=results[-1].latencies if results else {},
        sentences=tuple(results),
    )


def sentence_result(said: str, last: dict[str, Any]) -> SentenceResult:
    """One ``last_dictation`` of the program's status, scored."""
    text = str(last.get("text", ""))
    return SentenceResult(
        said=said,
        recognised=text.strip(),
        landed=bool(last.get("landed")),
        method=str(last.get("method", "")),
        word_errors=count_word_errors(said, text),
        words=len(words_of(said)),
        latencies=dict(last.get("latencies") or {}),
    )


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation, for comparing."""
    kept = "".join(letter if letter.isalnum() or letter == "'" else " " for letter in text.lower())
    return kept.split()


def count_word_errors(said: str, heard: str) -> int:
    """Words to insert, delete or replace to get from ``said`` to ``heard`` (Levenshtein)."""
    wanted, got = words_of(said), words_of(heard)
    row = list(range(len(got) + 1))
    for position, word in enumerate(wanted, start=1):
        above, row = row, [position]
        for column, other in enumerate(got, start=1):
            row.append(min(row[-1] + 1, above[column] + 1, above[column - 1] + (word != other)))
    return row[-1]
