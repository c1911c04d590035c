"""The ``2pass`` protocol of FunASR's runtime servers, Python and C++, as text. Pure.

The two agree on ``mode`` and on little else. ``is_final`` of a sentence is always true in Python and only
after the end in C++, so what a message is goes by its mode. The end is told by ``is_end`` in newer Python
servers, by the one message with ``is_final`` in C++ (which has no mode when there is no text left), and by
nothing in older Python servers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from recognizer.remote_transcript import Delta, Ended, Garbled, Noted, Reply, Sentence, WrongUtterance

FRAME_BYTES: Final = 1920
"""60 ms: 60 × chunk_size[1] ÷ chunk_interval. The Python server's voice detection relies on it."""
CLOSING: Final = json.dumps({"is_speaking": False, "is_end": True})
HOTWORD_WEIGHT: Final = 20
_ONLINE: Final = ("2pass-online", "online")
_OFFLINE: Final = ("2pass-offline", "offline")


def opening(
    name: str, *, hotwords: Sequence[str] = (), language: str = "", has_itn: bool = True, is_cpp: bool = False
) -> str:
    """The first message; it must come before any sound. ``name`` is echoed with every text."""
    told: dict[str, Any] = {
        "mode": "2pass",
        "chunk_size": [5, 10, 5],
        "chunk_interval": 10,
        "encoder_chunk_look_back": 4,
        "decoder_chunk_look_back": 1,
        "wav_name": name,
        "wav_format": "pcm",
        "audio_fs": 16000,
        "is_speaking": True,
        "hotwords": _hotwords(hotwords, is_cpp=is_cpp),
        "itn": has_itn,
    }
    if is_cpp:
        told |= {"svs_lang": language or "auto", "svs_itn": has_itn}
    return json.dumps(told, ensure_ascii=False)


def parse(message: str | bytes, name: str) -> Reply:
    """What a message of the server means; anything at all may be handed in."""
    if isinstance(message, bytes):
        return Garbled()
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return Garbled()
    return _meaning(told, name) if isinstance(told, dict) else Garbled()


def _meaning(told: dict[str, Any], name: str) -> Reply:
    echoed = told.get("wav_name")
    if isinstance(echoed, str) and echoed not in ("", name):
        return WrongUtterance()
    if told.get("is_end") is True:
        return Ended(has_failed=bool(told.get("error")))
    mode, text = told.get("mode"), told.get("text")
    is_last = told.get("is_final") is True
    if mode in _ONLINE + _OFFLINE:
        return _text(str(mode), text, is_last=is_last, is_cpp="slice_type" in told)
    if mode is None and is_last and isinstance(text, str):  # C++: the end without text, or an error as text
        return Ended(has_failed=bool(text))
    return Ended(has_failed=True) if told.get("error") else Noted()


def _text(mode: str, text: object, *, is_last: bool, is_cpp: bool) -> Reply:
    if not isinstance(text, str):
        return Garbled()
    kind = Delta if mode in _ONLINE else Sentence
    return kind(text, is_last=is_last, is_end=is_last and is_cpp)


def _hotwords(words: Sequence[str], *, is_cpp: bool) -> str:
    if not is_cpp:
        return " ".join(words)
    return json.dumps(dict.fromkeys(words, HOTWORD_WEIGHT), ensure_ascii=False) if words else ""
