"""What the first and last bytes of a recording say about it. Pure: bytes in, facts out."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

Peek = Callable[[int, int], bytes]
"""Bytes at an offset (from the end where negative) and how many; fewer at the end, none from a pipe."""

ASF_ENCRYPTION: Final = bytes.fromhex("FBB3112223BDD211B4B700A0C955FC6E")
ASF_ENCRYPTION_EXTENDED: Final = bytes.fromhex("14E68A292226174CB935DAE07EE9289C")
PROTECTED_TAGS: Final = frozenset({"drms", "drmi", "enca", "aavd", "p608", "sdhc"})
"""MP4 sound that only its seller's program can read: FairPlay, common encryption, audio books."""
LIST_BEGINNINGS: Final = (b"#extm3u", b"ffconcat version", b"[playlist]", b"<?wpl", b"[reference]", b"<asx")
TELL_LENGTH: Final = frozenset("mov mp4 flac wav w64 aiff caf matroska asf avi au".split())
"""Formats whose header says how much sound there is; in the others the length is a guess."""
OGG_LAST_PAGE: Final = 4
MOST_OGG_PAGE_BYTES: Final = 65_307
RIFF_LIMIT_BYTES: Final = 1 << 32


def is_list(head: bytes) -> bool:
    """Whether it names other files instead of holding sound."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_dash = text.startswith(b"<?xml") and b"<MPD" in text
    is_session = text.startswith(b"v=0") and b"m=audio" in text
    return is_dash or is_session or text[:24].lower().startswith(LIST_BEGINNINGS)


def is_protected(head: bytes) -> bool:
    """Whether a Windows Media file says that it is encrypted."""
    is_asf = head.startswith(b"\x30\x26\xb2\x75")
    return is_asf and (ASF_ENCRYPTION in head or ASF_ENCRYPTION_EXTENDED in head)


def is_headless_mp4(head: bytes) -> bool:
    """An MP4 that could not be opened: its first box is right, so its table at the end must be missing."""
    return head[4:8] in {b"ftyp", b"mdat"}


def tells_length(format_names: str, peek: Peek) -> bool:
    """Whether the recording's header says how long it is, so that less sound means it was cut short."""
    names = set(format_names.split(","))
    return bool(names & TELL_LENGTH) or ("mp3" in names and _mp3_tells_length(peek))


def _mp3_tells_length(peek: Peek) -> bool:
    """Whether the first frame is a table of contents (Xing, Info, VBRI)."""
    tag = peek(0, 10)
    at = 10 + _synchsafe(tag[6:10]) if tag[:3] == b"ID3" and len(tag) == 10 else 0
    frame = peek(at, 512)
    return any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))


def _synchsafe(size: bytes) -> int:
    """Four bytes of seven bits each."""
    value = 0
    for byte in size:
        value = value << 7 | byte & 0x7F
    return value


def is_ogg_cut(tail: bytes) -> bool:
    """Whether an Ogg file lacks its last page, or a part of it. ``tail``: its last 64 KiB or more."""
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 27:
        return True
    lengths = tail[at + 27 : at + 27 + tail[at + 26]]
    is_whole = len(lengths) == tail[at + 26] and len(tail) >= at + 27 + len(lengths) + sum(lengths)
    return not (tail[at + 5] & OGG_LAST_PAGE and is_whole)


def has_wrapped_wav_size(head: bytes, size_bytes: int | None) -> bool:
    """Whether a WAV over 4 GiB has sizes too large for their 32 bits, which then wrapped."""
    if size_bytes is None or size_bytes < RIFF_LIMIT_BYTES or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return False
    (riff_bytes,) = struct.unpack("<I", head[4:8])
    return bool(abs(size_bytes - RIFF_LIMIT_BYTES * (size_bytes // RIFF_LIMIT_BYTES) - riff_bytes) < 1 << 20)
