from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
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


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "build/dev.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


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
