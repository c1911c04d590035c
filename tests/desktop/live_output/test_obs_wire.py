"""OBS's protocol as text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.live_output.obs_wire import (
    Hello,
    Identified,
    ObsRefused,
    Response,
    authentication,
    identify,
    parse,
    refusal,
    source_text,
    stream_caption,
)

# The example of OBS's own documentation, hashed with another tool.
SALT = "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI="
CHALLENGE = "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY="
PROOF = "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="


def test_the_password_is_proved_not_sent() -> None:
    assert authentication("supersecretpassword", SALT, CHALLENGE) == PROOF
    told = identify(Hello(SALT, CHALLENGE), "supersecretpassword")
    assert json.loads(told) == {
        "op": 1,
        "d": {"rpcVersion": 1, "eventSubscriptions": 0, "authentication": PROOF},
    }
    assert "supersecret" not in told


def test_half_a_character_can_be_sent() -> None:
    for told in (stream_caption("r", "one \ud83d two"), source_text("r", "n\ud83d", "one \ud83d two")):
        assert "one ? two" in told.encode("utf-8").decode("utf-8")


def test_without_a_challenge_no_password_matters() -> None:
    assert "authentication" not in json.loads(identify(Hello(), "secret"))["d"]


def test_a_challenge_without_a_password_is_told() -> None:
    with pytest.raises(ObsRefused) as refused:
        identify(Hello(SALT, CHALLENGE), "")
    assert refused.value.problem.code == "obs-wants-password"


def test_what_obs_says_is_understood() -> None:
    hello = {"op": 0, "d": {"rpcVersion": 1, "authentication": {"salt": "s", "challenge": "c"}}}
    response = {"op": 7, "d": {"requestId": "stream", "requestStatus": {"result": False, "code": 501}}}
    assert parse(json.dumps(hello)) == Hello("s", "c")
    assert parse('{"op": 0, "d": {"rpcVersion": 1}}') == Hello()
    assert parse('{"op": 2, "d": {"negotiatedRpcVersion": 1}}') == Identified()
    assert parse(json.dumps(response)) == Response("stream", 501)
    assert parse('{"op": 5, "d": {"eventType": "ExitStarted"}}') is None


@given(st.one_of(st.binary(max_size=30), st.text(max_size=30), st.sampled_from(
    ["[]", "1", '{"op": 0}', '{"op": 0, "d": {"authentication": 3}}', '{"op": 7, "d": {"requestStatus": []}}',
     "[" * 10_000]
)))  # fmt: skip
def test_anything_may_be_said(message: str | bytes) -> None:
    assert not isinstance(parse(message), Identified)


def test_what_we_ask_for() -> None:
    assert json.loads(stream_caption("stream", "你好"))["d"] == {
        "requestType": "SendStreamCaption", "requestId": "stream", "requestData": {"captionText": "你好"},
    }  # fmt: skip
    assert json.loads(source_text("source", "Captions", "hi"))["d"]["requestData"] == {
        "inputName": "Captions", "inputSettings": {"text": "hi"}, "overlay": True,
    }  # fmt: skip


def test_close_codes_mean_something() -> None:
    told = {code: refusal(code) for code in (4009, 4010, 4011)}
    assert {code: (each.problem.code, each.is_lasting) for code, each in told.items() if each} == {
        4009: ("obs-password", False),
        4010: ("obs-version", True),
        4011: ("obs-ended", True),
    }
    assert refusal(1006) is None and refusal(None) is None
