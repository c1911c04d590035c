"""Every way in which a model directory can be wrong has its own sentence."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from recognizer.events import ModelSpec
from recognizer.worker.engine import EngineError
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def problem_of(path: Path | None) -> str:
    engine = StreamingParaformerEngine()
    with pytest.raises(EngineError) as caught:
        engine.load(
            ModelSpec("paraformer-streaming", "m", str(path) if path else None, "cpu"), lambda stage: None
        )
    assert caught.value.problem.sentence.endswith(".")
    assert caught.value.problem.remedy.endswith(".")
    return caught.value.problem.code


def change_config(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    config = yaml.safe_load((model / "config.yaml").read_text())
    change(config)
    (model / "config.yaml").write_text(yaml.safe_dump(config))


def change_weights(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    weights = torch.load(model / "model.pt", weights_only=True)
    change(weights)
    torch.save(weights, model / "model.pt")


def test_no_directory(tmp_path: Path) -> None:
    assert problem_of(None) == "model-missing"
    assert problem_of(tmp_path / "nowhere") == "model-missing"


@pytest.mark.parametrize("name", ["config.yaml", "model.pt", "tokens.json", "am.mvn"])
def test_a_file_is_absent_or_empty(model: Path, name: str) -> None:
    (model / name).write_bytes(b"")
    assert problem_of(model) == "model-incomplete"
    (model / name).unlink()
    assert problem_of(model) == "model-incomplete"


@pytest.mark.parametrize("name", ["config.yaml", "model.pt", "tokens.json", "am.mvn"])
def test_a_file_is_not_what_it_should_be(model: Path, name: str) -> None:
    (model / name).write_bytes(b"\xff\xfe <html>404 not found</html> {[")
    assert problem_of(model) == "model-damaged"


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_the_checkpoint_is_cut_off(model: Path, keep: float) -> None:
    whole = (model / "model.pt").read_bytes()
    (model / "model.pt").write_bytes(whole[: int(len(whole) * keep)])
    assert problem_of(model) == "model-damaged"


def test_the_mean_is_cut_off(model: Path) -> None:
    text = (model / "am.mvn").read_text()
    (model / "am.mvn").write_text(text[: len(text) // 2])
    assert problem_of(model) == "model-damaged"


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_is_not_weights_is_never_run(model: Path, tmp_path: Path) -> None:
    torch.save({"encoder": Malicious(tmp_path / "was-run")}, model / "model.pt")
    assert problem_of(model) == "model-not-weights"
    assert not (tmp_path / "was-run").exists()
    (model / "model.pt").write_bytes(pickle.dumps(Malicious(tmp_path / "was-run")))
    assert problem_of(model) == "model-damaged"
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize("content", [{}, [1, 2], {"epoch": 3}])
def test_something_else_than_weights(model: Path, content: object) -> None:
    torch.save(content, model / "model.pt")
    assert problem_of(model) == "model-not-weights"


def test_wrong_shapes(model: Path) -> None:
    change_weights(model, lambda w: w.update({"encoder.after_norm.weight": torch.zeros(7)}))
    assert problem_of(model) == "model-wrong-shapes"


def test_weights_of_a_smaller_network(model: Path) -> None:
    change_config(model, lambda c: c["encoder_conf"].update(num_blocks=9))
    assert problem_of(model) == "model-wrong-shapes"


@pytest.mark.parametrize("count", [50, 119])
def test_tokens_of_another_model(model: Path, count: int) -> None:
    tokens = json.loads((model / "tokens.json").read_text())
    (model / "tokens.json").write_text(json.dumps([*tokens[: count - 1], "<unk>"]))
    assert problem_of(model) == "model-wrong-tokens"


@pytest.mark.parametrize("part", ["model", "encoder", "decoder", "predictor", "frontend", "tokenizer"])
def test_an_unknown_class(model: Path, part: str) -> None:
    change_config(model, lambda c: c.update({part: "Telepathy"}))
    assert problem_of(model) == "model-unknown-kind"


def test_arguments_the_class_does_not_have(model: Path) -> None:
    change_config(model, lambda c: c["encoder_conf"].update(telepathy=True))
    assert problem_of(model) == "model-damaged"


def test_weights_that_are_not_numbers(model: Path) -> None:
    change_weights(model, lambda w: w["encoder.after_norm.weight"].fill_(float("nan")))
    assert problem_of(model) == "model-not-finite"


@pytest.mark.parametrize("wrapper", ["state_dict", "model"])
def test_weights_in_a_wrapper_and_a_hub_layout_load(model: Path, wrapper: str) -> None:
    weights = torch.load(model / "model.pt", weights_only=True)
    torch.save({wrapper: {f"module.{k}": v for k, v in weights.items()}, "epoch": 3}, model / "best.pt")
    (model / "model.pt").unlink()
    metas = {
        "init_param": "best.pt",
        "config": "config.yaml",
        "tokenizer_conf": {"token_list": "tokens.json"},
    }
    (model / "configuration.json").write_text(json.dumps({"file_path_metas": metas}))
    engine = StreamingParaformerEngine()
    running = engine.load(ModelSpec("paraformer-streaming", "m", str(model), "cpu"), lambda stage: None)
    assert running.device == "cpu"


def test_a_hub_layout_cannot_point_outside(model: Path, tiny_model: Path) -> None:
    (model / "model.pt").unlink()
    metas = {"init_param": str(tiny_model / "model.pt")}
    (model / "configuration.json").write_text(json.dumps({"file_path_metas": metas}))
    assert problem_of(model) == "model-incomplete"


def test_an_older_checkpoint_loads(model: Path) -> None:
    weights = torch.load(model / "model.pt", weights_only=True)
    torch.save(weights, model / "model.pt", _use_new_zipfile_serialization=False)
    engine = StreamingParaformerEngine()
    engine.load(ModelSpec("paraformer-streaming", "m", str(model), "cpu"), lambda stage: None)
    assert engine.open().end().text is not None
