"""Reading the captions that another process offers: ``plosive captions tail``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, Final

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from audio.events import Problem

CONNECT_DEADLINE_S: Final = 5.0
MOST_MESSAGE_BYTES: Final = 4 << 20
_library_log = logging.getLogger("desktop.live_output.library")

REFUSED: Final = Problem(
    "live-output-refused",
    "The running program does not let this command read the captions.",
    "The file with its token may be an old one: switch the live output off and on in the settings.",
)
UNREACHABLE: Final = Problem(
    "live-output-unreachable",
    "The captions of the running program cannot be reached.",
    "Try again; if it stays so, switch the live output off and on in the settings.",
)


class FollowingFailed(Exception):
    """There is nothing to read; ``problem`` tells why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def follow(url: str, token: str, source: str = "") -> Iterator[dict[str, Any]]:
    """Every message until the program ends or switches its live output off. Raises ``FollowingFailed``."""
    address = f"{url}/?source={source}" if source else url
    try:
        with connect(
            address,
            additional_headers={"Authorization": f"Bearer {token}"},
            user_agent_header="Plosive",
            compression=None,
            proxy=None,
            open_timeout=CONNECT_DEADLINE_S,
            close_timeout=1.0,
            max_size=MOST_MESSAGE_BYTES,
            logger=_library_log,
        ) as connection:
            for message in connection:
                told = json.loads(message)
                if isinstance(told, dict):
                    yield told
    except ConnectionClosed:
        return
    except InvalidStatus as refused:
        is_token = refused.response.status_code in (401, 403)
        raise FollowingFailed(REFUSED if is_token else UNREACHABLE) from refused
    except (OSError, WebSocketException, TimeoutError, ValueError) as error:
        raise FollowingFailed(UNREACHABLE) from error
