"""What one reader of the captions has yet to get, in FunASR's result format. Pure.

FunASR's clients add the text of each ``2pass-online`` message to what stands there and put that of a
``2pass-offline`` message in its place. So the former carry only what the committed text has grown by, and the
latter the whole utterance, also to take it back. Of an utterance that still grows a reader owes its latest
state only: whoever reads slowly misses partials, never a final.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Any, Final

from desktop.core.captions_facts import PublishCaption
from desktop.core.text_rules import needs_space

MOST_OWED: Final = 512
"""Finals not taken yet; who is that far behind reads no more."""
MOST_GROWING: Final = 64


class Reader:
    """``source`` is whom to tell of, "" for everybody."""

    def __init__(self, source: str = "") -> None:
        self._source = source
        self._owed: dict[int, PublishCaption] = {}
        self._finals: deque[PublishCaption] = deque()
        self._sent: dict[int, str] = {}

    @property
    def is_hopeless(self) -> bool:
        """So far behind that it will never catch up."""
        return len(self._finals) > MOST_OWED

    def add(self, caption: PublishCaption) -> None:
        """An utterance has grown or ended."""
        if self._source not in ("", caption.source.value):
            return
        self._owed.pop(caption.utterance_id, None)  # the latest state stands last
        if caption.is_final or not caption.line.text:
            self._finals.append(caption)
            return
        self._owed[caption.utterance_id] = caption
        if len(self._owed) > MOST_GROWING:
            del self._owed[next(iter(self._owed))]

    def take(self) -> str | None:
        """The next message to send; finals first."""
        if self._finals:
            return self._offline(self._finals.popleft())
        if self._owed:
            return self._online(self._owed.pop(next(iter(self._owed))))
        return None

    def _online(self, caption: PublishCaption) -> str:
        """What a partial adds; nothing when the words that stand there were changed after all."""
        sent = self._sent.pop(caption.utterance_id, "")
        grown = caption.committed[len(sent) :] if caption.committed.startswith(sent) else ""
        self._sent[caption.utterance_id] = caption.committed if grown else sent
        if len(self._sent) > MOST_GROWING:
            del self._sent[next(iter(self._sent))]
        told = _told(caption, "2pass-online", grown, is_final=False)
        return _json(told | {"committed": caption.committed, "tentative": _tentative(caption)})

    def _offline(self, caption: PublishCaption) -> str:
        self._sent.pop(caption.utterance_id, None)
        line = caption.line
        told = _told(caption, "2pass-offline", line.text, is_final=True)
        times = [[word.start_ms, word.end_ms] for word in line.words]
        if line.text:
            told |= {"timestamp": times, "stamp_sents": [_stamped(caption, times)]}
        return _json(told)


def end_answer(message: str) -> str | None:
    """The answer to a client that says it has sent all its sound (of which we took none)."""
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("is_end") is not True:
        return None
    return _json({"mode": "2pass", "wav_name": "", "text": "", "is_final": True, "is_end": True})


def _told(caption: PublishCaption, mode: str, text: str, *, is_final: bool) -> dict[str, Any]:
    line = caption.line
    return {
        "mode": mode,
        "text": text,
        "wav_name": line.speaker,
        "is_final": is_final,
        "source": caption.source.value,
        "key": caption.utterance_id,
        "start_ms": line.start_ms,
        "end_ms": line.end_ms,
    }


def _stamped(caption: PublishCaption, times: list[list[int]]) -> dict[str, Any]:
    line = caption.line
    text = line.text.rstrip()
    bare = text.rstrip(".,!?;:。，！？；：…")
    spaced = " ".join(word.text for word in line.words) or bare
    return {
        "text_seg": spaced,
        "punc": text[len(bare) :],
        "start": line.start_ms,
        "end": line.end_ms,
        "ts_list": times,
    }


def _tentative(caption: PublishCaption) -> str:
    text, committed = caption.line.text, caption.committed
    rest = text[len(committed) :].lstrip() if text.startswith(committed) else text
    return f" {rest}" if needs_space(committed, rest) else rest


def _json(told: dict[str, Any]) -> str:
    whole = json.dumps(told, ensure_ascii=False)
    return whole.encode("utf-8", "replace").decode("utf-8")  # half a character could not be sent
