"""The remote recognizer against a server of ours, over real sockets: words, faults, and never a lost sample.

The server's text is a checksum of the sound that arrived, so an equal text means equal sound.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audio.events import Problem
from recognizer import events
from recognizer import remote_problems as problems
from recognizer.remote import RemoteRecognizer
from recognizer.remote_deadlines import RemoteDeadlines
from recognizer.remote_desk import MOST_CONNECTIONS
from recognizer.remote_server import BAD_URL, PASSWORD_IN_URL, Server, problem_of_url
from recognizer.text.options import TextOptions
from tests.fakes.event_log import EventLog
from tests.fakes.funasr_server import FunasrServer, Manners, RawServer, text_of

QUICK = RemoteDeadlines(
    connect_s=2.0, ask_s=0.3, send_s=2.0, answer_s=0.5, answer_per_s=0.0, grace_s=0.3, close_s=0.3,
    pauses_s=(0.05, 0.1, 0.2),
)  # fmt: skip
NewRecognizer = Callable[..., RemoteRecognizer]


def speech(ms: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(ms * 32)


def say(
    recognizer: RemoteRecognizer,
    utterance_id: int,
    pcm: bytes,
    *,
    piece: int = 640,
    priority: events.Priority = events.Priority.DICTATION,
) -> None:
    recognizer.begin(utterance_id, priority)
    for start in range(0, len(pcm), piece):
        recognizer.feed(utterance_id, pcm[start : start + piece])


@pytest.fixture
def log() -> EventLog:
    return EventLog()


@pytest.fixture
def new_recognizer(log: EventLog) -> Iterator[NewRecognizer]:
    made: list[RemoteRecognizer] = []

    def new(url: str, deadlines: RemoteDeadlines = QUICK, **more: object) -> RemoteRecognizer:
        server = Server(url, **more)  # type: ignore[arg-type]
        made.append(RemoteRecognizer(log.emit, server, deadlines=deadlines))
        made[-1].load(server.as_model())
        return made[-1]

    yield new
    for recognizer in made:
        recognizer.stop()
    assert not [thread.name for thread in threading.enumerate() if thread.name == "recognizer"]


def failed_load(log: EventLog) -> Problem:
    return log.wait_for(events.LoadFailed).problem


# ------------------------------------------------------------------------------------------------ good days


@pytest.mark.parametrize("protocol", ["auto", "told"])
@pytest.mark.parametrize("dialect", ["python", "old-python", "cpp", "realtime"])
def test_every_server_gives_the_whole_text(
    dialect: str, protocol: str, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    told = "realtime" if dialect == "realtime" else "2pass"
    with FunasrServer(Manners(dialect=dialect)) as server:
        recognizer = new_recognizer(server.url, protocol="auto" if protocol == "auto" else told)
        ready = log.wait_for(events.Ready)
        assert (ready.device, ready.pid, ready.notice) == ("server", 0, None)
        pcm = speech(3100)
        say(recognizer, 7, pcm, piece=1000)
        recognizer.end(7)
        final = log.wait_for(events.Final)
    assert (final.utterance_id, final.text, final.audio_ms) == (7, text_of(pcm), 3100)
    assert server.seen.sounds[-1] == pcm
    partials = [event for event in log.of(events.Partial) if event.utterance_id == 7]
    assert len(partials) >= 5
    assert all(partial.audio_ms <= 3100 for partial in partials)


def test_events_come_in_the_order_of_a_worker(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        log.wait_for(events.Ready)
        recognizer.unload()
        gone = log.wait_for(events.WorkerExited)
        recognizer.load(Server(server.url).as_model())
        log.wait_for(events.Ready, generation=2)
    assert (gone.expected, gone.replaying, gone.how, gone.pid) == (True, False, "asked", 0)
    kinds = [type(event).__name__ for event in log.seen]
    again = ["WorkerStarting", "Loading", "Ready"]
    assert kinds == [*again, "WorkerExited", *again]


def test_several_sentences_in_one_utterance(log: EventLog, new_recognizer: NewRecognizer) -> None:
    for dialect in ("python", "cpp"):
        with FunasrServer(Manners(dialect=dialect, sentence_every_chunks=2)) as server:
            recognizer = new_recognizer(server.url, protocol="2pass")
            pcm = speech(600 * 5 + 100)
            say(recognizer, 1, pcm)
            recognizer.end(1)
            final = log.wait_for(events.Final)
        # Sound is cut anew after each sentence, always at a multiple of 600 ms.
        assert final.text == text_of(pcm)
        assert [event for event in log.of(events.Partial) if event.committed and event.tentative]


def test_utterances_follow_each_other_on_connections_of_their_own(
    log: EventLog, new_recognizer: NewRecognizer
) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        sounds = {number: speech(700 + 130 * number, seed=number) for number in range(1, 9)}
        for number, pcm in sounds.items():
            say(recognizer, number, pcm)
            recognizer.end(number)
        finals = [log.wait_for(events.Final) for _ in sounds]
    assert {final.utterance_id: final.text for final in finals} == {
        number: text_of(pcm) for number, pcm in sounds.items()
    }
    assert server.seen.connections == len(sounds)  # the first one was opened by load
    assert 1 <= server.seen.most_at_once <= 4


def test_a_dictation_waits_for_no_file(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        recordings = {number: speech(700, seed=number) for number in range(1, MOST_CONNECTIONS + 3)}
        for number, pcm in recordings.items():
            say(recognizer, number, pcm, priority=events.Priority.FILE)
        log.wait_for(events.Partial)
        said = speech(900, seed=100)
        say(recognizer, 100, said)
        recognizer.end(100)
        assert log.wait_for(events.Final).text == text_of(said)
        for number in recordings:
            recognizer.end(number)
        assert {log.wait_for(events.Final).utterance_id for _ in recordings} == set(recordings)
    assert server.seen.most_at_once <= MOST_CONNECTIONS + 1


def test_frames_are_as_the_server_needs_them(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        say(recognizer, 1, speech(1010), piece=514)
        recognizer.end(1)
        log.wait_for(events.Final)
    assert set(server.seen.frames[:-1]) == {1920}
    assert json.loads(server.seen.texts[0])["chunk_size"] == [5, 10, 5]


def test_what_was_said_before_the_connection_is_caught_up_with(
    log: EventLog, new_recognizer: NewRecognizer
) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        log.wait_for(events.Ready)
        recognizer.unload()
        pcm = speech(1500)
        say(recognizer, 1, pcm)
        recognizer.end(1)
        log.wait_for(events.WorkerExited)
        recognizer.load(Server(server.url).as_model())
        assert log.wait_for(events.Final).text == text_of(pcm)


def test_an_unload_in_mid_utterance_loses_no_word(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        pcm = speech(2500)
        say(recognizer, 1, pcm[:40_000])
        log.wait_for(events.Partial)
        recognizer.unload()
        log.wait_for(events.WorkerExited)
        recognizer.feed(1, pcm[40_000:])
        recognizer.end(1)
        recognizer.load(Server(server.url).as_model())
        assert log.wait_for(events.Final).text == text_of(pcm)


def test_a_cancelled_utterance_is_never_heard_of_again(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        say(recognizer, 1, speech(2000))
        log.wait_for(events.Partial)
        recognizer.cancel(1)
        recognizer.end(1)
        say(recognizer, 2, speech(900))
        recognizer.end(2)
        assert log.wait_for(events.Final).utterance_id == 2
    assert [event.utterance_id for event in log.of(events.Final)] == [2]


def test_questions_are_answered_while_connected(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        recognizer.standby(Server(server.url).as_model())
        log.wait_for(events.Ready)
        recognizer.report_memory()
        assert log.wait_for(events.MemoryReported).reserved_bytes == 0
        recognizer.clean_cache()
        log.wait_for(events.CacheCleaned)


def test_texts_come_back_as_they_are_for_they_were_finished_at_once(
    log: EventLog, new_recognizer: NewRecognizer
) -> None:
    with FunasrServer() as server:
        new_recognizer(server.url).finish_texts(5, ("one", "two"))
        assert log.wait_for(events.TextsFinished) == events.TextsFinished(5, ("one", "two"))


def test_the_users_own_spellings_hold_for_a_servers_text_too(
    log: EventLog, new_recognizer: NewRecognizer, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    pcm = speech(700)
    words.write_text(f"{text_of(pcm)} => Plosive\n", encoding="utf-8")
    with FunasrServer(Manners(dialect="python")) as server:
        recognizer = new_recognizer(server.url, text=TextOptions(replacements_file=str(words)))
        say(recognizer, 1, pcm)
        recognizer.end(1)
        assert log.wait_for(events.Final).text == "Plosive"


def test_settings_reach_the_server(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer(Manners(dialect="realtime")) as server:
        recognizer = new_recognizer(server.url, protocol="realtime", language="中文", hotwords=("阿里",))
        say(recognizer, 1, speech(700))
        recognizer.end(1)
        log.wait_for(events.Final)
    assert server.seen.texts == ["HOTWORDS:阿里", "LANGUAGE:中文", "START", "STOP"]


# ------------------------------------------------------------------------------------------------- bad days


@pytest.mark.parametrize("dialect", ["python", "cpp", "realtime"])
def test_a_connection_cut_in_mid_utterance_changes_nothing(
    dialect: str, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    with FunasrServer(Manners(dialect=dialect, faulty=2, close_after_bytes=30_000)) as server:
        recognizer = new_recognizer(server.url)
        pcm = speech(3000)
        say(recognizer, 1, pcm)
        recognizer.end(1)
        assert log.wait_for(events.Final).text == text_of(pcm)
    assert server.seen.deaths == 2


def test_a_server_killed_and_started_again_while_the_user_speaks(
    log: EventLog, new_recognizer: NewRecognizer
) -> None:
    server = FunasrServer()
    server.start()
    recognizer = new_recognizer(server.url)
    pcm = speech(4000)
    say(recognizer, 1, pcm[:60_000])
    log.wait_for(events.Partial)
    server.stop()
    recognizer.feed(1, pcm[60_000:90_000])
    server.start()
    with_it_again = server.seen.connections
    recognizer.feed(1, pcm[90_000:])
    recognizer.end(1)
    final = log.wait_for(events.Final)
    server.stop()
    assert final.text == text_of(pcm)
    assert server.seen.connections > with_it_again or server.seen.sounds == [pcm]


def test_a_server_that_is_gone_for_good(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        say(recognizer, 1, speech(1500))
        log.wait_for(events.Partial)
    recognizer.end(1)
    gone = log.wait_for(events.WorkerExited)
    assert (gone.expected, gone.replaying, gone.problem) == (False, False, problems.UNREACHABLE)
    failed = log.wait_for(events.UtteranceFailed)
    assert failed.problem == problems.UNREACHABLE
    assert log.seen.index(gone) < log.seen.index(failed), "captions give up what fails while a model is there"
    recognizer.load(Server(server.url).as_model())
    assert failed_load(log) == problems.UNREACHABLE
    say(recognizer, 2, speech(100))
    recognizer.end(2)
    assert log.wait_for(events.UtteranceFailed, utterance_id=2).problem == problems.UNREACHABLE


def test_a_server_that_stalls_once(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer(Manners(faulty=1, stall=True)) as server:
        recognizer = new_recognizer(server.url)
        pcm = speech(1300)
        say(recognizer, 1, pcm)
        recognizer.end(1)
        assert log.wait_for(events.Final).text == text_of(pcm)
    assert server.seen.connections == 2


LIES: dict[str, tuple[tuple[str | bytes, ...], Problem]] = {
    "nothing": ((), problems.STALLED),
    "bytes": ((b"\x00" * 500,), problems.GARBLED),
    "no JSON": (("<html>502</html>",), problems.GARBLED),
    "a list": (("[1, 2]",), problems.GARBLED),
    "a number as text": (('{"mode": "2pass-offline", "text": 5}',), problems.GARBLED),
    "deep nesting": (("[" * 100_000,), problems.GARBLED),
    "a huge message": (("x" * 300_000,), problems.GARBLED),
    "an endless text": (
        (*[json.dumps({"mode": "2pass-online", "text": "x" * 9000})] * 4,), problems.GARBLED,
    ),
    "somebody else's text": (
        (json.dumps({"mode": "2pass-offline", "text": "secret", "wav_name": "utterance-9"}),),
        problems.WRONG_UTTERANCE,
    ),
    "an error": (
        (json.dumps({"mode": "2pass", "is_end": True, "is_final": False, "error": "CUDA"}),),
        problems.FAILED_THERE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies(lie: str, log: EventLog, new_recognizer: NewRecognizer) -> None:
    """It fails the utterance with its problem, and the next one is served."""
    says, problem = LIES[lie]
    quick = RemoteDeadlines(**{**_fields(QUICK), "pauses_s": (0.02, 0.02), "answer_s": 0.25})
    with FunasrServer(Manners(faulty=99, says=says)) as server:
        recognizer = new_recognizer(server.url, quick)
        say(recognizer, 1, speech(1300))
        recognizer.end(1)
        assert log.wait_for(events.UtteranceFailed).problem == problem
        server.manners.faulty = 0
        pcm = speech(900, seed=2)
        say(recognizer, 2, pcm)
        recognizer.end(2)
        assert log.wait_for(events.Final, utterance_id=2).text == text_of(pcm)
    assert "secret" not in str(log.of(events.Partial))
    assert not log.of(events.WorkerExited)


def _fields(deadlines: RemoteDeadlines) -> dict[str, object]:
    return {name: getattr(deadlines, name) for name in deadlines.__dataclass_fields__}


def test_an_end_told_before_ours_is_not_believed(log: EventLog, new_recognizer: NewRecognizer) -> None:
    end = json.dumps({"mode": "2pass", "is_end": True, "is_final": True})
    text = json.dumps({"mode": "2pass-online", "text": "more"})
    with FunasrServer(Manners(faulty=9, says=(end, text))) as server:
        recognizer = new_recognizer(server.url)
        say(recognizer, 1, speech(60))
        log.wait_for(events.Partial)
        recognizer.end(1)
        assert log.wait_for(events.Final).text == "more"


def test_text_without_a_second_pass_is_kept(log: EventLog, new_recognizer: NewRecognizer) -> None:
    """Words that the server said and then forgot to confirm are words all the same."""
    deltas = tuple(json.dumps({"mode": "2pass-online", "text": text}) for text in ("今天", "天气"))
    with FunasrServer(Manners(faulty=9, says=deltas)) as server:
        recognizer = new_recognizer(server.url)
        say(recognizer, 1, speech(60))
        recognizer.end(1)
        assert log.wait_for(events.Final).text == "今天天气"


def test_a_flood_of_meaningless_messages_has_an_end(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer(Manners(faulty=9, says=("{}",) * 25_000)) as server:
        recognizer = new_recognizer(server.url, RemoteDeadlines(pauses_s=()))
        say(recognizer, 1, speech(60))
        recognizer.end(1)
        assert log.wait_for(events.UtteranceFailed).problem == problems.GARBLED


def test_broken_sound_fails_its_utterance_only(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        recognizer = new_recognizer(server.url)
        recognizer.begin(1)
        recognizer.feed(1, b"\0\0\0")
        recognizer.feed(99, b"\0\0")
        recognizer.end(1)
        recognizer.end(99)
        assert log.wait_for(events.UtteranceFailed).problem.code == "recognizer-broken-audio"
        say(recognizer, 2, b"")
        recognizer.end(2)
        assert log.wait_for(events.Final).text == ""


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, problems.ACCESS_DENIED),
        (403, problems.ACCESS_DENIED),
        (404, problems.NOT_A_SERVER),
        (302, problems.NOT_A_SERVER),
        (429, problems.BUSY),
        (503, problems.BUSY),
    ],
)
def test_a_server_that_turns_us_away(
    status: int, problem: Problem, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    with FunasrServer() as elsewhere:
        manners = Manners(status=status, location=elsewhere.url if status == 302 else None)
        with FunasrServer(manners) as server:
            new_recognizer(server.url)
            assert failed_load(log) == problem
    assert elsewhere.seen.connections == 0


def test_a_proxy_that_does_not_let_us_through(
    log: EventLog, new_recognizer: NewRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with RawServer(b"HTTP/1.1 403 Forbidden\r\n\r\n") as proxy:
        for address in (f"http://127.0.0.1:{proxy.port}", f"socks5h://127.0.0.1:{proxy.port}"):
            monkeypatch.setenv("https_proxy", address)
            new_recognizer("ws://server.invalid:10095")
            assert failed_load(log) == problems.PROXY


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"\xff" * 5000, b"HTTP/1.1 200 OK\r\n\r\nhello"]
)
def test_something_else_at_the_address(answer: bytes, log: EventLog, new_recognizer: NewRecognizer) -> None:
    with RawServer(answer) as server:
        new_recognizer(f"ws://127.0.0.1:{server.port}")
        assert failed_load(log) in (problems.NOT_A_SERVER, problems.HANGS_UP)


def test_nobody_at_the_address(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with RawServer(b"") as server:
        port = server.port
    new_recognizer(f"ws://127.0.0.1:{port}")
    assert failed_load(log) == problems.UNREACHABLE


def test_an_address_that_is_none(log: EventLog, new_recognizer: NewRecognizer) -> None:
    new_recognizer("ws://")
    assert failed_load(log) == BAD_URL


def test_stop_does_not_wait_for_a_silent_server(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer(Manners(faulty=9, stall=True)) as server:
        recognizer = new_recognizer(server.url, RemoteDeadlines())
        say(recognizer, 1, speech(500))
        recognizer.end(1)
        log.wait_for(events.Ready)
        recognizer.stop(3.0)
        recognizer.begin(2)  # nobody listens; nothing breaks
        recognizer.stop()


# ----------------------------------------------------------------------------------------- keys and secrets


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ca.pem``, and ``server.pem`` signed by it for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("tls")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca = ["-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority"]
    request = ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server"]
    sign = ["-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    for command in (
        ["req", *new_key, *ca],
        ["req", *new_key, *request],
        ["x509", "-req", *sign, "-extfile", "names", "-out", "server.pem"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls_server(authority: Path) -> Iterator[FunasrServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    with FunasrServer(Manners(token="Bearer open-sesame"), context) as server:
        yield server


def test_own_authority_and_token(
    tls_server: FunasrServer, authority: Path, tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    token = tmp_path / "token"
    token.write_text("open-sesame\nmore\n")
    ca_file = str(authority / "ca.pem")
    recognizer = new_recognizer(tls_server.url, ca_file=ca_file, token_file=str(token))
    assert log.wait_for(events.Ready).notice is None
    pcm = speech(1300)
    say(recognizer, 1, pcm)
    recognizer.end(1)
    assert log.wait_for(events.Final).text == text_of(pcm)


def test_a_corrected_token_and_authority_count_without_a_new_program(
    tls_server: FunasrServer, authority: Path, tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    recognizer = new_recognizer(tls_server.url)
    assert failed_load(log) == problems.UNTRUSTED
    (tmp_path / "token").write_text("open-sesame")
    corrected = Server(tls_server.url, ca_file=str(authority / "ca.pem"), token_file=str(tmp_path / "token"))
    recognizer.configure(corrected)
    recognizer.load(corrected.as_model())
    log.wait_for(events.Ready)
    recognizer.configure(replace(corrected, token_file=str(tmp_path / "gone")))
    say(recognizer, 1, speech(700))
    recognizer.end(1)
    assert log.wait_for(events.UtteranceFailed).problem == problems.BAD_TOKEN_FILE


def test_an_unknown_authority_gets_nothing(
    tls_server: FunasrServer, tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    token = tmp_path / "token"
    token.write_text("open-sesame")
    new_recognizer(tls_server.url, token_file=str(token))
    assert failed_load(log) == problems.UNTRUSTED
    assert tls_server.seen.headers == []


def test_insecure_is_possible_and_told(
    tls_server: FunasrServer, tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    token = tmp_path / "token"
    token.write_text("Bearer open-sesame")
    new_recognizer(tls_server.url, token_file=str(token), is_insecure=True)
    assert log.wait_for(events.Ready).notice == problems.INSECURE


def test_a_wrong_name_in_the_certificate(
    tls_server: FunasrServer, authority: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    url = tls_server.url.replace("127.0.0.1", "localhost")
    new_recognizer(url, ca_file=str(authority / "ca.pem"))
    assert failed_load(log) == problems.UNTRUSTED


def test_a_wrong_token_is_not_tried_again(
    tls_server: FunasrServer, authority: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    new_recognizer(tls_server.url, ca_file=str(authority / "ca.pem"))
    assert failed_load(log) == problems.ACCESS_DENIED
    assert len(tls_server.seen.headers) == 1


def test_encryption_asked_of_a_server_without(log: EventLog, new_recognizer: NewRecognizer) -> None:
    with FunasrServer() as server:
        new_recognizer(server.url.replace("ws:", "wss:"))
        assert failed_load(log) == problems.HANGS_UP
    with RawServer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as web_server:
        new_recognizer(f"wss://127.0.0.1:{web_server.port}")
        assert failed_load(log) == problems.NO_ENCRYPTION


@pytest.mark.parametrize("content", [None, "", "\n", "schlüssel", "a\x01b"])
def test_bad_token_files(
    content: str | None, tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content, encoding="utf-8")
    new_recognizer("ws://127.0.0.1:1", token_file=str(tmp_path / "token"))
    assert failed_load(log) == problems.BAD_TOKEN_FILE


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_bad_authority_files(
    content: str | None, tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    if content is not None:
        (tmp_path / "ca").write_text(content)
    new_recognizer("wss://127.0.0.1:1", ca_file=str(tmp_path / "ca"))
    assert failed_load(log) == problems.BAD_CA_FILE


def test_a_secret_never_travels_in_the_open(
    tmp_path: Path, log: EventLog, new_recognizer: NewRecognizer
) -> None:
    (tmp_path / "token").write_text("open-sesame")
    new_recognizer("ws://recogniser.invalid:1", token_file=str(tmp_path / "token"))
    assert failed_load(log) == problems.TOKEN_IN_THE_OPEN


def test_words_are_never_logged(
    log: EventLog, new_recognizer: NewRecognizer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with FunasrServer(Manners(faulty=1, close_after_bytes=30_000)) as server:
        recognizer = new_recognizer(server.url, hotwords=("Geheimwort",))
        pcm = speech(1500)
        say(recognizer, 1, pcm)
        recognizer.end(1)
        text = log.wait_for(events.Final).text
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("recognizer"))
    assert "server-lost" in ours  # something was logged at all
    assert text.split(".")[0] not in ours
    assert "Geheimwort" not in ours


@pytest.mark.parametrize("url", ["ws://a", "wss://a:10095", "wss://a.b/path?x=1", "ws://[::1]:80", "WSS://a"])
def test_good_addresses(url: str) -> None:
    assert problem_of_url(url) is None


@pytest.mark.parametrize(
    "url",
    ["http://a", "a:10095", "ws://", "ws://a:x", "ws://a:0", "ws://a:99999", "ws://[::1", "ws://a b", "ws://ä",
     "ws://a\n", "ws://a/#x", "wss:a"],
)  # fmt: skip
def test_bad_addresses(url: str) -> None:
    assert problem_of_url(url) == BAD_URL


def test_no_secret_in_an_address() -> None:
    assert problem_of_url("wss://me:secret@a") == PASSWORD_IN_URL


def test_what_is_this_computer() -> None:
    assert Server("ws://127.0.0.1:1").is_this_computer
    assert Server("ws://[::1]:1").is_this_computer
    assert Server("ws://localhost").is_this_computer
    assert not Server("ws://10.0.0.1").is_this_computer
    assert not Server("ws://127.0.0.1.example.org").is_this_computer
