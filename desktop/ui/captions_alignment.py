"""Lays a sentence against what it was before, so that its rows begin at the same words. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from desktop.ui.captions_breaks import breaks


def kept_breaks(old_breaks: Sequence[int], old: str, new: str, committed: int) -> list[int]:
    """The places in ``new`` where the rows of ``old`` began.

    A row whose text before it has changed begins at the same word again if that text was ``committed``;
    text that was tentative may be broken anew.
    """
    same = [each for each in old_breaks if each < len(new) and old[:each] == new[:each]]
    changed = [each for each in old_breaks if each not in same and each <= committed]
    if not changed:
        return same
    carried = (carried_over(each, old, new) for each in changed)
    return sorted({*same, *(each for each in carried if each is not None and 0 < each < len(new))})


def carried_over(offset: int, old: str, new: str) -> int | None:
    """Where the word that begins at ``offset`` of ``old`` begins in ``new``; nothing where it is gone."""
    old_starts, old_words = words_of(old)
    new_starts, new_words = words_of(new)
    if offset not in old_starts:
        return None
    index = old_starts.index(offset)
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.a <= index < block.a + block.size:
            return new_starts[block.b + index - block.a]
        if block.a <= index - 1 < block.a + block.size:  # the word before it is there
            after = block.b + index - block.a
            return new_starts[after] if after < len(new_starts) else None
    return None


def words_of(text: str) -> tuple[list[int], list[str]]:
    """Where a row might begin in ``text``, and the words between, bare of case and punctuation."""
    starts = [0, *breaks(text)][: -1 if text else None]
    parts = pairwise([*starts, len(text)])
    return starts, ["".join(filter(str.isalnum, text[start:end])).casefold() for start, end in parts]
