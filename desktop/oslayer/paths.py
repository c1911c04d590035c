"""Where the program keeps things: the folders of the platform (XDG on Linux), private to the user.

Folders are made with mode 0700 when first asked for. Nothing is written elsewhere, except where the
user says so (history, exports).
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.events import Problem

APP: Final = "plosive"
LONGEST_SOCKET_BYTES: Final = 100
"""A Unix socket's name may have 107 bytes on Linux and 103 on macOS."""


@dataclass(frozen=True, slots=True)
class AppPaths:
    """``config`` what the user sets, ``data`` what the user made, ``state`` what can be lost but not
    cleared (logs, kept recordings), ``cache`` what can be made again, ``runtime`` lives as long as the login.
    """

    config: Path
    data: Path
    state: Path
    cache: Path
    runtime: Path

    @property
    def settings_file(self) -> Path:
        """The settings, in TOML."""
        return self.config / "settings.toml"

    @property
    def logs(self) -> Path:
        """Folder of the program's own logs."""
        return self.state / "log"

    @property
    def recordings(self) -> Path:
        """Folder of dictations under way, and of those that failed and can be retried."""
        return self.state / "recordings"

    @property
    def gpu_log(self) -> Path:
        """What was done to the card's memory, one JSON line each."""
        return self.state / "gpu-operations.jsonl"

    @property
    def card_fits(self) -> Path:
        """Which model is known to fit on which card."""
        return self.state / "card-fits.json"

    @property
    def models(self) -> Path:
        """Folder of installed models."""
        return self.data / "models"

    @property
    def control_socket(self) -> Path:
        """Where the running program listens to its command line."""
        return self.runtime / "control.sock"

    @property
    def instance_lock(self) -> Path:
        """Locked by the one running program."""
        return self.runtime / "instance.lock"

    def make(self) -> AppPaths:
        """Make every folder that is missing, mode 0700. Raises ``OSError``."""
        folders = (self.config, self.data, self.state, self.cache, self.runtime, self.logs, self.recordings)
        for folder in folders:
            private_folder(folder)
        return self


class FolderRefused(OSError):
    """A folder cannot be used; ``problem`` is what the user reads."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.errno, error.strerror, error.filename)
        self.problem = Problem(
            "start.no_folder",
            f"A folder that Plosive needs cannot be used: {error.filename} {error.strerror}.",
            "Check who owns it and whether the disk is full.",
        )


def app_paths() -> AppPaths:
    """The folders of this user; nothing is made."""
    import platformdirs

    return AppPaths(
        config=platformdirs.user_config_path(APP, appauthor=False),
        data=platformdirs.user_data_path(APP, appauthor=False),
        state=platformdirs.user_state_path(APP, appauthor=False),
        cache=platformdirs.user_cache_path(APP, appauthor=False),
        runtime=runtime_folder(),
    )


def runtime_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of the control socket, made private to the user; cheap, without platformdirs.

    ``$XDG_RUNTIME_DIR/plosive`` where that is set, ours and short enough for a socket's name; else a
    folder of ours below the temporary folder. Raises ``FolderRefused`` when somebody else holds that name.
    """
    env = os.environ if environment is None else environment
    base = env.get("XDG_RUNTIME_DIR", "")
    if base.startswith("/") and _is_ours(Path(base)):
        folder = Path(base, APP)
        if len(os.fsencode(folder / "control.sock")) <= LONGEST_SOCKET_BYTES:
            return _usable(folder)
    folder = Path(tempfile.gettempdir(), f"{APP}-{_user_id()}")
    if folder.is_symlink():  # anybody could have laid it there, and it may lead anywhere
        raise FolderRefused(PermissionError(errno.EACCES, "is a link", str(folder)))
    return _usable(folder)


def _usable(folder: Path) -> Path:
    try:
        return private_folder(folder)
    except OSError as error:
        raise FolderRefused(error) from error


def private_folder(folder: Path) -> Path:
    """``folder``, made with mode 0700 if missing. Raises ``PermissionError`` if it is another user's.

    A folder that was there keeps its mode, unless it is a runtime folder that others could write to.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not sys.platform.startswith("win"):
        found = folder.stat()
        if found.st_uid != os.getuid():
            raise PermissionError(errno.EACCES, "belongs to another user", str(folder))
        if stat.S_IMODE(found.st_mode) & 0o022:
            folder.chmod(0o700)
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        return folder.is_dir() and folder.stat().st_uid == _user_id()
    except OSError:
        return False


def _user_id() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
