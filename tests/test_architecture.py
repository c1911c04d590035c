"""The rules of ARCHITECTURE.md as tests: who may import what, how big things may be, what must not appear.

Sources are read, not run, so a rule also holds for imports made late or only for type checkers. Two tests
at the end start real processes, because what a library pulls in cannot be read from our sources.
"""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("audio", "recognizer", "desktop", "resources")
TOP_LEVEL = {
    "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md",
    "desktop", "audio", "recognizer", "resources", "tests", "build",
}  # fmt: skip

FACTS = ("audio.pcm", "audio.events", "recognizer.events", "recognizer.gpu_reading")
# package: what of ours it may import (a name stands for itself and everything below it)
MAY_IMPORT = {
    "audio": ("audio",),
    "resources": ("resources",),
    "recognizer": ("recognizer", "audio.pcm", "audio.events"),
    "desktop.core": (*FACTS, "desktop.core"),
    "desktop.oslayer": (*FACTS, "desktop.oslayer", "desktop.core"),
    "desktop.settings": ("audio", "recognizer", "desktop.settings", "desktop.core", "desktop.oslayer"),
    "desktop.history": (*FACTS, "desktop.history", "desktop.core", "desktop.oslayer", "desktop.settings"),
    "desktop.files": ("audio", "recognizer", "desktop.files", "desktop.core", "desktop.settings",
                      "desktop.history"),
    "desktop.live_output": (*FACTS, "desktop.live_output", "desktop.core"),
    "desktop.ui": ("audio", "recognizer", "resources", "desktop.ui", "desktop.core", "desktop.settings",
                   "desktop.history", "desktop.oslayer"),
}
# library: the only modules that may import it
HOMES = {
    "PySide6": ("desktop.app", "desktop.bridge", "desktop.controller", "desktop.ui"),
    "sounddevice": ("audio.microphone", "audio.devices"),
    "pulsectl": ("audio",),
    "soundfile": ("audio",),
    "soxr": ("audio.resampler",),
    "av": ("audio.media_decoder",),
    "webrtcvad": (),  # costs memory at rest; its core is enough
    "_webrtcvad": ("audio.vad",),
    "onnxruntime": ("audio", "recognizer.worker"),
    "silero_vad": (),  # its package imports torch; only the file in it is read
    "torch": ("recognizer.worker",),
    "funasr": ("recognizer.worker",),
    "pocketsphinx": ("recognizer.worker",),
    "pynvml": ("recognizer.gpu",),
    "websockets": ("recognizer.remote_connection", "desktop.live_output"),
    "huggingface_hub": ("recognizer.models.hub",),
    "modelscope_hub": ("recognizer.models.hub",),
    "sqlite3": ("desktop.history",),
    "Xlib": ("desktop.oslayer",),
    "dbus_fast": ("desktop.oslayer",),
    "wetext": ("recognizer.text.itn",),
    "opencc": ("recognizer.text.pipeline",),
}
USED_WITHOUT_IMPORT = {
    "kaldi-native-fbank",  # FunASR takes it for features where torchaudio is absent
    "silero-vad",  # only the ONNX file in its wheel
}
PURE = "desktop.core"
IMPURE = {"asyncio", "ctypes", "logging", "multiprocessing", "os", "select", "signal", "socket", "sqlite3",
          "subprocess", "threading", "time"}  # fmt: skip
WORKER = "recognizer.worker"

LONGEST_FUNCTION_LINES, LONGEST_MODULE_LINES = 60, 250
MEDIAN_FUNCTION_LINES, P90_FUNCTION_LINES = 8, 30
FOREIGN_TEXT = re.compile(
    r"/wor[k]/|/roo[t]/|/tm[p]/brief|/opt/(wheel[s]|pyp[i])|pypi[.]or[g]|files[.]pythonhoste[d]|deb[.]debia[n][.]org"
)


@dataclass(frozen=True)
class Import:
    """``importer`` names ``target`` (a dotted name) at ``line``; ``typing_only`` under TYPE_CHECKING."""

    importer: str
    target: str
    line: int
    typing_only: bool
    is_star: bool = False

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def below(name: str, homes: tuple[str, ...]) -> bool:
    """Whether ``name`` is one of ``homes`` or stands below one."""
    return any(name == home or name.startswith(home + ".") for home in homes)


