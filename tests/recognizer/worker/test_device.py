"""Which device is taken, how patient we are with CUDA, and that a fall back is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from recognizer.worker import device  # noqa: E402 (imports torch)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited, without waiting; torch claims to know CUDA."""
    waited: list[float] = []
    monkeypatch.setattr(device.time, "sleep", waited.append)
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    return waited


def cuda_starts_at(attempt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    def zeros(*_: object, device: str) -> None:
        tried.append(device)
        if len(tried) < attempt:
            raise RuntimeError("CUDA unknown error")

    monkeypatch.setattr(torch, "zeros", zeros)


def test_a_card_that_starts_at_the_third_try_is_used(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    cuda_starts_at(3, monkeypatch)
    assert device.choose_device("cuda:1") == ("cuda:1", None)
    assert waits == [0.0, 0.2, 0.8]


@pytest.mark.parametrize("asked", ["cuda", "cuda:7"])
def test_a_card_that_never_starts_is_told(
    asked: str, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    cuda_starts_at(99, monkeypatch)
    chosen, notice = device.choose_device(asked)
    assert chosen == "cpu" and notice is not None
    assert notice.code == "device-fell-back" and asked in notice.sentence and notice.remedy
    assert sum(waits) == 1.0


def test_auto_is_patient_where_a_driver_runs_and_quick_where_none_does(
    waits: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device, "_DRIVER", tmp_path / "none")
    cuda_starts_at(2, monkeypatch)
    assert device.choose_device("auto")[0] != "cuda:0" and waits == []
    monkeypatch.setattr(device, "_DRIVER", tmp_path)
    assert device.choose_device("auto") == ("cuda:0", None)


def test_torch_without_cuda_does_not_wait(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    assert device.choose_device("cuda:0")[0] == "cpu"
    assert waits == []


def test_the_cpu_is_the_cpu(waits: list[float]) -> None:
    assert device.choose_device("cpu") == ("cpu", None)
    assert waits == []
