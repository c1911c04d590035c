"""Both codecs against recorded conversations, and against anything at all.

``data/*.jsonl`` holds one message a line: who said it, and its text or the number of its bytes.
``python.jsonl`` was recorded from FunASR's own Python server with tiny untrained models, and
``realtime-recorded.jsonl`` from its realtime server with a stand-in for the engine (so their texts mean
nothing); the others were written by hand after the servers' sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer import funasr_wire, realtime_wire
from recognizer.remote_dialect import Codec, Dialect, dialect_of, offered_subprotocols
from recognizer.remote_server import Server
from recognizer.remote_transcript import (
    Delta,
    Ended,
    Garbled,
    Noted,
    Reply,
    Sentence,
    Snapshot,
    Started,
    Transcript,
    WrongUtterance,
)

DATA = Path(__file__).parent / "data"
NAME = "utterance-1"


@dataclass
class Recorded:
    """A conversation as it went over the wire."""

    client: list[str]
    frames: list[int]
    server: list[str]
    said_after_end: int


def recorded(name: str) -> Recorded:
    told = Recorded([], [], [], 0)
    is_ended = False
    for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["from"] == "server":
            told.server.append(entry["text"])
            told.said_after_end += is_ended
        elif "text" in entry:
            told.client.append(entry["text"])
            is_ended = "false" in entry["text"] or entry["text"] == "STOP"
        else:
            told.frames += [entry["bytes"]] * entry.get("times", 1)
    return told


def replies(name: str, dialect: Dialect) -> Iterator[Reply]:
    codec = Codec(dialect, Server("ws://here"), NAME)
    yield from (codec.parse(message) for message in recorded(name).server)


def states(name: str, dialect: Dialect) -> list[tuple[str, str]]:
    """(committed, tentative) after each reply that changed something."""
    transcript = Transcript()
    changes = (reply for reply in replies(name, dialect) if transcript.take(reply))
    return [(transcript.committed, transcript.tentative) for _ in changes]


RECORDED = [
    ("python", Dialect.PYTHON),
    ("python-before-acknowledgements", Dialect.PYTHON),
    ("python-failed", Dialect.PYTHON),
    ("cpp", Dialect.CPP),
    ("cpp-silence-at-the-end", Dialect.CPP),
    ("realtime", Dialect.REALTIME),
    ("realtime-recorded", Dialect.REALTIME),
]


@pytest.mark.parametrize(("name", "dialect"), RECORDED)
def test_every_recorded_message_is_understood(name: str, dialect: Dialect) -> None:
    said = list(replies(name, dialect))
    assert said
    assert not [reply for reply in said if isinstance(reply, (Garbled, WrongUtterance))]


@pytest.mark.parametrize(("name", "dialect"), RECORDED)
def test_we_say_what_was_recorded(name: str, dialect: Dialect) -> None:
    conversation = recorded(name)
    language = "中文" if dialect is Dialect.REALTIME else ""
    server = Server("ws://here", language=language, hotwords=("阿里巴巴",))
    codec = Codec(dialect, server, NAME)
    said = [*codec.opening(), codec.closing]
    assert [_read(text) for text in said] == [_read(text) for text in conversation.client]
    assert set(conversation.frames[:-1]) == {codec.frame_bytes}


def _read(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text


def test_python_server() -> None:
    *firsts, last = states("python", Dialect.PYTHON)
    assert firsts[-1] == ("", "十十家道事道十十十如家道十如十十十十十十一十十十十家家十十")
    assert last[0].startswith("过会。你、日？") and last[1] == ""
    *_, sentence, ack = replies("python", Dialect.PYTHON)
    assert isinstance(sentence, Sentence) and sentence.is_last and not sentence.is_end
    assert ack == Ended()


def test_older_python_server_never_says_that_it_is_done() -> None:
    said = list(replies("python-before-acknowledgements", Dialect.PYTHON))
    assert not [reply for reply in said if isinstance(reply, Ended)]
    assert [reply.is_last for reply in said if isinstance(reply, Sentence)] == [True, True]
    assert states("python-before-acknowledgements", Dialect.PYTHON)[-1] == ("你好。再见。", "")


def test_python_server_that_reports_an_error() -> None:
    assert list(replies("python-failed", Dialect.PYTHON))[-1] == Ended(has_failed=True)


def test_cpp_server_means_something_else_by_is_final() -> None:
    said = [reply for reply in replies("cpp", Dialect.CPP) if isinstance(reply, Sentence)]
    assert [(reply.is_last, reply.is_end) for reply in said] == [(False, False), (True, True)]
    assert states("cpp", Dialect.CPP) == [
        ("", "一二"), ("", "一二三四"), ("一二三四，", ""), ("一二三四，", "五"), ("一二三四，五六。", ""),
    ]  # fmt: skip


def test_cpp_server_ends_without_text() -> None:
    *_, end = replies("cpp-silence-at-the-end", Dialect.CPP)
    assert end == Ended()


def test_realtime_server() -> None:
    said = list(replies("realtime", Dialect.REALTIME))
    assert said[:3] == [Noted(), Noted(), Started()]
    assert said[-1] == Ended()
    assert states("realtime", Dialect.REALTIME)[-1] == ("今天天气不错。出去走走吧。", "")


def test_recorded_realtime_server() -> None:
    assert states("realtime-recorded", Dialect.REALTIME)[-2:] == [
        ("", "一万与丕东丣个丱"), ("一万与丕东丣个丱丸丿", ""),
    ]  # fmt: skip
    assert list(replies("realtime-recorded", Dialect.REALTIME))[-1] == Ended()


def test_text_of_another_utterance_is_recognised_as_such() -> None:
    message = json.dumps({"mode": "2pass-offline", "text": "x", "wav_name": "utterance-2", "is_final": True})
    assert funasr_wire.parse(message, NAME) == WrongUtterance()


@pytest.mark.parametrize(
    ("told", "reply"),
    [
        ({"mode": "2pass-online", "text": 5}, Garbled()),
        ({"mode": "2pass-offline", "text": None}, Garbled()),
        ({"mode": "2pass-offline"}, Garbled()),
        ({"mode": "online", "text": "a", "is_final": "yes"}, Delta("a")),
        ({"mode": "offline", "text": "a"}, Sentence("a")),
        ({"mode": ["2pass-online"], "text": "a"}, Noted()),
        ({"text": "ERROR. ONLY SUPPORT PCM stream.", "is_final": True}, Ended(has_failed=True)),
        ({"mode": "2pass", "error": "x"}, Ended(has_failed=True)),
        ({"hello": 1}, Noted()),
    ],
)
def test_odd_messages_of_a_2pass_server(told: dict[str, Any], reply: Reply) -> None:
    assert funasr_wire.parse(json.dumps(told), NAME) == reply


@pytest.mark.parametrize(
    ("told", "reply"),
    [
        ({"sentences": "x", "partial": ""}, Garbled()),
        ({"sentences": [], "partial": 3}, Garbled()),
        ({"sentences": [{"text": 3}], "partial": ""}, Garbled()),
        ({"sentences": [None], "partial": ""}, Garbled()),
        ({"sentences": [""] * 5000, "partial": ""}, Garbled()),
        ({"sentences": ["a"]}, Snapshot(("a",), "")),
        ({"event": "error", "error": "x"}, Ended(has_failed=True)),
        ({"event": []}, Noted()),
    ],
)
def test_odd_messages_of_a_realtime_server(told: dict[str, Any], reply: Reply) -> None:
    assert realtime_wire.parse(json.dumps(told)) == reply


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = "mode text is_final is_end wav_name error slice_type event sentences partial".split()
VALUES = JSON | st.sampled_from(["2pass-online", "2pass-offline", "online", "started", "stopped", NAME])
MESSAGES = (
    st.binary(max_size=100)
    | st.text(max_size=100)
    | JSON.map(json.dumps)
    | st.dictionaries(st.sampled_from(KEYS), VALUES).map(json.dumps)
)


@given(st.lists(MESSAGES, max_size=8))
def test_garbage_never_raises(messages: list[str | bytes]) -> None:
    for dialect in Dialect:
        codec, transcript = Codec(dialect, Server("ws://here"), NAME), Transcript()
        for message in messages:
            reply = codec.parse(message)
            assert isinstance(reply, get_args(Reply))
            transcript.take(reply)
        transcript.text.encode("utf-8")


@pytest.mark.parametrize("message", ["[" * 100_000, "1" * 100_000, '{"a":' * 50_000, "", "\x00", "NaN"])
def test_messages_made_to_break_a_parser(message: str) -> None:
    for dialect in Dialect:
        assert Codec(dialect, Server("ws://here"), NAME).parse(message) == Garbled()


def test_hotwords_in_three_spellings() -> None:
    words = ("阿里巴巴", "Plosive, Ltd")
    python = json.loads(funasr_wire.opening(NAME, hotwords=words))
    cpp = json.loads(funasr_wire.opening(NAME, hotwords=words, is_cpp=True))
    assert python["hotwords"] == "阿里巴巴 Plosive, Ltd"
    assert json.loads(cpp["hotwords"]) == {"阿里巴巴": 20, "Plosive, Ltd": 20}
    assert realtime_wire.opening(hotwords=words)[0] == "HOTWORDS:阿里巴巴,Plosive Ltd"
    assert realtime_wire.opening(hotwords=(",\n",), language="a\nSTOP") == ("LANGUAGE:a STOP", "START")


def test_the_dialect_shows_in_the_handshake() -> None:
    assert offered_subprotocols("auto") == ("binary",)
    assert offered_subprotocols("realtime") == ()
    assert dialect_of("auto", "binary") is Dialect.PYTHON
    assert dialect_of("auto", None) is None
    assert dialect_of("2pass", None) is Dialect.CPP
    assert dialect_of("realtime", None) is Dialect.REALTIME
