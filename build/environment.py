"""Set up what the program needs: Debian packages and a virtual environment with pinned packages.

Standard library only; runs before anything is installed. A stamp holding the hash of every input makes
a second call quick. Nothing is downloaded by address: apt-get and pip are asked by package name.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PLOSIVE = PYTHON.with_name("plosive.exe" if os.name == "nt" else "plosive")
STAMP = VENV / "plosive-setup.stamp"
LOG = VENV / "plosive-setup.log"
APT_LIST = BUILD / "apt-packages.txt"

# In this order: the tools that build source packages, everything pinned by hash, then torch. Torch is
# pinned by version alone, because the same version is published for the CPU and for several CUDA releases;
# it comes last, when what it depends on is there in the pinned version.
LOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("requirements-tools.txt", ("--require-hashes", "--no-deps")),
    ("requirements.txt", ("--require-hashes", "--no-deps", "--no-build-isolation")),
    ("requirements-dev.txt", ("--require-hashes", "--no-deps")),
    ("requirements-torch.txt", ()),
)
UNKNOWN_TO_APT = re.compile(r"(?:Unable to locate package|Package) '?([a-z0-9][a-z0-9.+-]*)")
"""In what apt-get says; one such name and it installs none of the others."""
OLDEST, NEWEST = (3, 11), (3, 13)


class SetupFailed(Exception):
    """Setting up cannot go on; the message says why and what to do."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


