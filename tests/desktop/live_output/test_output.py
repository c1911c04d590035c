"""Captions over a real WebSocket of this computer."""

from __future__ import annotations

import json
import socket
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from desktop.core.captions_facts import Source
from desktop.live_output.facts import LiveOutputTroubled
from desktop.live_output.reader import MOST_OWED
from desktop.live_output.server import MOST_READERS
from recognizer.funasr_wire import CLOSING, FRAME_BYTES, opening
from tests.desktop.live_output.conftest import Running
from tests.desktop.live_output.said import final, said

DEADLINE_S = 20.0


def reader(running: Running, url: str, query: str = "", **options: Any) -> ClientConnection:
    headers = {"Authorization": f"Bearer {running.token}"}
    return connect(f"{url}/{query}", additional_headers=headers, compression=None, proxy=None, **options)


def message(connection: ClientConnection) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(connection.recv(timeout=DEADLINE_S))
    return told


def test_every_reader_gets_the_captions_as_they_come(running: Running) -> None:
    url = running.serve()
    with reader(running, url) as first, reader(running, url, "?source=me") as mine:
        running.wait_listeners(2)
        running.output.publish(said(1, "the weather"))
        assert message(first)["text"] == "the weather"
        running.output.publish(said(1, "the weather is"))
        assert message(first)["text"] == " is"
        running.output.publish(final(2, "I agree.", Source.ME))
        running.output.publish(final(1, "The weather is nice."))
        assert [message(first)["text"] for _ in range(2)] == ["I agree.", "The weather is nice."]
        assert (told := message(mine))["wav_name"] == "Me" and told["text"] == "I agree."
    running.wait_listeners(0)


def test_a_page_of_this_computer_may_give_its_token_in_the_address(running: Running) -> None:
    url = running.serve()
    with connect(f"{url}/?token={running.token}", origin="null", proxy=None):
        running.wait_listeners(1)


@pytest.mark.parametrize(
    ("query", "options", "status"),
    [
        ("", {}, 401),
        ("?token=guess", {}, 401),
        ("?token={token}", {"origin": "https://example.org"}, 403),
        ("?token={token}", {"additional_headers": {"Authorization": "Bearer wrong"}}, 401),
    ],
)
def test_nobody_else_reads(running: Running, query: str, options: Any, status: int) -> None:
    url = running.serve()
    address = f"{url}/{query.format(token=running.token)}"
    with pytest.raises(InvalidStatus) as refused, connect(address, proxy=None, **options):
        pass
    assert refused.value.response.status_code == status


def test_only_this_computer_is_listened_to_and_the_token_is_the_users(running: Running) -> None:
    url = running.serve()
    assert url.startswith("ws://127.0.0.1:")
    assert stat.S_IMODE(running.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(running.token_file.parent.stat().st_mode) == 0o700
    port = int(url.rpartition(":")[2])
    listening = [each.laddr for each in psutil.Process().net_connections("inet") if each.status == "LISTEN"]
    assert [address.ip for address in listening if address.port == port] == ["127.0.0.1"]


def test_a_client_of_funasr_is_understood(running: Running) -> None:
    """It offers a subprotocol, sends settings and sound, says that it is done, and waits for an answer."""
    url = running.serve()
    with reader(running, url, subprotocols=[Subprotocol("binary")]) as client:
        assert client.subprotocol == "binary"
        client.send(opening("microphone"))
        for _ in range(20):
            client.send(bytes(FRAME_BYTES))
        running.wait_listeners(1)
        running.output.publish(final(1, "Heard."))
        assert message(client)["text"] == "Heard."
        client.send(CLOSING)
        assert message(client)["is_end"] is True


def test_a_reader_that_reads_nothing_holds_nobody_up_and_is_cut_off(running: Running) -> None:
    url = running.serve()
    stuck = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host = url.removeprefix("ws://")
    stuck.sendall(
        f"GET /?token={running.token} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    running.wait_listeners(1)
    with reader(running, url) as other:
        running.wait_listeners(2)
        long = "x" * 20_000
        count = MOST_OWED * 2
        for utterance_id in range(1, count + 1):
            running.output.publish(final(utterance_id, f"{utterance_id} {long}"))
            if utterance_id % 64 == 0:  # the other reads on
                for number in range(utterance_id - 63, utterance_id + 1):
                    assert message(other)["key"] == number
        running.wait_listeners(1)
        running.output.publish(final(count + 1, "still here"))
        assert message(other)["text"] == "still here"
    stuck.close()


def test_there_is_an_end_to_the_number_of_readers(running: Running) -> None:
    url = running.serve()
    with ExitStack() as readers:
        for _ in range(MOST_READERS):
            readers.enter_context(reader(running, url))
        running.wait_listeners(MOST_READERS)
        with pytest.raises(InvalidStatus) as refused, reader(running, url):
            pass
    assert refused.value.response.status_code == 503


def test_switched_off_it_says_good_bye_and_on_again_it_listens_again(running: Running) -> None:
    url = running.serve()
    with reader(running, url) as client:
        running.wait_listeners(1)
        running.choose(port=None)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=DEADLINE_S)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == CloseCode.GOING_AWAY
    running.wait_changed(lambda told: not told.url)
    with pytest.raises(ConnectionRefusedError), reader(running, url):
        pass
    token = running.token
    with reader(running, running.serve()):
        running.wait_listeners(1)
    assert running.token == token, "scripts keep theirs"


def test_a_taken_port_is_told_and_another_taken_up(running: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running.choose(port=port)
        problem = running.log.wait_for(LiveOutputTroubled).problem
        assert (problem.code, str(port) in problem.sentence) == ("live-output-port", True)
    assert running.serve(port) == f"ws://127.0.0.1:{port}"


def test_a_token_that_cannot_be_kept_is_told(running: Running, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    running.choose(port=0)
    assert running.log.wait_for(LiveOutputTroubled).problem.code == "live-output-token"


def test_garbage_hurts_nobody(running: Running) -> None:
    url = running.serve()
    port = int(url.rpartition(":")[2])
    for sent in (b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", b"GET " + b"x" * 100_000):
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(sent)
    with reader(running, url) as client:
        client.send("{" * 1000)
        client.send("[1]")
        running.wait_listeners(1)
        running.output.publish(final(1, "fine"))
        assert message(client)["text"] == "fine"


def test_stopping_twice_and_publishing_afterwards_is_harmless(running: Running) -> None:
    running.serve()
    running.output.stop()
    running.output.publish(final(1, "too late"))
    running.output.stop()
