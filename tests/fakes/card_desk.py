"""The running program on a computer with a scripted card: see ``card_program`` and ``fake_nvml.c``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from desktop.demo.stage import wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.desk import Desk
from tests.fakes.nvml import FakeNvml

ROOT = Path(__file__).resolve().parents[2]
CARD = "gpu 16384 256 12 NVIDIA GeForce RTX 4080"
WORKER_MIB = 1946
WORDS = "one two three four five six seven eight"


class CardDesk(Desk):
    """Each living worker of the program holds 1.9 GiB of the card, unless the script says otherwise."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        super().__init__(desktop)
        self.nvml = FakeNvml(desktop.folder)
        self.model_path = desktop.folder / "model.json"
        self.fed_path = desktop.folder / "fed.txt"
        self._times_chosen = 0
        self.choose_model()

    def choose_model(self, name: str = "big", *, device: str = "cuda:0", **options: object) -> None:
        """What is loaded from now on; a running program learns it with its next change of settings."""
        told = {"name": name, "device": device, "options": {"words": WORDS} | options}
        self.model_path.write_text(json.dumps(told))

    def use_model(self, name: str = "big", **options: object) -> None:
        """The same for the running program; nothing is loaded afterwards."""
        self.ask("unload")
        self.choose_model(name, **options)
        self._times_chosen += 1
        self.set(model__idle_unload_s=300 + self._times_chosen)

    def fed(self) -> str:
        """What the audio thread handed over since the last look, as the instrument would say it."""
        lines = self.fed_path.read_text().splitlines() if self.fed_path.exists() else []
        self.fed_path.unlink(missing_ok=True)
        return " ".join(lines)

    def start_program(self, **environment: str) -> None:
        """Start it and wait until it answers and knows its card."""
        self.card()
        own = {"SCRIPTED_MODEL": str(self.model_path), "FED": str(self.fed_path), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.fakes.card_program"]
        self.program = self.desktop.start(
            command, env=self.nvml.environment | own | environment, cwd=str(ROOT)
        )
        assert wait_for(lambda: self.program_ended() or bool(self.status()), 30.0)
        assert not self.program_ended()
        self.card()

    def card(self, *more: str, worker_mib: int = WORKER_MIB) -> None:
        """What the driver says from now on, besides our workers."""
        ours = f"children 0 {self.program.pid} recognizer.worker {worker_mib}" if self.program else ""
        self.nvml.write(CARD, *filter(None, [ours]), *more)

    def set(self, **values: Any) -> None:
        """Change settings: ``section__name=value``."""
        for key, value in values.items():
            self.ask("config", "set", key.replace("__", "."), str(value))

    def operations(self) -> list[dict[str, Any]]:
        """What ``plosive log --gpu`` prints, oldest first."""
        told: list[dict[str, Any]] = json.loads(self.ask("log", "--gpu", "--json"))
        return told
