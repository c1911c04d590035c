"""Urgent first, then oldest; only what has work."""

from __future__ import annotations

from recognizer.worker.queue_of_work import QueueOfWork


def filled(*utterances: tuple[int, int]) -> QueueOfWork:
    work = QueueOfWork()
    for utterance_id, priority in utterances:
        work.begin(utterance_id, priority)
        utterance = work.get(utterance_id)
        assert utterance is not None
        utterance.pending += b"abcdef"
    return work


def test_the_oldest_goes_first() -> None:
    first = filled((5, 0), (3, 0)).next()
    assert first is not None
    assert first.utterance_id == 5


def test_the_urgent_one_goes_before_the_oldest() -> None:
    first = filled((5, 0), (3, 1), (4, 1)).next()
    assert first is not None
    assert first.utterance_id == 3


def test_without_sound_and_without_end_there_is_nothing_to_do() -> None:
    work = QueueOfWork()
    work.begin(1, 0)
    assert work.next() is None
    utterance = work.get(1)
    assert utterance is not None
    utterance.ended_at_s = 0.0
    assert work.next() is utterance
    work.remove(1)
    assert work.next() is None


def test_sound_is_taken_in_pieces_and_counted() -> None:
    utterance = filled((1, 0)).next()
    assert utterance is not None
    assert [utterance.take(4), utterance.take(4), utterance.take(4)] == [b"abcd", b"ef", b""]
    assert utterance.heard_bytes == 6
