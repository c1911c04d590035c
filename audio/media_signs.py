"""What the first and last bytes of a recording say about it. Pure: bytes in, facts out."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
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
UNKNOWN_SIZES: Final = frozenset({0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFF000})
"""What programs write into a WAV header when they do not know how much will follow."""
BARE_FORMATS: Final = frozenset("mp3 aac loas ac3 eac3 dts amr amrnb amrwb".split())
"""Frames without a clock: what is missing between two of them shows only in bytes."""
TAGS: Final = (b"ID3", b"TAG", b"APE")


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
    """An MP4 or CAF that could not be opened: it begins right, so its table at the end must be missing."""
    return head[4:8] in {b"ftyp", b"mdat"} or head[:4] == b"caff"


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


@dataclass(frozen=True, slots=True)
class WavHeader:
    """What a WAV header says: ``size_at`` is where its 32-bit size of the sound stands."""

    size_at: int
    said_bytes: int
    bytes_per_s: int

    def is_unknown(self, file_bytes: int) -> bool:
        """Whether the size says nothing: written as a stream, never finished, or wrapped over 4 GiB."""
        return self.said_bytes in UNKNOWN_SIZES or self.is_wrapped(file_bytes)

    def is_wrapped(self, file_bytes: int) -> bool:
        """Whether the sound is too long for 32 bits, so that its size was counted from nought again."""
        sound_bytes = file_bytes - self.size_at - 4
        return (
            sound_bytes >= RIFF_LIMIT_BYTES
            and 0 <= sound_bytes % RIFF_LIMIT_BYTES - self.said_bytes < 1 << 20
        )

    def is_cut(self, file_bytes: int) -> bool:
        """Whether the file holds less than was said."""
        return not self.is_unknown(file_bytes) and self.size_at + 4 + self.said_bytes > file_bytes

    def length_ms(self, file_bytes: int) -> int:
        """How long the sound is, 0 when nobody can tell."""
        there_bytes = max(0, file_bytes - self.size_at - 4)
        sound_bytes = there_bytes if self.is_unknown(file_bytes) else self.said_bytes
        return sound_bytes * 1000 // self.bytes_per_s if self.bytes_per_s else 0


def wav_header(head: bytes) -> WavHeader | None:
    """The header of a WAV file (also RF64, whose sizes stand elsewhere); ``None`` for anything else."""
    if head[:4] not in {b"RIFF", b"RF64"} or head[8:12] != b"WAVE":
        return None
    at, bytes_per_s = 12, 0
    while len(head) >= at + 8:
        kind, size_bytes = struct.unpack("<4sI", head[at : at + 8])
        if kind == b"fmt " and len(head) >= at + 20:
            (bytes_per_s,) = struct.unpack("<I", head[at + 16 : at + 20])
        if kind == b"data":
            return WavHeader(at + 4, size_bytes, bytes_per_s)
        at += 8 + size_bytes + size_bytes % 2
    return None
