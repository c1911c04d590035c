"""Puts models into their folder and takes them out: all or nothing, one at a time for each name.

A model is gathered in ``.incoming-NAME`` and renamed when it is whole, checked and on the disk. A download
that was ended leaves that folder for the next one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recognizer.models import problems
from recognizer.models.catalogue import ENDPOINTS, CatalogueModel
from recognizer.models.download import Stop, Tell, download
from recognizer.models.fetch import FetchRequest
from recognizer.models.manifest import FILE_NAME, FetchedFile, Manifest
from recognizer.models.names import is_name
from recognizer.models.problems import ModelFailed
from recognizer.models.structure import check_model_folder
from recognizer.models.transfer import Patience

INCOMING: Final = ".incoming-"
NO_MODEL: Final = frozenset({"model-unknown-kind", "model-damaged"})
"""What will not become better by fetching the rest."""


@dataclass(frozen=True, slots=True)
class Source:
    """``endpoint`` is the address of the hub, or of a mirror that speaks like it."""

    hub: str
    endpoint: str

    @classmethod
    def named(cls, name: str, endpoint: str = "") -> Source:
        """``modelscope``, ``huggingface``, or the address of a mirror that speaks like Hugging Face."""
        if name.startswith(("http://", "https://")):
            return cls("huggingface", name.rstrip("/"))
        address = endpoint or _environment(name) or ENDPOINTS[name]
        return cls(name, address.rstrip("/"))


def _environment(hub: str) -> str:
    """The mirrors that users of the hubs' own tools have set already."""
    if hub == "huggingface":
        return os.environ.get("HF_ENDPOINT", "")
    domain = os.environ.get("MODELSCOPE_DOMAIN", "")
    address = os.environ.get("MODELSCOPE_ENDPOINT", "") or domain
    return address if "//" in address or not address else f"https://{address}"


def install(
    model: CatalogueModel,
    source: Source,
    folder: Path,
    tell: Tell,
    is_cancelled: Stop = lambda: False,
    patience: Patience | None = None,
) -> Path:
    """Fetch a model into ``folder``; where it is now. Blocks. Raises ``ModelFailed``."""
    if model.is_shipped:
        raise ModelFailed(problems.shipped(model.name))
    if source.hub not in model.repositories:
        raise ModelFailed(problems.no_source(model.name, source.hub))
    with reserved(folder, model.name) as incoming:
        request = FetchRequest(
            model.name, source.hub, model.repositories[source.hub], source.endpoint, str(incoming),
            model.files, model.required, dict(model.sha256), patience or Patience(),
        )  # fmt: skip
        try:
            fetched = download(request, tell, is_cancelled)
        except ModelFailed as failed:
            if failed.problem.code in NO_MODEL:
                shutil.rmtree(incoming)
            raise
        origin = f"{source.hub}:{model.repositories[source.hub]}@{fetched.revision}"
        return settle(incoming, Manifest(model.name, origin, model.passes, fetched.files))


@contextlib.contextmanager
def reserved(folder: Path, name: str) -> Iterator[Path]:
    """``.incoming-NAME``, for us alone. Raises ``ModelFailed``: bad name, installed, busy, not writable."""
    if not is_name(name):
        raise ModelFailed(problems.bad_name(name))
    incoming = folder / f"{INCOMING}{name}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(folder, name):
            if (folder / name).exists():
                raise ModelFailed(problems.already_installed(name))
            incoming.mkdir(mode=0o700, exist_ok=True)
            yield incoming
    except OSError as error:
        raise ModelFailed(problems.not_written(folder, error.strerror or str(error))) from error


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Keeps others off this name, for as long as this process lives at most. Raises ``ModelFailed``."""
    descriptor = os.open(folder / f".lock-{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _lock(descriptor):
            raise ModelFailed(problems.busy(name))
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def settle(incoming: Path, manifest: Manifest) -> Path:
    """Check what has been gathered, and give it its name. What is no model is thrown away.

    Raises ``ModelFailed``, ``OSError``.
    """
    keep_only(incoming, manifest.files)
    try:
        check_model_folder(incoming)
    except ModelFailed:
        shutil.rmtree(incoming)
        raise
    manifest.write(incoming)
    for each in (incoming, *(path for path in incoming.rglob("*") if path.is_dir())):
        sync(each)
    target = incoming.with_name(manifest.name)
    incoming.rename(target)
    sync(target.parent)
    return target


def keep_only(folder: Path, files: tuple[FetchedFile, ...]) -> None:
    """Remove parts of an older revision, and whatever else is not of the model."""
    kept = {file.path for file in files}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.rmdir()  # only if it is empty
        elif path.relative_to(folder).as_posix() not in kept:
            path.unlink()


def sync(folder: Path) -> None:
    """The names in a folder are on the disk when this returns (where the system can do that)."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove(name: str, folder: Path) -> int:
    """Delete an installed model and what a cancelled download left of it; the bytes that were freed.

    Raises ``ModelFailed``. A worker that has it open goes on with what it has mapped.
    """
    if not is_name(name):
        raise ModelFailed(problems.bad_name(name))
    try:
        with contextlib.ExitStack() as stack:
            if folder.is_dir():
                stack.enter_context(locked(folder, name))
            found = [each for each in (folder / name, folder / f"{INCOMING}{name}") if each.is_dir()]
            if not found:
                raise ModelFailed(problems.no_such(name, installed_names(folder)))
            return sum(_remove(each) for each in found)
    except OSError as error:
        raise ModelFailed(problems.not_written(folder, error.strerror or str(error))) from error


def _remove(folder: Path) -> int:
    """Renamed first: half a model is never seen under its name."""
    if folder.is_symlink():
        folder.unlink()
        return 0
    size = size_bytes(folder)
    doomed = folder.with_name(f".removing-{folder.name.lstrip('.')}-{os.getpid()}")
    folder.rename(doomed)
    shutil.rmtree(doomed)
    return size


def size_bytes(folder: Path) -> int:
    """Of all files below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def installed_names(folder: Path) -> list[str]:
    """Everything in the folder of models that has a manifest or a config."""
    marks = (FILE_NAME, "config.yaml")
    found = {path.parent.name for mark in marks for path in folder.glob(f"*/{mark}")}
    return sorted(name for name in found if is_name(name))
