"""Every message arrives as it was sent; what does not fit is refused."""

from __future__ import annotations

import os
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer import messages
from recognizer.events import ModelSpec
from recognizer.wire import Frame, FrameDecoder, WireError

# No NaN: it is not equal to itself. Lone surrogates are in names of folders that are not UTF-8.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(str, st.text(st.characters(exclude_categories=()), max_size=20))
every_message = st.one_of([st.from_type(cls) for cls in typing.get_args(messages.Message)])


@given(every_message)
def test_a_message_arrives_as_it_was_sent(message: messages.Message) -> None:
    (frame,) = FrameDecoder().feed(messages.encode(message))
    assert messages.decode(frame) == message


def test_sound_travels_as_payload() -> None:
    pcm = bytes(range(256)) * 25
    assert len(messages.encode(messages.Audio(7, pcm))) < len(pcm) + 60


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"is": "Dance"},
        {"is": "Begin"},
        {"is": "Begin", "utterance_id": "one"},
        {"is": "Begin", "utterance_id": True},
        {"is": "Begin", "utterance_id": 1, "colour": "red"},
        {"is": "Load", "model": "pocketsphinx"},
        {"is": "Load", "model": {"engine": "x", "name": "y", "options": [["only one"]]}},
        {"is": "UtteranceDone", "utterance_id": 1, "text": "", "audio_ms": 0, "engine_ms": 0, "words": "no"},
    ],
)
def test_what_does_not_fit_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        messages.decode(Frame(header))


def test_a_model_may_lie_in_a_folder_whose_name_is_not_utf8() -> None:
    load = messages.Load(ModelSpec("whole", "m", os.fsdecode(b"/home/me/mod\xe8les")))
    (frame,) = FrameDecoder().feed(messages.encode(load))
    assert messages.decode(frame) == load


def test_a_model_keeps_its_options() -> None:
    model = ModelSpec(
        "scripted", "s", options=(("words", "hello there"), ("load_ms", "5")), memory_fraction=0.5
    )
    (frame,) = FrameDecoder().feed(messages.encode(messages.Load(model)))
    assert messages.decode(frame) == messages.Load(model)
