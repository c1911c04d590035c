"""The inbox that select can watch."""

from __future__ import annotations

import select
import threading

from desktop.oslayer.inbox import SelectableInbox


def is_readable(inbox: SelectableInbox[int], within_s: float = 0.0) -> bool:
    return bool(select.select([inbox], [], [], within_s)[0])


def test_it_is_readable_exactly_while_something_is_inside() -> None:
    inbox: SelectableInbox[int] = SelectableInbox()
    assert not is_readable(inbox)
    inbox.put(1)
    inbox.put(2)
    assert is_readable(inbox)
    assert inbox.take_all() == [1, 2]
    assert not is_readable(inbox)
    assert inbox.take_all() == []


def test_it_wakes_another_thread() -> None:
    inbox: SelectableInbox[int] = SelectableInbox()
    threading.Timer(0.05, inbox.put, [7]).start()
    assert is_readable(inbox, 5.0)
    assert inbox.take_all() == [7]


def test_a_flood_loses_nothing_and_never_blocks() -> None:
    inbox: SelectableInbox[int] = SelectableInbox()
    for number in range(100_000):  # more than a pipe holds
        inbox.put(number)
    taken: list[int] = []
    while is_readable(inbox):
        taken += inbox.take_all()
    assert taken == list(range(100_000))