def set_up() -> list[str]:
    """Bring the machine up to date and return the Debian packages that are still missing.

    Raises:
        SetupFailed: no fitting Python, or pip failed.
    """
    still_missing = install_debian_packages()
    digest = hash_inputs()
    if has_environment() and STAMP.read_text() == digest and PLOSIVE.exists():
        return still_missing
    make_venv()
    for name, options in LOCKS:
        install_lock(name, options)
    pip("our own packages", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    STAMP.write_text(digest)
    say(f"setup: done; the program is {PLOSIVE.relative_to(ROOT)}")
    return still_missing


def has_environment() -> bool:
    """Whether ``.venv`` was finished once and its Python is still there: an upgrade may have removed that."""
    return STAMP.is_file() and PYTHON.exists()


def hash_inputs() -> str:
    """Digest of everything that decides what the virtual environment holds."""
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for path in (ROOT / "pyproject.toml", Path(__file__), *(BUILD / name for name, _ in LOCKS)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


# ------------------------------------------------------------------------------- Debian packages


def install_debian_packages() -> list[str]:
    """Install what is missing where we may; return what is missing afterwards."""
    if shutil.which("dpkg-query") is None:
        return []
    missing = missing_debian_packages()
    if not missing:
        return []
    prefix = root_prefix()
    if prefix is None:
        say("setup: these Debian packages are missing and installing them needs root. Please run:\n")
        say(f"    sudo apt-get update && sudo apt-get install --no-install-recommends {' '.join(missing)}\n")
        return missing
    say(f"setup: {len(missing)} Debian packages are missing: {' '.join(missing)}")
    apt = [*prefix, "env", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    install = [*apt, "install", "--no-install-recommends"]
    try_logged("apt-get update", [*apt, "update"])  # fails for one bad source; the others may be enough
    trouble = try_logged("apt-get install", [*install, *missing])
    unknown = set(UNKNOWN_TO_APT.findall(trouble))
    if unknown & set(missing) and (known := [name for name in missing if name not in unknown]):
        try_logged("apt-get install of the others", [*install, *known])
    return missing_debian_packages()


def missing_debian_packages() -> list[str]:
    """Packages of the list that dpkg does not call installed, in the order of the list."""
    wanted = read_apt_list(APT_LIST.read_text())
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it apart from its Python
        wanted.append("python3-venv")
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *wanted]
    answer = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    installed = {line.split()[1] for line in answer.splitlines() if line.startswith("installed ")}
    missing = [name for name in wanted if name not in installed]
    provided = provided_debian_packages() if missing else frozenset()
    return [name for name in missing if name not in provided]


def provided_debian_packages() -> frozenset[str]:
    """Names that installed packages stand in for: newer Debians have libglib2.0-0t64 for libglib2.0-0."""
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Provides}\n"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    provided = [line.partition(" ")[2] for line in answer.splitlines() if line.startswith("installed ")]
    names = [each.split() for line in provided for each in line.split(",")]
    return frozenset(words[0].partition(":")[0] for words in names if words)


def read_apt_list(text: str) -> list[str]:
    """Package names in ``text``; comments and [group] lines left out."""
    lines = [line for line in text.splitlines() if not line.startswith(("#", "["))]
    return [name for line in lines for name in line.split()]


def root_prefix() -> list[str] | None:
    """What to put before apt-get: nothing as root, sudo where it asks no password, else ``None``."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


# ------------------------------------------------------------------------------- Python packages


def make_venv() -> None:
    """Make ``.venv`` with a fitting Python; one of another version, or without pip, is made anew."""
    python, version = find_python()
    if any(PYTHON.parent.glob("pip*")) and python_version(str(PYTHON)) == version:
        return
    say(f"setup: making {VENV.relative_to(ROOT)} with Python {version}")
    VENV.mkdir(exist_ok=True)
    run_logged("venv", [python, "-m", "venv", "--clear", str(VENV)], log_path=None)


def find_python() -> tuple[str, str]:
    """The Python to use and its version: the one running this, else the newest that fits.

    Raises:
        SetupFailed: none of them is there.
    """
    newest_first = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    for name in (sys.executable, *newest_first):
        version = python_version(name)
        if version in {"3.11", "3.12", "3.13"}:
            return name, version
    raise SetupFailed("Python 3.11, 3.12 or 3.13 is needed. On Debian: apt-get install python3 python3-venv")


def python_version(name: str) -> str:
    """``major.minor`` of a Python, or nothing when it cannot be run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([name, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def install_lock(name: str, options: Iterable[str]) -> None:
    """Install one lock file."""
    text = (BUILD / name).read_text()
    count = sum("==" in line and not line.startswith("#") for line in text.splitlines())
    pip(f"{count} packages of {name}", *options, "--requirement", str(BUILD / name))


def pip(label: str, *arguments: str) -> None:
    """Run ``pip install`` in the virtual environment."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    try:
        run_logged(label, [str(PYTHON), "-m", "pip", "install", *options, *arguments])
    except SetupFailed as failure:
        remedy = f"Check the connection and run it again: it goes on from here. All of its output: {LOG}"
        raise SetupFailed(f"{failure}\n{remedy}") from failure


# ------------------------------------------------------------------------------- running and telling


def run_logged(label: str, command: Sequence[str], log_path: Path | None = LOG) -> None:
    """Run a command, keep its output in the log, and say every few seconds how far it is.

    Raises:
        SetupFailed: the command failed; the message holds the end of its output.
    """
    say(f"setup: {label} …")
    started_s = time.monotonic()
    lines: list[str] = []
    is_over = threading.Event()
    threading.Thread(target=tell_progress, args=(lines, is_over), name="progress", daemon=True).start()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)  # noqa: PERF402 - read elsewhere while it grows
    is_over.set()
    if log_path is not None and VENV.is_dir():
        with log_path.open("a", encoding="utf-8") as log:
            log.writelines([f"$ {' '.join(command)}\n", *lines])
    if process.returncode:
        raise SetupFailed(f"{label} failed (exit code {process.returncode}):\n{''.join(lines[-25:])}")
    say(f"setup: {label}: {time.monotonic() - started_s:.0f} s")


def try_logged(label: str, command: Sequence[str]) -> str:
    """The same, but a failure is only said; the answer is what went wrong, or nothing."""
    try:
        run_logged(label, command)
    except SetupFailed as failure:
        say(f"setup: {failure}")
        return str(failure)
    return ""


def tell_progress(lines: Sequence[str], is_over: threading.Event) -> None:
    """Every ten seconds the time and the latest line, also while a command says nothing for long."""
    started_s = time.monotonic()
    while not is_over.wait(10.0):
        say(f"       {time.monotonic() - started_s:4.0f} s  {lines[-1].strip()[:90] if lines else ''}")
