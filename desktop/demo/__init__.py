"""The demonstration: ``run_demo`` shows the whole program on a virtual desktop."""

from desktop.demo.score import DemoResult
from desktop.demo.show import SENTENCES, run_demo
from desktop.demo.stage import DemoFailed

__all__ = ["SENTENCES", "DemoFailed", "DemoResult", "run_demo"]
