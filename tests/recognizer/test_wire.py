"""Frames survive any cutting; garbage is noticed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.wire import MAX_PAYLOAD_BYTES, Frame, FrameDecoder, WireError, encode_frame

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
frames = st.builds(
    Frame, st.dictionaries(st.text(max_size=8), json_values, max_size=4), st.binary(max_size=200)
)


@given(st.lists(frames, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_any_cutting_gives_the_same_frames(sent: list[Frame], cuts: list[int]) -> None:
    stream = b"".join(encode_frame(frame) for frame in sent)
    decoder = FrameDecoder()
    got: list[Frame] = []
    at = turn = 0
    while at < len(stream):
        step = cuts[turn % len(cuts)]
        got += decoder.feed(stream[at : at + step])
        at, turn = at + step, turn + 1
    assert got == sent
    assert decoder.pending_bytes == 0


@given(frames)
def test_an_incomplete_frame_is_not_told(frame: Frame) -> None:
    encoded = encode_frame(frame)
    decoder = FrameDecoder()
    assert decoder.feed(encoded[:-1]) == []
    assert decoder.feed(encoded[-1:]) == [frame]


@pytest.mark.parametrize(
    "garbage",
    [
        b"a C library printed this line into the pipe\n",
        struct.pack(">2sII", b"PL", 2**31, 0),
        struct.pack(">2sII", b"PL", 2, MAX_PAYLOAD_BYTES + 1),
        struct.pack(">2sII", b"PL", 3, 0) + b"{x}",
        struct.pack(">2sII", b"PL", 2, 0) + b"[]",
        struct.pack(">2sII", b"PL", 2, 0) + b"\xff\xfe",
    ],
)
def test_garbage_is_noticed(garbage: bytes) -> None:
    with pytest.raises(WireError):
        FrameDecoder().feed(garbage)


@given(st.binary(min_size=10, max_size=300))
def test_random_bytes_never_break_out(data: bytes) -> None:
    try:
        FrameDecoder().feed(data)
    except WireError:
        pass


def test_a_frame_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(WireError):
        encode_frame(Frame({}, bytes(MAX_PAYLOAD_BYTES + 1)))
