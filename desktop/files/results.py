"""Which results a recording has, whether they are there already, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
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


class Results:
    """Belongs to the thread of the job. ``work`` is ``None`` where nothing can be remembered."""

    def __init__(
        self, files: Sequence[Found], wanted: Wanted, work: FileWork | None, say: Callable[[str], None]
    ) -> None:
        self._wanted = wanted
        self._work = work
        self._say = say
        self._files = list(files)
        folders = [self._folder(each) for each in self._files]
        pairs = [(str(folder), _name(each)) for folder, each in zip(folders, self._files, strict=True)]
        self._places = list(zip(folders, stems(pairs), strict=True))

    def is_stdout(self, file_id: int) -> bool:
        """Whether the result is printed instead of written."""
        if self._wanted.out is None:
            return self._files[file_id].is_stdin and len(self._wanted.formats) == 1
        return str(self._wanted.out) == STDOUT

    def paths(self, file_id: int) -> list[Path]:
        """The files of its results; another name where that one belongs to another recording."""
        folder, stem = self._places[file_id]
        paths = self._named(folder, stem)
        if any(self._is_of_another(file_id, each) for each in paths):
            paths = self._named(folder, shortened(_name(self._files[file_id])))
        return paths

    def done(self, file_id: int, source: str, work: str) -> tuple[str, ...]:
        """Its results if all of them are there already, made by the same work of the same recording."""
        if self._wanted.is_forced or not self._wanted.resumes or self.is_stdout(file_id):
            return ()
        paths = self.paths(file_id)
        known = [self._known(each) for each in paths]
        is_done = all(
            each is not None and (each.source, each.work) == (source, work) and path.exists()
            for each, path in zip(known, paths, strict=True)
        )
        return tuple(map(str, paths)) if is_done else ()

    def trouble(self, file_id: int) -> Problem | None:
        """Why a result could not be written, before anything is heard."""
        if self.is_stdout(file_id):
            return None
        paths = self.paths(file_id)
        foreign = next((each for each in paths if not self._may_replace(each)), None)
        if foreign is not None:
            return output_exists(shown(str(foreign)))
        return can_be_written(paths[0].parent)

    def write(self, file_id: int, result: WriteFile, about: About) -> list[tuple[Path, str]]:
        """Write every format; their names and digests. Raises ``OutputFailed``."""
        about = replace(about, title=shown(_name(self._files[file_id])), duration_ms=result.heard_ms)
        lines = with_gaps(result)
        if self.is_stdout(file_id):
            self._say(written(self._wanted.formats[0], lines, about).rstrip("\n"))
            return []
        done = []
        for format_, path in zip(self._wanted.formats, self.paths(file_id), strict=True):
            if not self._may_replace(path):
                raise OutputFailed(output_exists(shown(str(path))))
            data = written(format_, lines, about).encode("utf-8", "replace")
            write_whole(path, data, may_replace=os.path.lexists(path))
            done.append((path, digest_of(data)))
        return done

    def note(self, file_id: int, done: Sequence[tuple[Path, str]], source: str, work: str) -> None:
        """Remember what was written as ours. Raises ``HistoryFailed``."""
        recording = self._files[file_id].path.absolute()
        for path, digest in done:
            if self._work is not None:
                self._work.note_written(path, Written(recording, source, work, digest), datetime.now(UTC))

    def _folder(self, file: Found) -> Path:
        if self._wanted.out is not None:
            return (self._wanted.out / file.below).absolute()
        return Path.cwd() if file.is_stdin else file.path.parent.absolute()

    def _named(self, folder: Path, stem: str) -> list[Path]:
        return [folder / f"{stem}.{format_}" for format_ in self._wanted.formats]

    def _known(self, path: Path) -> Written | None:
        try:
            return self._work.written(path) if self._work is not None else None
        except HistoryFailed:  # told when something is to be remembered; nothing is overwritten
            return None

    def _is_of_another(self, file_id: int, path: Path) -> bool:
        known = self._known(path)
        return known is not None and known.recording != self._files[file_id].path.absolute() and path.exists()

    def _may_replace(self, path: Path) -> bool:
        """Nothing is there, or what we wrote there ourselves and nobody changed."""
        if not os.path.lexists(path) or self._wanted.is_forced:
            return True
        known = self._known(path)
        return known is not None and known.digest == file_digest(path)


def with_gaps(result: WriteFile) -> tuple[TimedText, ...]:
    """The lines, and where words are missing a line that says so."""
    gaps = (TimedText(gap.start_ms, gap.end_ms, NOT_RECOGNISED) for gap in result.gaps)
    return tuple(sorted((*result.lines, *gaps), key=lambda line: (line.start_ms, line.end_ms)))


def _name(file: Found) -> str:
    return "stdin" if file.is_stdin else file.path.name
