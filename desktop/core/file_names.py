"""Names of recordings as people read them, and of the results that are written for them. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

LONGEST_STEM_BYTES: Final = 180
"""A file's name may have 255 bytes; an ending and a number follow."""
MEDIA_SUFFIXES: Final = frozenset(
    "3g2 3gp aac ac3 aif aifc aiff amr ape asf au avi awb caf dts f4v flac flv gsm m2ts m4a m4b m4v mka mkv "
    "mov mp1 mp2 mp3 mp4 mpeg mpg mts mxf oga ogg ogv opus ra ram rm spx tak ts tta vob voc w64 wav wave "
    "webm wma wmv wv".split()
)
"""What is taken for a recording when a folder is given; a file that is named is always tried."""


def is_media(name: str) -> bool:
    """Whether a file of a folder is a recording, by the ending of its name."""
    return not name.startswith(".") and PurePath(name).suffix[1:].lower() in MEDIA_SUFFIXES


def shown(name: str) -> str:
    """``name`` on one line: bytes that are no text, line breaks and control characters become signs."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join("␤" if c == "\n" else "�" if unicodedata.category(c)[0] == "C" else c for c in text)


def stems(targets: Sequence[tuple[str, str]]) -> list[str]:
    """The name of each file's results, without ending, for pairs of (folder, name of the recording).

    ``talk.mp3`` gives ``talk``; where ``talk.wav`` goes to the same folder both keep their ending:
    ``talk.mp3``, ``talk.wav``. What is alike even then is numbered, in the order given.
    """
    plain = [(folder, PurePath(name).stem or name) for folder, name in targets]
    often = Counter(_key(each) for each in plain)
    chosen = [
        (folder, stem if often[_key((folder, stem))] == 1 else name)
        for (folder, stem), (_, name) in zip(plain, targets, strict=True)
    ]
    seen: Counter[tuple[str, str]] = Counter()
    names = []
    for folder, stem in chosen:
        short = shortened(stem)
        seen[_key((folder, short))] += 1
        number = seen[_key((folder, short))]
        names.append(short if number == 1 else f"{short}-{number}")
    return names


def shortened(stem: str) -> str:
    """Not longer than a file's name may be, cut between letters."""
    while len(stem.encode("utf-8", "surrogateescape")) > LONGEST_STEM_BYTES:
        stem = stem[:-1]
    return stem


def _key(target: tuple[str, str]) -> tuple[str, str]:
    """Some file systems take ``A`` and ``a`` for the same."""
    return target[0], target[1].casefold()
