"""The index of words that makes a table searchable.

Trigrams find any three letters in a row, Chinese ones too; shorter words are found by LIKE.
"""

from __future__ import annotations

from typing import Final

_STATEMENTS: Final = (
    """
    CREATE VIRTUAL TABLE {words}
    USING fts5 (text, content = '{table}', content_rowid = 'id', tokenize = 'trigram')
    """,
    """
    CREATE TRIGGER {words}_insert AFTER INSERT ON {table} BEGIN
        INSERT INTO {words} (rowid, text) VALUES (new.id, new.text);
    END
    """,
    """
    CREATE TRIGGER {words}_delete AFTER DELETE ON {table} BEGIN
        INSERT INTO {words} ({words}, rowid, text) VALUES ('delete', old.id, old.text);
    END
    """,
    """
    CREATE TRIGGER {words}_update AFTER UPDATE OF text ON {table} BEGIN
        INSERT INTO {words} ({words}, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO {words} (rowid, text) VALUES (new.id, new.text);
    END
    """,
    "INSERT INTO {words} ({words}) VALUES ('rebuild')",
)


def index_of(table: str, words: str) -> tuple[str, ...]:
    """Statements that make ``words``, the index of ``table.text``, and keep it in step with the table."""
    return tuple(each.format(table=table, words=words) for each in _STATEMENTS)
