"""The settings file: read forgivingly, written whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.settings.migrations import Document
from desktop.settings.reading import Reading, read_document
from desktop.settings.schema import Settings
from desktop.settings.writing import write_document

_log = logging.getLogger(__name__)
_NOTHING_READ: Final = frozenset({"settings.not_toml", "settings.unreadable"})


class SettingsFailed(Exception):
    """The settings could not be written; ``problem`` tells why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def load(path: Path) -> tuple[Settings, list[Problem]]:
    """The settings in ``path``, defaults where there is no file; never raises.

    A value that cannot be used is replaced by its default and told. Of a file that is no TOML a copy is
    left beside it (``.broken``), because the next save writes the file anew.
    """
    reading = _read(path)
    return reading.settings, list(reading.problems)


def load_again(path: Path, known: Settings) -> tuple[Settings, list[Problem]]:
    """The same for a program that runs: ``known`` where there is no file that can be read now."""
    try:
        path.stat()
    except OSError:
        return known, []
    settings, problems = load(path)
    return (known if any(each.code in _NOTHING_READ for each in problems) else settings), problems


def save(path: Path, settings: Settings) -> None:
    """Write ``settings`` so that a crash leaves the old file or the new one. Mode 0600.

    Keys that this version does not know are kept. Raises ``SettingsFailed``.
    """
    before = _read(path)
    codes = {problem.code for problem in before.problems}
    if "settings.value" in codes:
        _keep_copy(path)
    is_kept_whole = "settings.unreadable" in codes and path.is_file()  # it cannot be copied, but moved
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_kept_whole:
            path.replace(broken_copy(path))
        write_atomically(path.resolve(), write_document(settings, before.unknown))
    except OSError as error:
        if is_kept_whole:
            with contextlib.suppress(OSError):
                broken_copy(path).replace(path)
        raise SettingsFailed(_unwritable(path, error)) from error


def broken_copy(path: Path) -> Path:
    """Where the copy of a broken file is left."""
    return path.with_name(path.name + ".broken")


def write_atomically(path: Path, text: str) -> None:
    """Replace ``path`` by ``text``, mode 0600, durable when this returns. Raises ``OSError``."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _read(path: Path) -> Reading:
    try:
        document: Document = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return Reading()
    except OSError as error:
        return Reading(problems=(_unreadable(path, error),))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return Reading(problems=(_no_toml(path, _keep_copy(path), error),))
    return read_document(document)


def _keep_copy(path: Path) -> Path | None:
    """A copy beside the file, or ``None`` if that cannot be made."""
    copy = broken_copy(path)
    try:
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
    except OSError as error:
        _log.warning("no copy of the broken settings: %s", error)
        return None
    return copy


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _no_toml(path: Path, copy: Path | None, error: Exception) -> Problem:
    reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is no text"
    kept = f"; a copy is in {copy.name}" if copy else ""
    return Problem(
        "settings.not_toml",
        f"The settings file cannot be read ({reason}); every setting is at its default.",
        f"Correct {path}, or delete it to begin anew{kept}.",
    )


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(
        "settings.unreadable",
        f"The settings file cannot be opened ({error.strerror}); every setting is at its default.",
        f"Check the permissions of {path}.",
    )


def _unwritable(path: Path, error: OSError) -> Problem:
    return Problem(
        "settings.unwritable",
        f"The settings could not be saved ({error.strerror}).",
        f"Check the permissions of {path.parent} and the space left on its disk.",
    )
