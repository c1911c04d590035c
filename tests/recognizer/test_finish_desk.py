"""Texts to be finished: split, replayed, put together, and answered exactly once whatever happens."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from recognizer import events, messages
from recognizer.finish_desk import MOST_CHARACTERS, FinishDesk
from recognizer.problems import CRASHED
from recognizer.wire import MAX_HEADER_BYTES


class Desk:
    """A desk with what it said to the worker and what it told outside."""

    def __init__(self) -> None:
        self.told: list[events.RecognizerEvent] = []
        self.said: list[messages.FinishTexts] = []
        self.desk = FinishDesk(self.told.append, self.said.append)  # type: ignore[arg-type]

    def write(self, asked: messages.FinishTexts) -> None:
        """As a worker would."""
        texts = tuple(text.upper() for text in asked.texts)
        self.desk.on_written(messages.TextsWritten(asked.request_id, texts))


def test_a_request_comes_back_in_its_order() -> None:
    desk = Desk()
    desk.desk.ask(7, ("one", "", "two"))
    assert desk.desk.is_owing
    desk.write(desk.said[0])
    assert desk.told == [events.TextsFinished(7, ("ONE", "", "TWO"))]
    assert not desk.desk.is_owing


def test_nothing_to_finish_is_answered_at_once() -> None:
    desk = Desk()
    desk.desk.ask(1, ())
    assert desk.told == [events.TextsFinished(1, ())]


def test_a_load_of_texts_is_split_and_every_part_fits_a_frame() -> None:
    desk = Desk()
    texts = tuple(f"{index}:" + "字" * 700 for index in range(400))
    desk.desk.ask(1, texts)
    assert len(desk.said) > 3
    assert all(len(messages.encode(each)) < MAX_HEADER_BYTES // 2 for each in desk.said)
    for asked in reversed(desk.said):
        desk.write(asked)
    assert desk.told == [events.TextsFinished(1, texts)]


def test_a_text_that_fits_no_message_stays_as_it_is() -> None:
    desk = Desk()
    giant = "g" * (MOST_CHARACTERS + 1)
    desk.desk.ask(1, ("a", giant, "b"))
    assert [each.texts for each in desk.said] == [("a",), ("b",)]
    for asked in list(desk.said):
        desk.write(asked)
    assert desk.told == [events.TextsFinished(1, ("A", giant, "B"))]


def test_a_fresh_worker_is_told_what_is_owed() -> None:
    desk = Desk()
    desk.desk.ask(1, ("a",))
    desk.desk.worker_broke(CRASHED)
    desk.desk.replay()
    assert [each.texts for each in desk.said] == [("a",), ("a",)]
    desk.write(desk.said[1])
    desk.write(desk.said[0])  # what the dead one said late changes nothing
    assert desk.told == [events.TextsFinished(1, ("A",))]


def test_what_breaks_two_workers_comes_back_as_it_was() -> None:
    desk = Desk()
    desk.desk.ask(1, ("a",))
    for _ in range(2):
        desk.desk.worker_broke(CRASHED)
    assert desk.told == [events.TextsFinished(1, ("a",), CRASHED)]
    assert not desk.desk.is_owing


def test_without_a_worker_texts_come_back_as_they_were() -> None:
    desk = Desk()
    desk.desk.ask(1, ("a",))
    desk.desk.block(CRASHED)
    desk.desk.ask(2, ("b",))
    assert desk.told == [events.TextsFinished(1, ("a",), CRASHED), events.TextsFinished(2, ("b",), CRASHED)]


@given(st.lists(st.text(max_size=30), max_size=60), st.integers(20, 80))
def test_no_text_is_lost_or_moved_by_splitting(texts: list[str], most: int) -> None:
    from unittest.mock import patch

    desk = Desk()
    with patch("recognizer.finish_desk.MOST_CHARACTERS", most):
        desk.desk.ask(1, tuple(texts))
    for asked in list(desk.said):
        json.dumps(asked.texts)
        desk.desk.on_written(messages.TextsWritten(asked.request_id, asked.texts))
    assert desk.told == [events.TextsFinished(1, tuple(texts))]
