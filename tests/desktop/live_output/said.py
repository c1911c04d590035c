"""Captions as the core publishes them."""

from __future__ import annotations

from desktop.core.captions_facts import PublishCaption, Source
from desktop.core.timed_text import TimedText
from recognizer.events import Word

LABELS = {Source.ME: "Me", Source.OTHERS: "Others"}


def said(
    utterance_id: int,
    committed: str,
    tentative: str = "",
    *,
    is_final: bool = False,
    source: Source = Source.OTHERS,
) -> PublishCaption:
    """An utterance so far; each word takes 200 ms."""
    text = f"{committed} {tentative}".strip()
    start_ms = utterance_id * 10_000
    words = tuple(
        Word(word, start_ms + 200 * number, start_ms + 200 * number + 200)
        for number, word in enumerate(text.split())
    )
    line = TimedText(start_ms, start_ms + 3000, text, LABELS[source], words if is_final else ())
    return PublishCaption(utterance_id, source, line, is_final, committed)


def final(utterance_id: int, text: str, source: Source = Source.OTHERS) -> PublishCaption:
    """An utterance that has ended."""
    return said(utterance_id, text, is_final=True, source=source)
