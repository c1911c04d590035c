"""What ``plosive doctor`` finds: one value for each thing it looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from audio.events import Problem
from desktop.oslayer.session import BackendReport

_log = logging.getLogger(__name__)


class Verdict(StrEnum):
    """``MISSING``: dictation works without it, but less well. ``BROKEN``: it does not work."""

    FOUND = "found"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``remedy`` is empty when nothing needs to be done."""

    area: str
    name: str
    verdict: Verdict
    detail: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self) | {"verdict": self.verdict.value}


Look = Callable[[], Iterable[Check]]


def look_at(area: str, look: Look) -> Iterator[Check]:
    """The checks of one area; a failure of ours in it is a check that failed, and the others go on."""
    try:
        yield from look()
    except Exception as error:  # noqa: BLE001 - a doctor must not die of what it examines
        problem = getattr(error, "problem", None)
        if isinstance(problem, Problem):
            yield broken(area, area, problem)
            return
        _log.exception("doctor: %s", area)
        detail = f"could not be examined ({type(error).__name__})"
        yield Check(area, area, Verdict.BROKEN, detail, "See the log: plosive log")


def broken(area: str, name: str, problem: Problem) -> Check:
    """A problem that keeps dictation from working."""
    return Check(area, name, Verdict.BROKEN, problem.sentence, problem.remedy)


def missing(area: str, name: str, problem: Problem) -> Check:
    """A problem that one can live with."""
    return Check(area, name, Verdict.MISSING, problem.sentence, problem.remedy)


def of_backends(area: str, found: Iterable[BackendReport], if_none: Verdict, none: Problem) -> list[Check]:
    """Ways of doing one thing, of which one is enough: without any, ``none`` with ``if_none``."""
    relevant = [each for each in found if each.is_compatible]
    is_any_usable = any(each.is_usable for each in relevant)
    checks = [
        Check(
            area,
            each.name,
            Verdict.FOUND if each.is_usable else Verdict.MISSING if is_any_usable else if_none,
            "" if each.is_usable else "not available",
            each.remedy,
        )
        for each in relevant
    ]
    return checks or [Check(area, area, if_none, none.sentence, none.remedy)]
