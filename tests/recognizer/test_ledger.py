"""The ledger keeps every sample of what is owed, and no more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.events import Priority
from recognizer.ledger import Ledger
from recognizer.problems import BROKEN_AUDIO, HUNG, TOO_MUCH_AUDIO


def test_sound_is_kept_in_order_until_answered() -> None:
    ledger = Ledger()
    ledger.begin(1)
    ledger.begin(2)
    ledger.feed(1, b"aabb")
    ledger.feed(2, b"cc")
    ledger.feed(1, b"dd")
    assert [(each.utterance_id, b"".join(each.pieces)) for each in ledger.unfinished()] == [
        (1, b"aabbdd"),
        (2, b"cc"),
    ]
    ledger.remove(1)
    assert ledger.kept_bytes == 2


def test_sound_after_the_end_is_refused() -> None:
    ledger = Ledger()
    ledger.begin(1)
    ledger.end(1)
    assert not ledger.feed(1, b"aa")
    assert ledger.end(1) is None
    assert not ledger.feed(99, b"aa")


def test_an_odd_number_of_bytes_fails_the_utterance() -> None:
    ledger = Ledger()
    ledger.begin(1)
    assert not ledger.feed(1, b"abc")
    utterance = ledger.get(1)
    assert utterance is not None
    assert utterance.failure == BROKEN_AUDIO


def test_too_much_sound_fails_the_utterance_that_grows_and_frees_it() -> None:
    ledger = Ledger(max_kept_bytes=10)
    ledger.begin(1)
    ledger.begin(2)
    ledger.feed(1, bytes(6))
    ledger.feed(2, bytes(4))
    assert not ledger.feed(2, bytes(2))
    failed = ledger.get(2)
    assert failed is not None
    assert failed.failure == TOO_MUCH_AUDIO
    assert ledger.kept_bytes == 6
    assert [each.utterance_id for each in ledger.unfinished()] == [1]


@given(
    st.lists(
        st.tuples(st.sampled_from(["begin", "feed", "end", "fail", "remove"]), st.integers(0, 3)), max_size=60
    )
)
def test_the_sum_is_always_that_of_the_pieces(steps: list[tuple[str, int]]) -> None:
    ledger = Ledger(max_kept_bytes=40)
    for step, utterance_id in steps:
        match step:
            case "begin":
                ledger.begin(utterance_id)
            case "feed":
                ledger.feed(utterance_id, bytes(6))
            case "end":
                ledger.end(utterance_id)
            case "fail" if ledger.get(utterance_id) is not None:
                ledger.fail(utterance_id, HUNG)
            case "remove":
                ledger.remove(utterance_id)
        kept = sum(each.kept_bytes for i in range(4) if (each := ledger.get(i)) is not None)
        assert ledger.kept_bytes == kept <= 40
        assert ledger.longest_bytes() <= 40


def test_files_leave_room_for_a_dictation() -> None:
    ledger = Ledger(max_kept_bytes=40)
    ledger.begin(1, Priority.FILE)
    assert ledger.feed(1, bytes(30))
    assert not ledger.feed(1, bytes(2))
    ledger.begin(2, Priority.FILE)
    ledger.feed(2, bytes(30))
    ledger.begin(3, Priority.DICTATION)
    assert ledger.feed(3, bytes(10))
    assert (ledger.kept_bytes, ledger.kept_bytes_from(Priority.DICTATION)) == (40, 10)
