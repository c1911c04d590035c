"""Tiny models for the tests of the engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.tiny_paraformer import make_paraformer


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A streaming Paraformer whose vocabulary is Chinese characters."""
    return make_paraformer(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_model_with_pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose vocabulary also has English words and pieces of words."""
    return make_paraformer(tmp_path_factory.mktemp("pieces"), seed=3, pieces=True)
