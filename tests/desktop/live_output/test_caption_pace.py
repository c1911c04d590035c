"""What stands in a place of few lines, and when it changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.core.text_columns import columns
from desktop.live_output.caption_pace import CaptionPace, Place, last_lines
from tests.desktop.live_output.said import final, said

PLACE = Place(columns=20, lines=2, rest_ms=1000.0, clear_ms=8000.0)


def test_a_growing_text_changes_no_more_often_than_the_place_allows() -> None:
    pace = CaptionPace(PLACE)
    shown = []
    for step in range(30):  # a word each 100 ms
        pace.add(said(1, " ".join(str(number) for number in range(step + 1))))
        if (text := pace.take(step * 100.0)) is not None:
            shown.append((step, text))
    assert [step for step, _ in shown] == [0, 10, 20]
    assert shown[1][1] == "0 1 2 3 4 5 6 7 8 9\n10"


def test_every_final_gets_its_time() -> None:
    pace = CaptionPace(PLACE)
    for utterance_id, text in enumerate(["one", "two", "three"]):
        pace.add(final(utterance_id, text))
    pace.add(said(9, "growing"))
    assert pace.take(0.0) == "one"
    assert pace.take(999.0) is None
    assert pace.wait_ms(400.0) == 600.0
    assert [pace.take(1000.0), pace.take(2000.0), pace.take(3000.0)] == ["two", "three", "growing"]
    assert pace.take(4000.0) is None


def test_captions_that_are_late_are_dropped() -> None:
    pace = CaptionPace(PLACE)
    for utterance_id in range(50):
        pace.add(final(utterance_id, str(utterance_id)))
    shown = [pace.take(at * 1000.0) for at in range(5)]
    assert shown == ["47", "48", "49", None, None]


def test_after_a_silence_the_place_is_cleared_once() -> None:
    pace = CaptionPace(PLACE)
    assert pace.wait_ms(0.0) is None
    pace.add(final(1, "Bye."))
    assert pace.take(0.0) == "Bye."
    assert pace.wait_ms(1.0) == 7999.0
    assert [pace.take(7999.0), pace.take(8000.0), pace.take(20_000.0)] == [None, "", None]
    assert pace.wait_ms(9000.0) is None


def test_the_final_of_what_stands_there_already_changes_nothing_but_stays() -> None:
    pace = CaptionPace(PLACE)
    pace.add(said(1, "same words"))
    pace.take(0.0)
    pace.add(final(1, "same words"))
    assert pace.take(5000.0) is None
    assert [pace.take(8000.0), pace.take(13_000.0)] == [None, ""]


def test_what_was_taken_back_is_not_shown() -> None:
    pace = CaptionPace(PLACE)
    pace.add(said(1, "an echo"))
    pace.add(said(1, ""))
    assert pace.take(0.0) is None


def test_while_nobody_can_read_it_nothing_waits() -> None:
    pace = CaptionPace(PLACE)
    pace.add(final(1, "one"))
    assert pace.take(0.0) == "one"
    pace.hold(5000.0)
    pace.add(final(2, "two"))
    assert (pace.take(4000.0), pace.wait_ms(4000.0)) == (None, 1000.0)
    pace.hold(6000.0)
    pace.add(final(1, "one"))
    assert pace.take(6000.0) == "one", "nobody saw it before"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("", ""),
        ("one two three four five six seven", "one two three four\nfive six seven"),
        ("a b c d e f g h i j k l m n o p q r s t u v w", "a b c d e f g h i j\nk l m n o p q r s t\nu v w"),
        ("一二三四五六七八九十甲乙丙丁", "一二三四五六七八九十\n甲乙丙丁"),
    ],
)
def test_the_last_lines_are_shown(text: str, shown: str) -> None:
    assert last_lines(text, PLACE) == "\n".join(shown.split("\n")[-2:])


@given(st.text(max_size=200))
def test_no_line_is_longer_than_the_place(text: str) -> None:
    lines = last_lines(text, PLACE).split("\n")
    assert len(lines) <= PLACE.lines
    assert all(columns(line) <= PLACE.columns for line in lines)
