"""The catalogue that ships, names and patterns of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from recognizer.models.catalogue import HUBS, PASSES, read_catalogue
from recognizer.models.hub import Listing, RemoteFile, is_safe, matches, wanted
from recognizer.models.names import is_name

FILE = Path(resources.__file__).parent / "models" / "catalogue.toml"


def test_catalogue_that_ships_is_whole() -> None:
    models = read_catalogue(FILE)
    assert {"paraformer-zh-streaming", "sensevoice-small", "paraformer-demo"} <= set(models)
    for model in models.values():
        assert is_name(model.name) and model.about and model.about_zh and model.languages
        assert model.licence or model.repositories, "a licence, or a page that tells it"
        assert set(model.passes) <= set(PASSES) and model.size_bytes > 1_000_000
        assert model.is_shipped or set(model.repositories) == set(HUBS)
        assert all(len(digest) == 64 for digest in model.sha256.values())
        assert not any(".py" in pattern for pattern in model.files), "code is never fetched"
        if not model.is_shipped:
            assert all(any(matches(name, pattern) for pattern in model.files) for name in model.required)
            assert model.page("huggingface").startswith("https://huggingface.co/")


@pytest.mark.parametrize("text", ["", "[[model]]\nname = 'a'", "model = 3", "[[model"])
def test_broken_catalogue_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_catalogue(tmp_path / "c.toml")


@pytest.mark.parametrize(
    "path",
    ["../e.pt", "/etc/e.pt", "a/../../e.pt", "a\\..\\e.pt", "C:e.pt", "a//b", "a/.", "", "a\nb", "x" * 500],
)
def test_unsafe_paths_are_known(path: str) -> None:
    assert not is_safe(path)


@given(st.text(max_size=40))
def test_safe_paths_stay_inside(path: str) -> None:
    if is_safe(path):
        inside = Path("/models/incoming")
        assert (inside / path).resolve().is_relative_to(inside)


@given(st.text(max_size=20))
def test_names_are_one_visible_part(name: str) -> None:
    if is_name(name):
        assert Path(name).parts == (name,) and not name.startswith(".")


def test_patterns_stop_at_slashes_and_code_is_never_wanted() -> None:
    paths = ["model.pt", "deep/model.pt", "model.py", "Qwen/a.json", "Qwen/b/a.json", "run.SH"]
    listing = Listing("main", tuple(RemoteFile(path, 1, "http://h/") for path in paths))
    chosen = wanted(listing, ["*", "Qwen/*.json"], {"model.pt": "ab"})
    assert [file.path for file in chosen] == ["model.pt", "Qwen/a.json"]
    assert chosen[0].sha256 == "ab"


def test_what_the_tray_needs_is_light() -> None:
    code = "import recognizer.models.manifest, recognizer.models.catalogue, sys; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"urllib.request", "subprocess", "yaml", "torch", "huggingface_hub", "modelscope_hub", "requests"}
    assert not heavy & set(ended.stdout.split())
