"""Takes a model from a folder or a .zip on this computer: checked first, copied, recorded like a download."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, Final

from recognizer.models import problems
from recognizer.models.hub import is_safe
from recognizer.models.install import reserved, settle
from recognizer.models.manifest import FILE_NAME, FetchedFile, Manifest, record
from recognizer.models.problems import ModelFailed
from recognizer.models.structure import check_model_folder
from recognizer.models.transfer import check_space

SUFFIXES: Final = frozenset(
    {".yaml", ".json", ".pt", ".bin", ".mvn", ".model", ".tiktoken", ".txt", ".md", ".dict", ""}
)
"""What models are made of; the last is for seg_dict and jieba_usr_dict. Nothing that could run."""
MOST_FILES: Final = 500
RESERVE_BYTES: Final = 64 << 20
Moved = Callable[[int, int], None]


def import_model(
    source: Path,
    folder: Path,
    name: str = "",
    *,
    links: bool = False,
    moved: Moved = lambda done, total: None,
) -> Path:
    """Bring ``source`` into ``folder`` as ``name`` (else its own name); where it is now. Blocks.

    ``links`` makes hard links where it can, which costs no space but shares later changes. ``moved`` is told
    of bytes done and of all. Raises ``ModelFailed``.
    """
    name = name or (source.stem if source.suffix == ".zip" else source.resolve().name)
    try:
        with reserved(folder, name) as incoming, _gathered(incoming):
            if source.is_dir():
                _from_folder(source, incoming, links, moved)
            elif zipfile.is_zipfile(source):
                _from_zip(source, incoming, moved)
            else:
                raise ModelFailed(problems.not_importable(source, _why_not(source)))
            return _settled(incoming, name)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise ModelFailed(problems.not_importable(source, "the archive is damaged")) from error
    except RuntimeError as error:  # encrypted, or packed in a way that zipfile does not know
        raise ModelFailed(problems.not_importable(source, "the archive cannot be unpacked")) from error


@contextmanager
def _gathered(incoming: Path) -> Iterator[None]:
    """Empty at first; and nothing of a model that cannot be brought in is left on the disk."""
    shutil.rmtree(incoming)
    incoming.mkdir(mode=0o700)
    try:
        yield
    except BaseException:
        shutil.rmtree(incoming, ignore_errors=True)
        raise


def _why_not(source: Path) -> str:
    return "it is neither a folder nor a .zip" if source.exists() else "there is no such folder or file"


def _settled(incoming: Path, name: str) -> Path:
    passes = _checked(incoming)
    paths = sorted(path.relative_to(incoming).as_posix() for path in _files(incoming))
    files: tuple[FetchedFile, ...] = tuple(record(incoming, path) for path in paths)
    return settle(incoming, Manifest(name, "import", passes, files))


def _checked(folder: Path) -> tuple[str, ...]:
    """What it is for. Nothing was installed yet that could be removed and installed again."""
    try:
        return check_model_folder(folder)
    except ModelFailed as failed:
        if failed.problem.code not in {"model-incomplete", "model-damaged"}:
            raise
        raise ModelFailed(replace(failed.problem, remedy=problems.NAME_THE_FOLDER)) from failed


def _from_folder(source: Path, incoming: Path, links: bool, moved: Moved) -> None:
    _checked(source)
    chosen = [path for path in _files(source) if is_wanted(path.relative_to(source).as_posix())]
    total = sum(path.stat().st_size for path in chosen)
    _check_size(source, len(chosen))
    check_space(incoming, 0 if links else total, RESERVE_BYTES)
    done = 0
    for path in chosen:
        target = incoming / path.relative_to(source)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (links and _linked(path.resolve(), target)):
            with _readable(path, source) as stream:
                _copy(stream, target)
        done += target.stat().st_size
        moved(done, total)


def _from_zip(source: Path, incoming: Path, moved: Moved) -> None:
    """Sizes are those that the archive announces, and no more is unpacked than that."""
    with zipfile.ZipFile(source) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_link(entry)]
        if not all(is_safe(entry.filename) for entry in entries):
            raise ModelFailed(problems.not_importable(source, "it holds names that point out of its folder"))
        top = _top([entry.filename for entry in entries])
        if top is None:
            raise ModelFailed(problems.not_importable(source, "it holds no config.yaml"))
        below = [entry for entry in entries if entry.filename.startswith(top)]
        named = [(entry, entry.filename.removeprefix(top)) for entry in below]
        chosen = [(entry, path) for entry, path in named if is_wanted(path)]
        _check_size(source, len(chosen))
        total = sum(entry.file_size for entry, _ in chosen)
        check_space(incoming, total, RESERVE_BYTES)
        done = 0
        for entry, path in chosen:
            target = incoming / path
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with archive.open(entry) as stream:
                _copy(stream, target)
            done += entry.file_size
            moved(done, total)


def is_wanted(path: str) -> bool:
    """Whether a file is of a kind that models are made of; hidden ones and our own manifest are not."""
    parts = PurePosixPath(path).parts
    is_hidden = any(part.startswith(".") for part in parts)
    return not is_hidden and path != FILE_NAME and PurePosixPath(path).suffix.lower() in SUFFIXES


def _top(names: list[str]) -> str | None:
    """The folder in the archive that holds the model: the shallowest with a config.yaml; with its slash."""
    configs = [name for name in names if PurePosixPath(name).name == "config.yaml"]
    if not configs:
        return None
    return min(configs, key=lambda name: name.count("/")).removesuffix("config.yaml")


def _files(folder: Path) -> Iterator[Path]:
    """Every file, through links to files (hubs' caches are made of them) but not to folders."""
    for base, _, names in os.walk(folder):
        yield from (Path(base, name) for name in sorted(names) if Path(base, name).is_file())


def _readable(path: Path, source: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelFailed(problems.not_importable(source, f"{path.name} cannot be read")) from error


def _copy(stream: IO[bytes], target: Path) -> None:
    with _private(target) as out:
        shutil.copyfileobj(stream, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _private(target: Path) -> Iterator[IO[bytes]]:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        yield out


def _linked(source: Path, target: Path) -> bool:
    try:
        target.hardlink_to(source)
    except OSError:  # another disk, or one that knows no links
        return False
    return True


def _check_size(source: Path, files: int) -> None:
    if files > MOST_FILES:
        raise ModelFailed(problems.not_importable(source, f"it holds {files} files, more than any model"))


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)
