"""Programs on the user's list, found among the running ones every few seconds."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from desktop.core.giving_way import ListedProgramsChanged

PROC: Final = Path("/proc")
PERIOD_S: Final = 5.0
_COMM_LENGTH: Final = 15  # the kernel keeps no more of a name
_log = logging.getLogger(__name__)


def running_of(names: tuple[str, ...], proc: Path = PROC) -> tuple[str, ...]:
    """Those of ``names`` (file names of programs, any case, with or without ``.exe``) that run now.

    In the list's order. Other users' programs count as well: their names may be read.
    """
    wanted = {_plain(name): name for name in names if name.strip()}
    if not wanted:
        return ()
    found = {plain for plain in _running(proc, wanted) if plain in wanted}
    return tuple(name for plain, name in wanted.items() if plain in found)


def _running(proc: Path, wanted: dict[str, str]) -> Iterator[str]:
    """Plain names of running programs; the whole command is read only where the kernel cut the name."""
    cut = {plain[:_COMM_LENGTH] for plain in wanted if len(plain) > _COMM_LENGTH - len(".exe")}
    for pid in _pids(proc):
        comm = _text(proc / pid / "comm").strip()
        yield _plain(comm)
        if len(comm) == _COMM_LENGTH and any(comm.lower().startswith(name[:11]) for name in cut):
            argument = _text(proc / pid / "cmdline").partition("\0")[0]
            yield _plain(argument.replace("\\", "/").rpartition("/")[2])


def _pids(proc: Path) -> list[str]:
    try:
        return [name for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208 - far cheaper here
    except OSError:
        return []


def _plain(name: str) -> str:
    return name.strip().lower().removesuffix(".exe")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile
        return ""


class ListedPrograms:
    """The thread ``processes``; sleeps without a wake-up while the list is empty. Linux only: elsewhere
    there is no /proc and nothing is ever found.
    """

    def __init__(
        self,
        post: Callable[[ListedProgramsChanged], None],
        names: tuple[str, ...] = (),
        *,
        period_s: float = PERIOD_S,
        proc: Path = PROC,
    ) -> None:
        self._post = post
        self._period_s = period_s
        self._proc = proc
        self._inbox: queue.SimpleQueue[tuple[str, ...] | None] = queue.SimpleQueue()
        self._inbox.put(names)
        self._thread = threading.Thread(target=self._run, name="processes", daemon=True)
        self._thread.start()

    def look_for(self, names: tuple[str, ...]) -> None:
        """The user's list changed."""
        self._inbox.put(names)

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread."""
        self._inbox.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        names: tuple[str, ...] = ()
        told: tuple[str, ...] = ()
        while True:
            try:
                item = self._inbox.get(timeout=self._period_s if names else None)
                if item is None:
                    return
                names = item
            except queue.Empty:
                pass
            found = self._look(names)
            if found != told:
                self._post(ListedProgramsChanged(found))
                told = found

    def _look(self, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return running_of(names, self._proc)
        except Exception:  # noqa: BLE001 - a mistake of ours must not end the watching
            _log.exception("processes: unexpected")
            return ()
