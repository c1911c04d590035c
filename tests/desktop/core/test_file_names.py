"""Names of recordings and of their results."""

from __future__ import annotations

import os

import pytest

from desktop.core.file_names import LONGEST_STEM_BYTES, is_media, shown, stems


def test_results_are_named_after_their_recording() -> None:
    assert stems([("/a", "talk.mp3"), ("/b", "talk.wav"), ("/a", "x.tar.gz")]) == ["talk", "talk", "x.tar"]


def test_two_recordings_of_one_name_keep_their_endings() -> None:
    assert stems([("/a", "talk.mp3"), ("/a", "talk.wav")]) == ["talk.mp3", "talk.wav"]
    assert stems([("/a", "talk.wav"), ("/a", "talk.mp3")]) == ["talk.wav", "talk.mp3"]
    assert stems([("/a", "Talk.mp3"), ("/a", "talk.wav")]) == ["Talk.mp3", "talk.wav"]


def test_what_is_alike_even_then_is_numbered() -> None:
    assert stems([("/out", "a.wav"), ("/out", "a.wav")]) == ["a.wav", "a.wav-2"]


@pytest.mark.parametrize("name", ["x" * 250 + ".wav", "语" * 80 + ".wav"])
def test_a_long_name_leaves_room_for_the_ending(name: str) -> None:
    (stem,) = stems([("/a", name)])
    assert 0 < len(os.fsencode(stem)) <= LONGEST_STEM_BYTES


def test_odd_names_are_shown_on_one_line() -> None:
    assert shown("two\nlines.wav") == "two␤lines.wav"
    assert shown(os.fsdecode(b"caf\xe9.wav")) == "caf�.wav"
    assert shown("\x1b[31mred.wav") == "�[31mred.wav"
    assert shown("语音.wav") == "语音.wav"


def test_hidden_files_and_other_kinds_are_no_recordings() -> None:
    assert [is_media(each) for each in ("a.WAV", "b.mkv", "c.txt", ".d.wav", "e")] == [
        True, True, False, False, False,
    ]  # fmt: skip
