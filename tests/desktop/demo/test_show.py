"""What keeps the demonstration from beginning is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.demo import DemoFailed, run_demo, show


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "require_tools", lambda: None)
    (tmp_path / "file").touch()
    with pytest.raises(DemoFailed, match="cannot be made a folder") as caught:
        run_demo(tmp_path / "file" / "demo")
    assert caught.value.problem.remedy