def read_sources() -> dict[str, str]:
    """Every module of ours: dotted name → source. A package has the name of its folder."""
    found = {}
    for path in sorted(path for package in OURS for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def imports_of(module: str, source: str, known: frozenset[str]) -> Iterator[Import]:
    """Every import in ``source``, wherever it stands; ``from a import b`` names ``a.b`` if it is a module."""
    tree = ast.parse(source)
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    guards = [node for node in branches if "TYPE_CHECKING" in ast.unparse(node.test)]
    guarded = {id(node) for guard in guards for part in guard.body for node in ast.walk(part)}
    for node in ast.walk(tree):
        for target, is_star in targets(node, module, known):
            yield Import(module, target, getattr(node, "lineno", 0), id(node) in guarded, is_star)


def targets(node: ast.AST, module: str, known: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """What one node imports: (dotted name, is it a star import)."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, False) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = module.split(".") if module in PACKAGES else module.split(".")[:-1]
            base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
        for alias in node.names:
            below_base = f"{base}.{alias.name}"
            yield (below_base if below_base in known else base), alias.name == "*"
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("__import__", "import_module")):
        yield from ((str(name.value), False) for name in node.args[:1] if isinstance(name, ast.Constant))


def violations(sources: Mapping[str, str]) -> list[str]:
    """Every broken import rule, one sentence each."""
    known = frozenset(sources)
    found = [each for name, text in sources.items() for each in imports_of(name, text, known)]
    broken = [f"star: {each}" for each in found if each.is_star]
    broken += [f"home: {each}" for each in found if not at_home(each)]
    broken += [f"direction: {each}" for each in found if not in_direction(each)]
    broken += [f"purity: {each}" for each in found if below(each.importer, (PURE,)) and not is_pure(each)]
    broken += [f"worker: {each}" for each in found
               if below(each.target, (WORKER,)) and not below(each.importer, (WORKER,))]
    return broken + [f"cycle: {' → '.join(cycle)}" for cycle in cycles(found, known)]


def at_home(each: Import) -> bool:
    """Whether a library is imported only where it lives."""
    homes = HOMES.get(each.target.split(".")[0])
    return homes is None or below(each.importer, homes)


def in_direction(each: Import) -> bool:
    """Whether an import of ours points the allowed way; the longest matching package decides."""
    if each.target.split(".")[0] not in OURS:
        return each.target.split(".")[0] not in {"tests", "build"}
    rules = [package for package in MAY_IMPORT if below(each.importer, (package,))]
    return not rules or below(each.target, MAY_IMPORT[max(rules, key=len)])


def is_pure(each: Import) -> bool:
    """Whether the core may name it: our facts, or a part of the standard library that does nothing."""
    top = each.target.split(".")[0]
    return top in OURS or (top in sys.stdlib_module_names and top not in IMPURE)


def cycles(found: list[Import], known: frozenset[str]) -> list[list[str]]:
    """Import cycles among our modules, late imports included, imports for type checkers not."""
    edges: dict[str, set[str]] = {name: set() for name in known}
    for each in found:
        is_own_package = each.importer.startswith(each.target + ".")
        if each.target in known and not each.typing_only and not is_own_package:
            edges[each.importer].add(each.target)
    return [path for start in sorted(known) if (path := way_back(start, edges)) and start == min(path)]


def way_back(start: str, edges: Mapping[str, set[str]]) -> list[str]:
    """A shortest way from ``start`` back to itself, or nothing."""
    ways, seen = [[start]], set[str]()
    for way in ways:
        for target in sorted(edges[way[-1]]):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def function_lengths(source: str) -> dict[str, int]:
    """Lines of every function, decorators and docstring left out."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, functions)]
    return {f"{node.name}:{node.lineno}": (node.end_lineno or 0) - body_start(node) + 1 for node in nodes}


def body_start(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Where the code of a function begins: one line of signature before its first real statement."""
    first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
    return first.lineno - 1


INITS = [path for package in OURS for path in (ROOT / package).rglob("__init__.py")]
PACKAGES = {".".join(path.parent.relative_to(ROOT).parts) for path in INITS}
SOURCES = read_sources()


# --------------------------------------------------------------------------------------- the rules


def test_imports_follow_the_rules() -> None:
    assert violations(SOURCES) == []


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    """No library comes in by accident of another one's needs, and none is carried along for nothing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {distribution(re.split(r"[^\w.-]", text)[0]) for text in project["dependencies"]}
    found = [each for name, text in SOURCES.items() for each in imports_of(name, text, frozenset(SOURCES))]
    tops = {each.target.split(".")[0] for each in found} - set(sys.stdlib_module_names) - set(OURS)
    homes = {top: {distribution(name) for name in packages_distributions().get(top, [])} for top in tops}
    assert {top: names for top, names in homes.items() if not names & declared} == {}
    assert declared - set().union(*homes.values()) == USED_WITHOUT_IMPORT


def distribution(name: str) -> str:
    """The name of a distribution in the one spelling that can be compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_long_modules_say_why() -> None:
    """A module over the limit explains itself: its docstring says that it is long, and because of what."""
    lengths = {name: text.count("\n") for name, text in SOURCES.items()}
    long = [name for name, lines in lengths.items() if lines > LONGEST_MODULE_LINES]
    docs = {name: ast.get_docstring(ast.parse(SOURCES[name])) or "" for name in long}
    says_why = re.compile(r"(\blong\b|\bover 250 lines\b).*\bbecause\b", re.DOTALL | re.IGNORECASE)
    assert {name: lengths[name] for name in long if not says_why.search(docs[name])} == {}


def test_functions_are_short() -> None:
    lengths = {f"{m}.{f}": n for m, text in SOURCES.items() for f, n in function_lengths(text).items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION_LINES} == {}
    assert statistics.median(lengths.values()) <= MEDIAN_FUNCTION_LINES
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= P90_FUNCTION_LINES


def test_every_module_says_what_it_is() -> None:
    assert [name for name, text in SOURCES.items() if not ast.get_docstring(ast.parse(text))] == []


def test_top_level_is_as_the_user_fixed_it() -> None:
    tracked = {line.split("/")[0] for line in git_files()}
    assert {name for name in tracked if not name.startswith(".")} <= TOP_LEVEL
    assert not (ROOT / "build" / "__init__.py").exists(), "would shadow the package `build`"


def test_no_path_of_a_machine_and_no_registry_in_any_file() -> None:
    found = []
    for name in git_files():
        path = ROOT / name
        text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
        found += [f"{name}: {match.group()}" for match in FOREIGN_TEXT.finditer(text)]
    assert found == []


def git_files() -> list[str]:
    """Tracked files; the files below our own names where there is no repository (an unpacked archive)."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files"]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return answer.stdout.splitlines()
    paths = [path for name in TOP_LEVEL for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    return [str(path.relative_to(ROOT)) for path in paths if path.is_file() and path.suffix != ".pyc"]


# --------------------------------------------------------------------------- what processes really load


def loaded_by(code: str, *watched: str) -> set[str]:
    """Which of the ``watched`` modules a fresh process has loaded after ``code``."""
    ask = f"{code}\nimport sys\nprint('LOADED', *[m for m in {watched!r} if m in sys.modules])"
    command = [sys.executable, "-c", ask]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.rpartition("LOADED")[2].split())


def test_tray_process_loads_no_model_library() -> None:
    heavy = ("torch", "funasr", "transformers", "pocketsphinx", "recognizer.worker")
    assert loaded_by("import desktop.app", *heavy, "PySide6") == {"PySide6"}


def test_worker_process_loads_no_desktop() -> None:
    modules = sorted(name for name in SOURCES if below(name, (WORKER,)) and not name.endswith("__main__"))
    assert loaded_by(f"import {', '.join(modules)}", "PySide6", "desktop", "sounddevice", WORKER) == {WORKER}


# ------------------------------------------------------------------------------ the checker itself can fail


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("audio.level", "import recognizer.events", "direction: audio.level:1 imports recognizer.events"),
        ("audio.level", "def f():\n    from desktop import app", "direction: audio.level:2 imports desktop"),
        ("recognizer.driver", "from audio import vad", "direction: recognizer.driver:1 imports audio.vad"),
        ("desktop.core.session", "import time", "purity: desktop.core.session:1 imports time"),
        ("desktop.core.session", "import numpy", "purity: desktop.core.session:1 imports numpy"),
        ("desktop.core.gesture", "import desktop.ui", "direction: desktop.core.gesture:1 imports desktop.ui"),
        ("desktop.settings.store", "import PySide6", "home: desktop.settings.store:1 imports PySide6"),
        ("desktop.app", "import torch", "home: desktop.app:1 imports torch"),
        ("desktop.app", "importlib.import_module('torch')", "home: desktop.app:1 imports torch"),
        ("desktop.app", "import recognizer.worker", "worker: desktop.app:1 imports recognizer.worker"),
        ("desktop.app", "from os.path import *", "star: desktop.app:1 imports os.path"),
        ("audio.vad", "from . import level", "cycle: audio.level → audio.vad → audio.level"),
    ],
)  # fmt: skip
def test_the_checker_notices(module: str, source: str, expected: str) -> None:
    sources = {"audio": "", "audio.vad": "", "audio.level": "import audio.vad", "recognizer.worker": ""}
    assert expected in violations(sources | {module: source})


def test_the_checker_accepts_what_is_allowed() -> None:
    good = {
        "audio": "", "audio.pcm": "import numpy", "audio.vad": "import _webrtcvad\nfrom audio import pcm",
        "recognizer.driver": "from audio import pcm\nimport threading",
        "desktop.core.session": "from dataclasses import dataclass\nfrom audio.pcm import FRAME_MS",
        "desktop.app": "from PySide6 import QtWidgets\nfrom audio import vad",
    }  # fmt: skip
    assert violations(good) == []


def test_function_lengths_are_counted() -> None:
    source = 'def f():\n    """Doc.\n\n    More.\n    """\n    a = 1\n    return a\n'
    assert function_lengths(source) == {"f:1": 3}
