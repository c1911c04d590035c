"""The protocol of FunASR's newer ``funasr-realtime-server``, as text. Pure.

Commands are plain text, sound is PCM16, answers are JSON: ``{"event": …}`` for commands, and after sound
the whole text so far: sentences that stay and the running one. ``STOP`` is answered by the last text, if
there was sound, and always by ``stopped``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from recognizer.remote_transcript import Ended, Garbled, Noted, Reply, Snapshot, Started

FRAME_BYTES: Final = 3840
"""120 ms; the server decodes every 480 ms whatever the frames are."""
START: Final = "START"
CLOSING: Final = "STOP"
MOST_SENTENCES: Final = 2000


def opening(*, hotwords: Sequence[str] = (), language: str = "") -> tuple[str, ...]:
    """What to say before the sound. The session keeps settings over ``START``, so that comes last."""
    told = []
    words = [" ".join(word.replace(",", " ").split()) for word in hotwords]
    if any(words):
        told.append("HOTWORDS:" + ",".join(filter(None, words)))
    if language:
        told.append("LANGUAGE:" + " ".join(language.split()))
    return (*told, START)


def parse(message: str | bytes) -> Reply:
    """What a message of the server means; anything at all may be handed in."""
    if isinstance(message, bytes):
        return Garbled()
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return Garbled()
    return _meaning(told) if isinstance(told, dict) else Garbled()


def _meaning(told: dict[str, Any]) -> Reply:
    match told.get("event"):
        case "started":
            return Started()
        case "stopped":
            return Ended()
        case "error":
            return Ended(has_failed=True)
    return _snapshot(told) if "sentences" in told else Noted()


def _snapshot(told: dict[str, Any]) -> Reply:
    sentences, partial = told["sentences"], told.get("partial", "")
    if not isinstance(sentences, list) or len(sentences) > MOST_SENTENCES or not isinstance(partial, str):
        return Garbled()
    texts = [each.get("text") if isinstance(each, dict) else each for each in sentences]
    known = tuple(text for text in texts if isinstance(text, str))
    return Snapshot(known, partial) if len(known) == len(texts) else Garbled()
