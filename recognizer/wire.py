"""Framing between driver and worker: a JSON header and a binary payload. Pure; knows no pipe.

One frame is ``b"PL"``, the header's length and the payload's length (unsigned 32 bit, big-endian),
the header (UTF-8 JSON object) and the payload. The two letters are there to notice at once when
something else writes into the pipe; both lengths are bounded so that garbage cannot ask for
gigabytes.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, Final

_PREFIX: Final = struct.Struct(">2sII")
_MAGIC: Final = b"PL"
MAX_HEADER_BYTES: Final = 1 << 20
MAX_PAYLOAD_BYTES: Final = 64 << 20


class WireError(ValueError):
    """The bytes are not frames of this protocol; the stream cannot be trusted any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One header with its payload (empty for most frames)."""

    header: dict[str, Any]
    payload: bytes = b""


def encode_frame(frame: Frame) -> bytes:
    """Bytes of ``frame``. Raises ``WireError`` when a part is over its limit."""
    text = json.dumps(frame.header, ensure_ascii=False, separators=(",", ":"))
    header = text.encode(errors="surrogatepass")  # paths need not be UTF-8; ``json.loads`` reads them so
    _check_lengths(len(header), len(frame.payload))
    return _PREFIX.pack(_MAGIC, len(header), len(frame.payload)) + header + frame.payload


class FrameDecoder:
    """Cuts a byte stream, arriving in any pieces, into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending_bytes(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Every frame completed by ``data``. Raises ``WireError`` when it cannot be a frame."""
        self._buffer += data
        frames: list[Frame] = []
        start = 0
        while (end := self._end_of_frame(start)) is not None:
            frames.append(self._cut(start, end))
            start = end
        del self._buffer[:start]
        return frames

    def _end_of_frame(self, start: int) -> int | None:
        if len(self._buffer) - start < _PREFIX.size:
            return None
        magic, header_bytes, payload_bytes = _PREFIX.unpack_from(self._buffer, start)
        if magic != _MAGIC:
            raise WireError("not a frame: something else wrote into the pipe")
        _check_lengths(header_bytes, payload_bytes)
        end = start + _PREFIX.size + int(header_bytes) + int(payload_bytes)
        return end if end <= len(self._buffer) else None

    def _cut(self, start: int, end: int) -> Frame:
        _, header_bytes, _ = _PREFIX.unpack_from(self._buffer, start)
        body = start + _PREFIX.size
        split = body + header_bytes
        return Frame(_parse_header(bytes(self._buffer[body:split])), bytes(self._buffer[split:end]))


def _check_lengths(header_bytes: int, payload_bytes: int) -> None:
    if header_bytes > MAX_HEADER_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
        raise WireError(f"frame too large: header {header_bytes}, payload {payload_bytes} bytes")


def _parse_header(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except ValueError as error:
        raise WireError("frame header is not JSON") from error
    if not isinstance(header, dict):
        raise WireError("frame header is not an object")
    return header
