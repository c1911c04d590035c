"""Who may read the captions."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from desktop.live_output.access import read_or_make_token, source_of, status_for

TOKEN = "a-token-of-enough-letters-0123456789"
HOST = {"host": "127.0.0.1:1234"}


def test_the_token_is_made_once_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token"
    token = read_or_make_token(path)
    assert len(token) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_token(path) == token
    assert read_or_make_token(tmp_path / "other") != token


@pytest.mark.parametrize("content", ["", "short\n", "with a space in it, and long enough", "é" * 40])
def test_a_file_that_holds_no_token_gets_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(0o644)
    token = read_or_make_token(path)
    assert path.read_text().strip() == token != content.strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_token_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o644)
    assert read_or_make_token(path) == TOKEN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/", {"authorization": f"Bearer {TOKEN}"}, 101),
        ("/", {"authorization": TOKEN}, 101),
        (f"/?token={TOKEN}", {}, 101),
        (f"/captions?source=me&token={TOKEN}", {}, 101),
        ("/", {}, 401),
        ("/?token=", {}, 401),
        (f"/?token={TOKEN}x", {}, 401),
        (f"/?token={TOKEN[:-1]}", {}, 401),
        ("/?token=%ff%fe", {}, 401),
        ("/", {"authorization": "Bearer "}, 401),
        ("/", {"authorization": "Basic é"}, 401),
        ("//[", {}, 401),
        # pages of the web
        ("/", {"origin": "https://example.org"}, 403),
        (f"/?token={TOKEN}", {"origin": "https://example.org"}, 403),
        (f"/?token={TOKEN}", {"origin": "http://127.0.0.1.example.org"}, 403),
        (f"/?token={TOKEN}", {"origin": "http://localhost@example.org"}, 403),
        (f"/?token={TOKEN}", {"origin": "http://["}, 403),
        (f"/?token={TOKEN}", {"origin": ""}, 403),
        ("/", {"origin": "http://localhost:8080"}, 401),
        # pages of this computer
        (f"/?token={TOKEN}", {"origin": "http://localhost:8080"}, 101),
        (f"/?token={TOKEN}", {"origin": "http://127.0.0.1"}, 101),
        (f"/?token={TOKEN}", {"origin": "http://[::1]:5"}, 101),
        (f"/?token={TOKEN}", {"origin": "null"}, 101),
        # a name that merely resolves to this computer
        (f"/?token={TOKEN}", {"host": "example.org:1234"}, 403),
        (f"/?token={TOKEN}", {"host": ""}, 403),
        (f"/?token={TOKEN}", {"host": "localhost"}, 101),
    ],
)
def test_who_may_read(target: str, headers: dict[str, str], status: int) -> None:
    assert status_for(target, HOST | headers, TOKEN) == status


def test_whom_a_reader_wants() -> None:
    assert [source_of(f"/?source={each}") for each in ("me", "others", "both", "")] == [
        "me",
        "others",
        "",
        "",
    ]
    assert source_of("/") == ""
