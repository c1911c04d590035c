"""What an event log of ``plosive stream`` tells of delay and steadiness; needs nothing but the log.

For each utterance that has a final text:

``first_text_ms``   the first partial with text, after the end of the first word that the final has
``commit_wait_ms``  the final, after the end of speech + hangover + the time that the engine took for it
``onset_text_ms``   the first partial with text, after the first sound of the utterance (pre-roll included)

and over all of them, in words (a Chinese character is one; case and marks do not count):

``upwr``            words of a partial that the next partial changes, for each word of the finals
``erasure``         words of a partial from the first change on, for each word of the finals
``calm_upwr``       as ``upwr``, of the committed half alone
``final_changes``   words of the last partial that the final changes, for each word of the finals: done at
                    once in one place, as with a second pass (a better decode, numbers as digits)
``calm_changes``    the same, of the committed half
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Any

from figures import spread

Record = dict[str, Any]
PIECES = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+(?:['’][^\W_]+)*")


def words(text: str) -> list[str]:
    """Without case and marks."""
    return PIECES.findall(text.lower())


def read_log(path: Path) -> tuple[Record, list[list[Record]]]:
    """The ready record, and the records of each utterance in order."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    utterances: dict[int, list[Record]] = {}
    for record in records:
        if record["utterance_id"] is not None:
            utterances.setdefault(record["utterance_id"], []).append(record)
    return records[0], list(utterances.values())


def changed(before: Sequence[str], after: Sequence[str]) -> int:
    """Words of ``before`` that are others or gone in ``after``."""
    if after[: len(before)] == before:
        return 0
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return sum(end - begin for kind, begin, end, _, _ in steps if kind in ("replace", "delete"))


def erased(before: Sequence[str], after: Sequence[str]) -> int:
    """Words of ``before`` from the first one that changes."""
    same = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        same += 1
    return len(before) - same


def figures_of(path: Path) -> dict[str, Any]:
    """Everything of the module's docstring."""
    ready, utterances = read_log(path)
    finished = [one for one in utterances if one[-1]["kind"] == "final" and words(one[-1]["committed"])]
    final_words = sum(len(words(one[-1]["committed"])) for one in finished)
    shown = [
        [words(each["committed"] + " " + each["tentative"]) for each in partials(one)] for one in finished
    ]
    calm = [[words(each["committed"]) for each in partials(one)] for one in finished]
    finals = [final(one) for one in finished]
    per_word = 1.0 / max(1, final_words)
    return {
        "utterances": len(finished),
        "words": final_words,
        "first_text_ms": spread([first_text_ms(one) for one in finished if has_times(one)] or [0.0]),
        "onset_text_ms": spread([onset_text_ms(one) for one in finished if first_text(one)] or [0.0]),
        "commit_wait_ms": spread([commit_wait_ms(one, ready["hangover_ms"]) for one in finished] or [0.0]),
        "upwr": round(per_word * total(changed, shown), 3),
        "erasure": round(per_word * total(erased, shown), 3),
        "calm_upwr": round(per_word * total(changed, calm), 3),
        "final_changes": round(per_word * total(changed, last_two(shown, finals)), 3),
        "calm_changes": round(per_word * total(changed, last_two(calm, finals)), 3),
    }


def total(count: Any, rows: Iterable[list[list[str]]]) -> int:
    """The sum over every two texts that follow each other."""
    return sum(count(before, after) for texts in rows for before, after in pairwise(texts))


def last_two(rows: list[list[list[str]]], finals: list[list[str]]) -> list[list[list[str]]]:
    """Of each utterance the last partial and the final."""
    return [[*texts[-1:], final_words] for texts, final_words in zip(rows, finals, strict=True)]


def partials(utterance: list[Record]) -> list[Record]:
    """Its partials."""
    return [record for record in utterance if record["kind"] == "partial"]


def final(utterance: list[Record]) -> list[str]:
    """The words of its final."""
    return words(utterance[-1]["committed"])


def first_text(utterance: list[Record]) -> Record | None:
    """The first partial that shows something."""
    return next((each for each in partials(utterance) if each["committed"] or each["tentative"]), None)


def has_times(utterance: list[Record]) -> bool:
    """Whether it had a partial with text, and its final says when its words were spoken."""
    return first_text(utterance) is not None and bool(utterance[-1]["words"])


def first_text_ms(utterance: list[Record]) -> float:
    """See above."""
    first = first_text(utterance)
    assert first is not None
    return float(first["wall_ms"] - utterance[-1]["words"][0][2])


def onset_text_ms(utterance: list[Record]) -> float:
    """See above."""
    first = first_text(utterance)
    assert first is not None
    return float(first["wall_ms"] - utterance[0]["audio_ms"])


def commit_wait_ms(utterance: list[Record], hangover_ms: int) -> float:
    """See above; a cut or the end of the recording has no hangover."""
    ended = next(record for record in utterance if record["kind"] == "speech_ended")
    silence_ms = hangover_ms if ended["reason"] == "silence" else 0
    spoken_ms = ended["audio_ms"] - silence_ms
    return float(utterance[-1]["wall_ms"] - spoken_ms - silence_ms - utterance[-1]["engine_ms"])
