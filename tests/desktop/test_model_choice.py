"""Which model the user means."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.model_choice import ModelUnknown, choose_model, installed
from desktop.settings import Settings


def settings(**values: object):
    chosen = Settings()
    for name, value in values.items():
        chosen = chosen.replace(f"model.{name}", value)
    return chosen.model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, name in [("mine", "small"), ("mine", "both"), ("shipped", "both"), ("shipped", "demo")]:
        (tmp_path / place / name).mkdir(parents=True)
        (tmp_path / place / name / "config.yaml").touch()
    (tmp_path / "shipped" / "no-model").mkdir()
    return tmp_path


def test_the_embedded_model_is_the_default(folder: Path) -> None:
    assert choose_model(settings(), []).engine == "pocketsphinx"


def test_a_name_is_looked_for_where_models_are_the_users_own_first(folder: Path) -> None:
    folders = (folder / "mine", folder / "shipped")
    assert installed(folders) == {
        "both": folder / "mine" / "both",
        "small": folder / "mine" / "small",
        "demo": folder / "shipped" / "demo",
    }
    spec = choose_model(
        settings(name="demo", device="cuda:1", precision="bf16", memory_fraction=0.5), folders
    )
    assert (spec.engine, spec.name) == ("paraformer-streaming", "demo")
    assert (spec.path, spec.device, spec.precision) == (str(folder / "shipped" / "demo"), "cuda:1", "bf16")
    assert (spec.memory_fraction, spec.second_pass) == (0.5, None)


def test_a_folder_goes_before_a_name(folder: Path) -> None:
    spec = choose_model(settings(name="demo", path=str(folder / "mine" / "small")), [folder / "shipped"])
    assert spec.name == "small"


def test_what_is_not_there_is_told_with_what_is(folder: Path) -> None:
    with pytest.raises(ModelUnknown) as unknown:
        choose_model(settings(name="large"), [folder / "shipped"])
    assert "pocketsphinx, both, demo" in unknown.value.problem.remedy
    with pytest.raises(ModelUnknown) as unknown:
        choose_model(settings(path=str(folder / "nowhere")), [])
    assert unknown.value.problem.code == "model.no_folder"
