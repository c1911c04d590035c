"""Folders: where XDG says, private, never somebody else's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from desktop.oslayer.paths import (
    LONGEST_SOCKET_BYTES,
    FolderRefused,
    app_paths,
    private_folder,
    runtime_folder,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_follow_xdg_and_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    paths = app_paths().make()
    assert paths.settings_file == tmp_path / "config" / "plosive" / "settings.toml"
    assert (paths.data, paths.cache) == (tmp_path / "data" / "plosive", tmp_path / "cache" / "plosive")
    kept = (paths.config, paths.data, paths.state, paths.cache, paths.logs, paths.recordings)
    assert {mode(folder) for folder in (*kept, paths.runtime)} == {0o700}


def test_the_runtime_folder_is_below_xdg_runtime_dir(tmp_path: Path) -> None:
    assert runtime_folder({"XDG_RUNTIME_DIR": str(tmp_path)}) == tmp_path / "plosive"
    assert mode(tmp_path / "plosive") == 0o700


@pytest.mark.parametrize("value", ["", "relative/run", "/nonexistent/run"])
def test_without_a_usable_one_it_is_private_below_the_temporary_folder(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = runtime_folder({"XDG_RUNTIME_DIR": value})
    assert folder == tmp_path / f"plosive-{os.getuid()}" and mode(folder) == 0o700


@pytest.mark.parametrize("is_link", [True, False])
def test_a_runtime_folder_that_is_none_of_ours_is_told(
    is_link: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"plosive-{os.getuid()}"
    if is_link:
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.write_text("a file")
    with pytest.raises(FolderRefused) as refused:
        runtime_folder({})
    assert str(folder) in refused.value.problem.sentence and refused.value.problem.remedy


def test_a_folder_too_deep_for_a_socket_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    deep = tmp_path / ("x" * LONGEST_SOCKET_BYTES)
    deep.mkdir()
    assert runtime_folder({"XDG_RUNTIME_DIR": str(deep)}) == tmp_path / f"plosive-{os.getuid()}"


def test_a_folder_that_others_could_write_to_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    assert mode(private_folder(folder)) == 0o700


def test_a_folder_of_the_user_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    assert mode(private_folder(folder)) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(PermissionError):
        private_folder(folder)
