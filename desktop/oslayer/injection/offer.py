"""What a selection (clipboard) holds: one piece of data in several formats. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Words = bytes | tuple[int, ...]
TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain;charset=UTF-8", "text/plain", "STRING")
HISTORY_HINT = "x-kde-passwordManagerHint"  # "secret" keeps a content out of clipboard histories


@dataclass(frozen=True, slots=True)
class Content:
    """One format: ``kind`` is the type atom; ``words`` bytes if ``format`` is 8, else numbers."""

    kind: int
    format: int
    words: Words

    @property
    def size_bytes(self) -> int:
        """How much it is."""
        return len(self.words) * self.format // 8


@dataclass(frozen=True, slots=True)
class Offer:
    """All formats of one selection, by target atom, in the order of the owner.

    ``is_whole``: its owner was neither too slow nor too long for one of them.
    """

    contents: Mapping[int, Content]
    is_whole: bool = True

    @property
    def size_bytes(self) -> int:
        """How much all formats are together."""
        return sum(content.size_bytes for content in self.contents.values())


def text_offer(text: str, atom: Callable[[str], int]) -> Offer:
    """``text`` in the formats programs ask for, marked so that clipboard histories skip it."""
    encoded = text.encode("utf-8", "replace")
    contents: dict[int, Content] = {}
    for name in TEXT_TARGETS[:-1]:
        kind = "UTF8_STRING" if name == "UTF8_STRING" else name
        contents[atom(name)] = Content(atom(kind), 8, encoded)
    latin = _latin_1(text)
    if latin is not None:
        contents[atom("STRING")] = Content(atom("STRING"), 8, latin)
    contents[atom(HISTORY_HINT)] = Content(atom(HISTORY_HINT), 8, b"secret")
    return Offer(contents)


def _latin_1(text: str) -> bytes | None:
    """STRING is Latin-1 by definition; a lossy one would be worse than none."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None
