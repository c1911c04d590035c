"""Which results a recording has, whether they are there already, and how they are written."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop.core.file_job_facts import WriteFile
from desktop.core.file_names import shortened, shown, stems
from desktop.core.timed_text import About, TimedText
from desktop.core.transcript_formats import written
from desktop.files.gathering import Found
from desktop.files.identity import placed
from desktop.files.output import OutputFailed, can_be_written, digest_of, file_digest, write_whole
from desktop.files.problems import output_exists
from desktop.history.file_work import FileWork, Written
from desktop.history.opening import HistoryFailed

NOT_RECOGNISED: Final = "[not recognised]"
STDOUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``out`` ``None``: beside each recording; ``-``: standard output. ``is_forced`` overwrites anything."""

    formats: tuple[str, ...]
    out: Path | None = None
    is_forced: bool = False
    resumes: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """From which recording a result was made, by which work (empty: to be made again), and what it lacks."""

    source: str
    work: str
    missing: tuple[Problem, ...] = ()


class Results:
    """Belongs to the thread of the job. ``work`` is ``None`` where nothing can be remembered."""

    def __init__(
        self, files: Sequence[Found], wanted: Wanted, work: FileWork | None, say: Callable[[str], None]
    ) -> None:
        self._wanted = wanted
        self._work = work
        self._say = say
        self._files = list(files)
        self._folders = [self._folder(each) for each in self._files]
        names = [_name(each) for each in self._files]
        pairs = [(str(folder), name) for folder, name in zip(self._folders, names, strict=True)]
        self._stems = stems(pairs)
        self._planned = {
            _key(folder, stem): number
            for number, (folder, stem) in enumerate(zip(self._folders, self._stems, strict=True))
        }
        self._chosen: dict[int, str] = {}

    def is_stdout(self, file_id: int) -> bool:
        """Whether the result is printed instead of written."""
        if self._wanted.out is None:
            return self._files[file_id].is_stdin and len(self._wanted.formats) == 1
        return str(self._wanted.out) == STDOUT

    def paths(self, file_id: int) -> list[Path]:
        """The files of its results; another name where that one belongs to another recording."""
        if file_id not in self._chosen:
            folder = self._folders[file_id]
            self._chosen[file_id] = stem = next(
                each for each in self._names(file_id) if self._is_free(file_id, each)
            )
            self._planned[_key(folder, stem)] = file_id
        return self._named(self._folders[file_id], self._chosen[file_id])

    def done(
        self, file_id: int, source: str, work: str
    ) -> tuple[tuple[str, ...], tuple[Problem, ...]] | None:
        """Its results, and what they lack, if all are there already, by the same work of the same sound."""
        if self._wanted.is_forced or not self._wanted.resumes or self.is_stdout(file_id):
            return None
        paths = self.paths(file_id)
        known = [
            each
            for each in map(self._known, paths)
            if each is not None and (each.source, each.work) == (source, work)
        ]
        if len(known) < len(paths) or not all(os.access(path, os.F_OK) for path in paths):
            return None
        return tuple(map(str, paths)), known[0].missing

    def trouble(self, file_id: int) -> Problem | None:
        """Why a result could not be written, before anything is heard."""
        if self.is_stdout(file_id):
            return None
        paths = self.paths(file_id)
        foreign = next((each for each in paths if not self._may_replace(file_id, each)), None)
        if foreign is not None:
            return output_exists(shown(str(foreign)))
        return can_be_written(paths[0].parent)

    def write(self, file_id: int, result: WriteFile, about: About) -> Iterator[tuple[Path, str]]:
        """Write every format, one after the other; their names and digests. Raises ``OutputFailed``."""
        about = replace(about, title=shown(_name(self._files[file_id])), duration_ms=result.heard_ms)
        lines = with_gaps(result)
        if any(self._is_of_another(file_id, each) for each in self.paths(file_id)):
            del self._chosen[file_id]  # another process was quicker
        if self.is_stdout(file_id):
            self._say(written(self._wanted.formats[0], lines, about).rstrip("\n"))
            return
        for format_, path in zip(self._wanted.formats, self.paths(file_id), strict=True):
            if not self._may_replace(file_id, path):
                raise OutputFailed(output_exists(shown(str(path))))
            data = written(format_, lines, about).encode("utf-8", "replace")
            write_whole(path, data, may_replace=os.path.lexists(path))
            yield path, digest_of(data)

    def note(self, file_id: int, done: Sequence[tuple[Path, str]], made: Made) -> None:
        """Remember what was written as ours. Raises ``HistoryFailed``."""
        recording = placed(self._files[file_id].path)
        for path, digest in done:
            if self._work is not None:
                written = Written(recording, made.source, made.work, digest, made.missing)
                self._work.note_written(path, written, datetime.now(UTC))

    def _folder(self, file: Found) -> Path:
        if self._wanted.out is not None:
            return Path(os.path.realpath(self._wanted.out / file.below))
        return Path.cwd() if file.is_stdin else placed(file.path).parent

    def _named(self, folder: Path, stem: str) -> list[Path]:
        return [folder / f"{stem}.{format_}" for format_ in self._wanted.formats]

    def _known(self, path: Path) -> Written | None:
        try:
            return self._work.written(path) if self._work is not None else None
        except HistoryFailed:  # told when something is to be remembered; nothing is overwritten
            return None

    def _names(self, file_id: int) -> Iterator[str]:
        """What its results could be called: the first choice, then its whole name, then numbered."""
        whole = shortened(_name(self._files[file_id]))
        yield self._stems[file_id]
        yield whole
        yield from (f"{whole}-{number}" for number in itertools.count(2))

    def _is_free(self, file_id: int, stem: str) -> bool:
        """Whether a name belongs to no other recording, of this job or an earlier one."""
        folder = self._folders[file_id]
        if self._planned.get(_key(folder, stem), file_id) != file_id:
            return False
        return not any(self._is_of_another(file_id, each) for each in self._named(folder, stem))

    def _is_of_another(self, file_id: int, path: Path) -> bool:
        known = self._known(path)
        return (
            known is not None
            and known.recording != placed(self._files[file_id].path)
            and os.path.lexists(path)
        )

    def _may_replace(self, file_id: int, path: Path) -> bool:
        """Nothing is there, or what we wrote there ourselves of this recording and nobody changed."""
        if not os.path.lexists(path) or self._wanted.is_forced:
            return True
        known = self._known(path)
        is_ours = known is not None and known.recording == placed(self._files[file_id].path)
        return is_ours and known is not None and known.digest == file_digest(path)


def with_gaps(result: WriteFile) -> tuple[TimedText, ...]:
    """The lines, and where words are missing a line that says so."""
    gaps = (TimedText(gap.start_ms, gap.end_ms, NOT_RECOGNISED) for gap in result.gaps)
    return tuple(sorted((*result.lines, *gaps), key=lambda line: (line.start_ms, line.end_ms)))


def _key(folder: Path, stem: str) -> tuple[str, str]:
    """Some file systems take ``A`` and ``a`` for the same."""
    return str(folder), stem.casefold()


def _name(file: Found) -> str:
    return "stdin" if file.is_stdin else file.path.name
