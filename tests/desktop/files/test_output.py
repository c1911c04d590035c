"""Results on a real disk: whole or not at all, never over somebody else's file."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.files.output import OutputFailed, can_be_written, folder_named, write_whole
from desktop.files.problems import output_unwritable


def test_a_result_is_written_with_the_users_own_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "below" / "a.txt", b"words", may_replace=False)
    finally:
        os.umask(before)
    assert (tmp_path / "below" / "a.txt").read_bytes() == b"words"
    assert (tmp_path / "below" / "a.txt").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["a.txt"]


def test_nothing_is_overwritten_unless_it_may_be(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"theirs")
    with pytest.raises(OutputFailed) as failed:
        write_whole(target, b"ours", may_replace=False)
    assert failed.value.problem.code == "output.exists" and target.read_bytes() == b"theirs"
    write_whole(target, b"ours", may_replace=True)
    assert target.read_bytes() == b"ours"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_link_to_another_file_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "a.txt").symlink_to(tmp_path / "theirs")
    with pytest.raises(OutputFailed):
        write_whole(tmp_path / "a.txt", b"ours", may_replace=False)
    write_whole(tmp_path / "a.txt", b"ours", may_replace=True)
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 10 bytes; not the test runner's report either, so be short."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_result_that_does_not_fit_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"before")
    with full_disk(), pytest.raises(OutputFailed) as failed:
        write_whole(tmp_path / "a.txt", b"a lot of words", may_replace=True)
    assert failed.value.problem.code == "output.unwritable"
    assert (tmp_path / "a.txt").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_has_its_own_sentence() -> None:
    problem = output_unwritable("a.txt", "No space left on device", 28)
    assert problem.code == "output.disk_full" and "kept" in problem.remedy


def test_a_folder_is_tried_before_hours_of_work(tmp_path: Path) -> None:
    assert can_be_written(tmp_path / "new" / "folder") is None
    (tmp_path / "file").touch()
    problem = can_be_written(tmp_path / "file" / "below")
    assert problem is not None and problem.code == "output.unwritable"
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_folder_of_nobody_is_a_name_like_any_other() -> None:
    assert folder_named("") is None
    assert folder_named("~") == Path.home()
    assert folder_named("~nobody of that name/notes") == Path("~nobody of that name/notes")
