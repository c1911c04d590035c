"""Older files are brought to the layout of today by hooks, one for each version."""

from __future__ import annotations

from desktop.settings.migrations import HOOKS, migrate, rename, version_of
from desktop.settings.schema import VERSION

EXAMPLE_HOOKS = {
    1: lambda document: rename(document, "audio.preroll", "audio.pre_roll_ms"),
    2: lambda document: rename(document, "audio.pre_roll_ms", "sound.pre_roll_ms"),
}


def test_hooks_run_one_after_the_other_from_the_version_of_the_file() -> None:
    old = {"audio": {"preroll": 5, "other": 1}}
    assert migrate(old, EXAMPLE_HOOKS, 3) == {
        "audio": {"other": 1}, "sound": {"pre_roll_ms": 5}, "version": 3,
    }  # fmt: skip
    assert migrate({"version": 2, "audio": {"preroll": 5}}, EXAMPLE_HOOKS, 3)["audio"] == {"preroll": 5}


def test_the_document_that_was_read_is_not_changed() -> None:
    old = {"audio": {"preroll": 5}}
    migrate(old, EXAMPLE_HOOKS, 3)
    assert old == {"audio": {"preroll": 5}}


def test_a_newer_document_stays_as_it_is() -> None:
    newer = {"version": 7, "audio": {"preroll": 5}}
    assert migrate(newer, EXAMPLE_HOOKS, 3) == newer


def test_a_strange_version_counts_as_the_first() -> None:
    for strange in ("2", True, -1, None, 1.5):
        assert version_of({"version": strange}) == 1


def test_there_is_a_hook_for_every_version_before_this_one() -> None:
    assert set(HOOKS) == set(range(1, VERSION))


def test_renaming_what_is_not_there_does_nothing() -> None:
    assert rename({"audio": 3}, "audio.x", "audio.y") == {"audio": 3}
    assert rename({}, "audio.x", "audio.y") == {}
