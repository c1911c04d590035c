"""The protocol of OBS's WebSocket server, version 5, as text. Pure.

OBS says Hello, we identify ourselves, and from then on ask for things; each request is answered. The password
itself is never sent: OBS's challenge is answered with a hash of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from audio.events import Problem
from desktop.live_output import problems

RPC_VERSION: Final = 1
SUBPROTOCOL: Final = "obswebsocket.json"
SUCCESS: Final = 100
UNKNOWN_REQUEST: Final = 204
OUTPUT_NOT_RUNNING: Final = 501
NO_SUCH_SOURCE: Final = (600, 602, 605)
_IDENTIFY, _REQUEST = 1, 6


class ObsRefused(Exception):
    """OBS does not let us in; ``is_lasting`` when asking again cannot help."""

    def __init__(self, problem: Problem, *, is_lasting: bool = False) -> None:
        super().__init__(problem.sentence)
        self.problem = problem
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True)
class Hello:
    """OBS is there. ``salt`` and ``challenge`` are empty when it wants no password."""

    salt: str = ""
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Identified:
    """We may ask."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to the request named ``request_id``."""

    request_id: str
    code: int


ObsMessage = Hello | Identified | Response


def parse(message: str | bytes) -> ObsMessage | None:
    """What OBS said; ``None`` for what has no meaning here. Anything at all may be handed in."""
    try:
        told = json.loads(message)
        data = told.get("d")
        return _meaning(told.get("op"), data if isinstance(data, dict) else {})
    except (ValueError, AttributeError, RecursionError):
        return None


def _meaning(opcode: object, data: dict[str, Any]) -> ObsMessage | None:
    match opcode:
        case 0:
            asked = data.get("authentication") or {}
            return Hello(str(asked.get("salt", "")), str(asked.get("challenge", "")))
        case 2:
            return Identified()
        case 7:
            status = data.get("requestStatus") or {}
            code = status.get("code")
            return Response(str(data.get("requestId")), code if isinstance(code, int) else 0)
    return None


def identify(hello: Hello, password: str) -> str:
    """The answer to ``hello``. Raises ``ObsRefused`` when there is no password for it."""
    told: dict[str, Any] = {"rpcVersion": RPC_VERSION, "eventSubscriptions": 0}
    if hello.challenge:
        if not password:
            raise ObsRefused(problems.OBS_WANTS_PASSWORD)
        told["authentication"] = authentication(password, hello.salt, hello.challenge)
    return json.dumps({"op": _IDENTIFY, "d": told})


def authentication(password: str, salt: str, challenge: str) -> str:
    """Proof of knowing ``password``."""
    return _hashed(_hashed(password + salt) + challenge)


def _hashed(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def stream_caption(request_id: str, text: str) -> str:
    """Show ``text`` as the caption of the stream."""
    return _request("SendStreamCaption", request_id, {"captionText": text})


def source_text(request_id: str, name: str, text: str) -> str:
    """Write ``text`` into a text source."""
    data = {"inputName": name, "inputSettings": {"text": text}, "overlay": True}
    return _request("SetInputSettings", request_id, data)


def _request(kind: str, request_id: str, data: dict[str, Any]) -> str:
    told = {"requestType": kind, "requestId": request_id, "requestData": data}
    whole = json.dumps({"op": _REQUEST, "d": told}, ensure_ascii=False)
    return whole.encode("utf-8", "replace").decode("utf-8")  # half a character could not be sent


def refusal(close_code: int | None) -> ObsRefused | None:
    """What a close code of OBS means; ``None`` for a connection that merely broke."""
    match close_code:
        case 4009:
            return ObsRefused(problems.OBS_PASSWORD)
        case 4010:
            return ObsRefused(problems.OBS_VERSION, is_lasting=True)
        case 4011:  # somebody pressed "kick"
            return ObsRefused(problems.OBS_ENDED, is_lasting=True)
    return None
