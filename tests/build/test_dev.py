from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "build").glob("requirements*.txt"))
HASHED = [path for path in LOCKS if "torch" not in path.name]


def load(name: str) -> ModuleType:
    """A module of build/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"plosive_build_{name}", ROOT / "build" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pinned_names() -> set[str]:
    """Names of every pinned package, as registries normalise them."""
    pins = [re.match(r"([\w.-]+)==\S+", line) for path in LOCKS for line in path.read_text().splitlines()]
    return {re.sub(r"[-_.]+", "-", pin.group(1)).lower() for pin in pins if pin}


def dev(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "build/dev.py", *arguments]
    env = os.environ | environment
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_every_dependency_of_the_project_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], "hatchling"]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", text)[0]).lower() for text in wanted}
    assert names - pinned_names() == set()


@pytest.mark.parametrize("path", HASHED, ids=lambda path: path.stem)
def test_locks_hold_exact_versions_with_hashes_and_no_address(path: Path) -> None:
    entries = re.split(r"\n(?=[^ #\n])", path.read_text().partition("\n")[2])
    entries = [entry for entry in entries if entry.strip()]
    assert entries
    assert [entry for entry in entries if not re.match(r"[\w.-]+==[\w.+!]+", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in path.read_text()


def test_the_list_of_debian_packages_is_read_without_comments_and_groups() -> None:
    environment = load("environment")
    assert environment.read_apt_list("# why\n[program]\nlibgl1 sox\n\nxvfb\n") == ["libgl1", "sox", "xvfb"]
    names = environment.read_apt_list(environment.APT_LIST.read_text())
    assert {"libportaudio2", "xvfb", "flite"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no Debian here")
def test_no_package_is_called_missing_that_dpkg_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = load("environment")
    listing = tmp_path / "packages.txt"
    listing.write_text("dpkg plosive-no-such-package\n")
    monkeypatch.setattr(environment, "APT_LIST", listing)
    assert environment.missing_debian_packages() == ["plosive-no-such-package"]


def test_a_failed_step_shows_the_end_of_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    environment = load("environment")
    command = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(environment.SetupFailed, match=r"exit code 3(.|\n)*the reason"):
        environment.run_logged("a step", command, log_path=None)
    assert "a step" in capsys.readouterr().out


def test_a_changed_input_makes_setup_run_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = load("environment")
    before = environment.hash_inputs()
    assert environment.hash_inputs() == before
    for name, _ in environment.LOCKS:
        (tmp_path / name).write_text("other==1.0\n")
    monkeypatch.setattr(environment, "BUILD", tmp_path)
    assert environment.hash_inputs() != before


def test_an_unknown_verb_or_benchmark_is_answered_with_what_there_is() -> None:
    assert "invalid choice" in dev("fly").stderr
    unknown = dev("bench", "no-such-benchmark")
    assert unknown.returncode == 2
    assert "usage: dev.py bench NAME" in unknown.stdout


def test_a_terminal_without_the_letters_of_the_help_gets_it_all_the_same() -> None:
    told = dev("--help", PYTHONIOENCODING="ascii")
    assert told.returncode == 0, told.stderr
    assert "run [ARG?]" in told.stdout


@pytest.mark.parametrize("verb", ["check", "bench"])
def test_a_fresh_clone_is_set_up_before_it_is_checked_or_measured(
    verb: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(ROOT / "build")
    dev, done = load("dev"), list[str]()
    environment = sys.modules["environment"]
    monkeypatch.setattr(environment, "STAMP", tmp_path / "no stamp")
    monkeypatch.setattr(dev, "set_up", lambda: done.append("set up"))
    monkeypatch.setattr(dev, "call", lambda command: done.append("call") or 0)
    assert dev.main([verb, "tray"]) == 0
    assert done[:2] == ["set up", "call"]


def test_an_environment_whose_python_was_removed_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = load("environment")
    python, stamp = tmp_path / "bin" / "python", tmp_path / "stamp"
    monkeypatch.setattr(environment, "PYTHON", python)
    monkeypatch.setattr(environment, "STAMP", stamp)
    stamp.touch()
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    assert environment.has_environment()
    python.unlink()
    python.symlink_to(tmp_path / "removed with an upgrade" / "python3")
    assert not environment.has_environment()


def test_a_name_that_another_package_stands_in_for_is_not_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = load("environment")
    monkeypatch.setattr(environment, "APT_LIST", tmp_path / "packages.txt")
    environment.APT_LIST.write_text("libglib2.0-0 sox\n")
    fake = tmp_path / "dpkg-query"
    provides = "installed libglib2.0-0 (= 2.80), libgio\\ninstalled \\nnot-installed sox"
    fake.write_text(f'#!/bin/sh\ncase "$3" in *Provides*) printf "{provides}";; *) exit 1;; esac\n')
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert environment.missing_debian_packages() == ["sox"]


def test_a_package_unknown_to_apt_and_a_bad_source_do_not_keep_the_others_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment, installed = load("environment"), list[str]()

    def run(label: str, command: Sequence[str]) -> None:
        if "update" in command:
            raise environment.SetupFailed("E: The repository has no Release file.")
        names = list(command[command.index("--no-install-recommends") + 1 :])
        if "chromium" in names:
            raise environment.SetupFailed("E: Unable to locate package chromium")
        installed.extend(names)

    wanted = ["sox", "chromium", "xvfb"]
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(environment, "root_prefix", list)
    monkeypatch.setattr(environment, "run_logged", run)
    monkeypatch.setattr(
        environment, "missing_debian_packages", lambda: [name for name in wanted if name not in installed]
    )
    assert environment.install_debian_packages() == ["chromium"]
    assert installed == ["sox", "xvfb"]
    assert "no Release file" in capsys.readouterr().out


def test_a_failed_installation_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = load("environment")
    monkeypatch.setattr(environment, "PYTHON", Path(shutil.which("false") or "false"))
    with pytest.raises(environment.SetupFailed, match="run it again"):
        environment.pip("nothing", "nothing")


@pytest.mark.parametrize("failing", ["", "waiting", "computing"])
def test_the_whole_suite_runs_every_folder_once_and_fails_with_either_half(
    failing: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(ROOT / "build")
    dev = load("dev")
    half = "import sys; print(*sys.argv[1:]); which = 'waiting' if 'tests' in sys.argv else 'computing'"
    code = dev.whole_suite([sys.executable, "-c", f"{half}; sys.exit(which == {failing!r})"])
    assert (code != 0) == bool(failing)
    folders = [f"tests/{name}" for name in dev.COMPUTING]
    told = capfd.readouterr().out
    assert "tests " + " ".join(f"--ignore={each}" for each in folders) in told
    assert "\n" + " ".join(folders) + "\n" in told
    assert all((ROOT / each).is_dir() for each in folders)
