"""Which model the user means."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.model_choice import (
    WHOLE_KINDS,
    ModelUnknown,
    choose_model,
    finished_model,
    installed,
    with_finish,
)
from desktop.settings import Settings
from recognizer.events import ModelSpec
from recognizer.models.structure import PASSES_OF_KIND
from recognizer.text.options import TextOptions


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


def test_only_a_wish_against_cuda_graphs_is_carried(folder: Path) -> None:
    folders = [folder / "shipped"]
    assert choose_model(settings(name="demo"), folders).options == ()
    chosen = Settings().replace("model.name", "demo").replace("model.cuda_graphs", "off")
    assert dict(finished_model(chosen, folders).options)["cuda_graphs"] == "off"


def test_what_is_not_there_is_told_with_what_is(folder: Path) -> None:
    with pytest.raises(ModelUnknown) as unknown:
        choose_model(settings(name="large"), [folder / "shipped"])
    assert "pocketsphinx, both, demo" in unknown.value.problem.remedy
    with pytest.raises(ModelUnknown) as unknown:
        choose_model(settings(path=str(folder / "nowhere")), [])
    assert unknown.value.problem.code == "model.no_folder"


def test_what_follows_the_first_pass_comes_with_the_model(folder: Path) -> None:
    chosen = Settings()
    for key, value in {
        "model.second_pass": "demo",
        "model.punctuation": str(folder / "anywhere"),
        "model.language": "ja",
        "captions.speaker_turns": "demo",
        "text.hotwords_file": "~/words",
        "text.traditional": "s2tw",
        "text.numbers": False,
        "model.precision": "fp32",
    }.items():
        chosen = chosen.replace(key, value)
    spec = finished_model(chosen, [folder / "shipped"])
    assert (spec.engine, spec.device, spec.precision) == ("pocketsphinx", "cpu", "fp32")
    assert spec.second_pass == str(folder / "shipped" / "demo")
    options = dict(spec.options)
    assert options["punctuation"] == str(folder / "anywhere")
    assert (options["language"], options["hotwords_file"]) == ("ja", "~/words")
    assert options["speakers_model"] == str(folder / "shipped" / "demo")
    assert TextOptions.of(spec.options) == TextOptions(numbers=False, traditional="s2tw")


def test_the_defaults_of_the_settings_are_those_of_the_text(folder: Path) -> None:
    spec = finished_model(Settings(), [folder / "shipped"])
    assert TextOptions.of(spec.options) == TextOptions()
    assert spec.second_pass is None and not {"punctuation", "speakers_model"} & set(dict(spec.options))


def test_a_test_instrument_keeps_its_text(folder: Path) -> None:
    scripted = ModelSpec("scripted", "script", options=(("words", "as they are"),))
    assert with_finish(scripted, Settings(), [folder / "shipped"]) == scripted


@pytest.mark.parametrize("kind", sorted(PASSES_OF_KIND))
def test_a_model_for_whole_utterances_has_an_engine_of_its_own(folder: Path, kind: str) -> None:
    config = folder / "mine" / "small" / "config.yaml"
    config.write_text(
        f"# made\nfrontend_conf:\n  model: other\nmodel: {kind}\nencoder: x\n", encoding="utf-8"
    )
    is_whole = PASSES_OF_KIND[kind] == ("second",)
    assert (kind in WHOLE_KINDS) == is_whole
    chosen = Settings().replace("model.name", "small").replace("model.second_pass", "both")
    spec = finished_model(chosen, [folder / "mine"])
    assert spec.engine == ("whole" if is_whole else "paraformer-streaming")
    assert (spec.second_pass is None) == is_whole, "it is heard by that model alone"
