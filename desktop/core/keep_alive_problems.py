"""What the user reads about the life of the model."""

from __future__ import annotations

from typing import Final

from audio.events import Problem

NO_MODEL: Final = Problem(
    "model-none",
    "No model is installed, so nothing can be recognised.",
    "Choose a model in the settings; what was said is kept.",
)
STAYS_UNLOADED: Final = Problem(
    "model-stays-unloaded",
    "The model was unloaded to stay unloaded until you ask for it.",
    "Choose “Load model” in the tray; what was said is kept.",
)
START_TOO_LONG: Final = Problem(
    "model-start-too-long",
    "The model did not become ready and was given up.",
    "Load it again; if that does not help, choose a smaller model.",
)
CRASHED: Final = Problem(
    "recognizer-crashed",
    "The recognizer process ended unexpectedly.",
    "It is started anew when it is needed.",
)
UNLOAD_TOO_LONG: Final = Problem(
    "model-unload-too-long",
    "The recognizer does not end although it was told to.",
    "It is told again; quit the program if its memory is needed now.",
)
STANDBY_TOO_BIG: Final = Problem(
    "standby-too-big",
    "The prepared recognizer needed more memory than allowed and was ended.",
    "Raise the limit for standby in the settings, or turn standby off.",
)

_PASSES: Final = ("server-unreachable", "server-busy", "server-lost", "server-stalled")
_WORTH_ANOTHER_TRY: Final = ("gpu-", "cuda-", "recognizer-", *_PASSES)


def given_way(reason: str) -> Problem:
    """Why the key loads nothing while something else has the card."""
    return Problem(
        "model-gives-way",
        f"The graphics card is left to another program ({reason}).",
        "Load the model from the tray, or allow the CPU meanwhile in the settings; what was said is kept.",
    )


def runs_smaller(model: str, device: str, precision: str) -> Problem:
    """Said once in a run of the program, because what fits was remembered from an earlier load."""
    how = "on the CPU" if device == "cpu" else f"in {precision}, or without its second pass"
    return Problem(
        "model-runs-smaller",
        f"{model} had no room on this graphics card before, so it runs {how}.",
        "Unload it and load it again from the tray to try it in full.",
    )


def runs_on_cpu(model: str) -> Problem:
    """There is a card, and nobody said why it is not used."""
    return Problem(
        "model-runs-on-cpu",
        f"{model} runs on the CPU although there is a graphics card, which is slower.",
        'Run "plosive doctor" to see what the card lacks.',
    )


def is_transient(problem: Problem) -> bool:
    """Whether the same load may work a moment later (a busy driver, a crash), unlike a broken model."""
    return problem.code.startswith(_WORTH_ANOTHER_TRY)


def may_pass(problem: Problem) -> bool:
    """Whether it may be over by itself in a while: a network comes back, a server is started again."""
    return problem.code in _PASSES
