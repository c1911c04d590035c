"""Which recordings names, folders and patterns stand for; when a growing file is finished."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from audio.source import SourceFailed
from desktop.files.gathering import Found, gather
from desktop.files.identity import identity_of, is_unchanged, work_key
from desktop.files.watching import FolderWatch
from recognizer.events import ModelSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.wav", "a.MP3", "notes.txt", ".hidden.wav", "below/c.mkv", ".git/d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "loop").symlink_to(tmp_path)
    return tmp_path


def test_a_folder_stands_for_the_recordings_below_it_in_one_order(folder: Path) -> None:
    found, problems = gather([str(folder)])
    assert [(each.path.relative_to(folder).as_posix(), each.below) for each in found] == [
        ("a.MP3", "."), ("b.wav", "."), ("below/c.mkv", "below"),
    ]  # fmt: skip
    assert problems == []


def test_each_file_once_and_a_named_one_whatever_its_ending(folder: Path) -> None:
    names = [
        str(folder / "notes.txt"),
        str(folder / "b.wav"),
        str(folder),
        str(folder / "loop" / "b.wav"),
        "-",
    ]
    found, _ = gather(names)
    assert [each.path.name for each in found] == ["notes.txt", "b.wav", "a.MP3", "c.mkv", "-"]


def test_patterns(folder: Path) -> None:
    found, _ = gather([str(folder / "*.wav")])
    assert [each.path.name for each in found] == ["b.wav"]
    found, _ = gather([str(folder / "**" / "*.mkv")])
    assert [each.path.name for each in found] == ["c.mkv"]
    (folder / "[x].wav").touch()
    found, _ = gather([str(folder / "[x].wav")])  # a file of that name comes before the pattern
    assert [each.path.name for each in found] == ["[x].wav"]


def test_what_is_not_there_is_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    names = ("absent.wav", "no*.wav", "empty", "n" * 300)
    _, problems = gather([str(folder / name) for name in names])
    assert [each.code for each in problems] == [
        "file.missing", "file.missing", "file.none_in_folder", "file.missing",
    ]  # fmt: skip


def test_an_identity_changes_with_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(1 << 20))
    first = identity_of(path)
    assert identity_of(path) == first and is_unchanged(path, first)
    with path.open("r+b") as file:
        file.seek(1 << 19)
        file.write(b"x")
    os.utime(path, ns=(first.modified_ns, first.modified_ns))
    assert identity_of(path).key != first.key and is_unchanged(path, first)
    with path.open("ab") as file:
        file.write(b"more")
    assert not is_unchanged(path, first)
    path.unlink()
    assert is_unchanged(path, first)  # what was open could be read to its end


def test_what_is_no_file_has_no_identity(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for name, code in (
        ("pipe.wav", "file.not_regular"),
        (".", "file.unreadable"),
        ("no.wav", "file.missing"),
    ):
        with pytest.raises(SourceFailed) as failed:
            identity_of(tmp_path / name)
        assert failed.value.problem.code == code


def test_work_depends_on_the_model_but_not_on_where_it_runs() -> None:
    model = ModelSpec("paraformer", "m", "/m", "cuda:0")
    assert work_key(model, 1) == work_key(ModelSpec("paraformer", "m", "/m", "cpu"), 1)
    assert work_key(model, 1) != work_key(model, 2)
    for name, is_same in (("speakers_model", True), ("punctuation", False)):
        other = replace(model, options=(*model.options, (name, "folder")))
        assert (work_key(model, 1) == work_key(other, 1)) is is_same
    assert work_key(model, 1) != work_key(ModelSpec("paraformer", "m", "/m", "cuda:0", "bf16"), 1)


def test_a_watched_file_is_told_once_when_it_stands_still(tmp_path: Path) -> None:
    now = [0.0]
    watch = FolderWatch([tmp_path], lambda: now[0], settled_s=3.0)
    path = tmp_path / "a.wav"
    path.write_bytes(b"1")

    def names(at_s: float) -> list[str]:
        now[0] = at_s
        return [each.path.name for each in watch.finished()]

    assert names(0.0) == []
    path.write_bytes(b"12")
    assert names(2.0) == [] and watch.is_waiting  # it grew
    assert names(4.0) == []
    assert names(5.0) == ["a.wav"] and not watch.is_waiting
    assert names(60.0) == []
    path.write_bytes(b"123")
    assert names(61.0) == [] and names(65.0) == ["a.wav"]
    path.unlink()
    (tmp_path / "empty.wav").touch()
    assert names(70.0) == [] and names(80.0) == []  # nothing in it yet


def test_a_watched_file_that_no_recognizer_was_there_for_is_told_again_later(tmp_path: Path) -> None:
    now = [0.0]
    watch = FolderWatch([tmp_path], lambda: now[0], settled_s=3.0)
    (tmp_path / "a.wav").write_bytes(b"1")
    told: list[Found] = []
    for now[0] in (0.0, 3.0):
        told += watch.finished()
    assert [each.path.name for each in told] == ["a.wav"]
    watch.again(told)
    for now[0] in (4.0, 30.0, 62.0):
        assert watch.finished() == []
    now[0] = 63.0
    assert watch.finished() == told
    now[0] = 200.0
    assert watch.finished() == []
