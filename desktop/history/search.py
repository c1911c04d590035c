"""What the user types into a search field, as SQL. Pure."""

from __future__ import annotations

from typing import Final

SHORTEST_INDEXED: Final = 3
"""Letters of a trigram; a shorter word, such as 你好, is looked for row by row."""


def condition(
    words: str, *, has_index: bool, index: str = "dictation_words", column: str = "text"
) -> tuple[str, list[object]]:
    """A WHERE clause and its values: every one of ``words`` occurs, upper or lower case alike.

    ``index`` and ``column`` are names of ours, not of the user.
    """
    readable = words.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    parts = readable.split()
    indexed = [part for part in parts if has_index and len(part) >= SHORTEST_INDEXED]
    scanned = [part for part in parts if part not in indexed]
    clauses = [f"{column} LIKE ? ESCAPE '\\'"] * len(scanned)
    values: list[object] = [f"%{_literal(part)}%" for part in scanned]
    if indexed:
        clauses.append(f"id IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)")  # noqa: S608
        values.append(" AND ".join(_phrase(part) for part in indexed))
    return " AND ".join(clauses) or "1 = 1", values


def _phrase(part: str) -> str:
    """Quoted, so that no letter in it is an operator."""
    doubled = part.replace('"', '""')
    return f'"{doubled}"'


def _literal(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
