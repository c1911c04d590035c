"""Facts in, what the tray shows out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from audio.events import Problem
from desktop.core.commands import Phase
from desktop.ui.tray_state import GaugeShares, Mark, ModelPhase, TrayFacts, tray_state
from desktop.ui.words import choose_language
from recognizer.gpu_reading import GpuReading
from recognizer.local import EMBEDDED_MODEL

GIB = 1 << 30
CARD = GpuReading(0, "GPU-1", "RTX 3090", 16 * GIB, int(5.19 * GIB), 2 * GIB, int(3.19 * GIB), 0, 10)
READY = TrayFacts(ModelPhase.READY, "Paraformer", "cuda:0", gpu=CARD)
PROBLEM = Problem("no-microphone", "No microphone was found.", "Connect one.")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    choose_language("en")
    yield
    choose_language("en")


@pytest.mark.parametrize(
    ("facts", "mark"),
    [
        (TrayFacts(), Mark.UNLOADED),
        (replace(READY, model=ModelPhase.LOADING), Mark.LOADING),
        (READY, Mark.READY),
        (replace(READY, model=ModelPhase.UNLOADING), Mark.UNLOADED),
        (replace(READY, session=Phase.LISTENING), Mark.LISTENING),
        (TrayFacts(ModelPhase.LOADING, session=Phase.LISTENING), Mark.LISTENING),
        (replace(READY, session=Phase.RECOGNISING), Mark.RECOGNISING),
        (replace(READY, session=Phase.INSERTING), Mark.RECOGNISING),
        (replace(READY, session=Phase.LANDED), Mark.READY),
        (replace(READY, problem=PROBLEM), Mark.TROUBLE),
        (replace(READY, is_captioning=True), Mark.LISTENING),
        (replace(READY, is_captioning=True, model=ModelPhase.LOADING), Mark.LOADING),
        (replace(READY, is_captioning=True, problem=PROBLEM), Mark.TROUBLE),
        (replace(READY, problem=PROBLEM, session=Phase.LISTENING), Mark.LISTENING),
    ],
)
def test_mark(facts: TrayFacts, mark: Mark) -> None:
    assert tray_state(facts).icon.mark is mark


def test_tooltip_names_model_device_and_memory() -> None:
    expected = "Plosive\nParaformer ready on GPU 0\nGPU memory 5.2 / 16.0 GiB (32 %)"
    assert tray_state(READY).tooltip == expected


def test_without_a_card_nothing_is_said_of_one() -> None:
    state = tray_state(replace(READY, gpu=None, device="cpu"))
    assert state.tooltip == "Plosive\nParaformer ready on CPU"
    assert state.icon.gauge is None and not state.has_gpu


def test_shares_and_threshold() -> None:
    assert tray_state(READY).icon.gauge == GaugeShares(0.12, 0.2)
    full = replace(CARD, used_bytes=int(14.5 * GIB), others_bytes=int(12.5 * GIB))
    gauge = tray_state(replace(READY, gpu=full)).icon.gauge
    assert gauge is not None and gauge.is_over
    assert not tray_state(replace(READY, gpu=full, warn_fraction=0.95)).icon.gauge.is_over


def test_unknown_share_of_ours_counts_as_others() -> None:
    assert tray_state(replace(READY, gpu=replace(CARD, ours_bytes=None))).icon.gauge == GaugeShares(0.0, 0.32)


def test_bytes_that_cannot_be_seen_change_nothing() -> None:
    moved = replace(CARD, used_bytes=CARD.used_bytes + 4096)
    assert tray_state(READY) == tray_state(replace(READY, gpu=moved))


def test_sleeping_card_is_said_to_sleep() -> None:
    assert tray_state(replace(READY, gpu=replace(CARD, is_asleep=True))).gpu_line == "GPU asleep, 16.0 GiB"


def test_trouble_is_told_in_its_own_words() -> None:
    state = tray_state(replace(READY, problem=PROBLEM, note="Unloaded."))
    assert (state.status_line, state.note) == (PROBLEM.sentence, PROBLEM.remedy)
    assert f"{PROBLEM.sentence}\n{PROBLEM.remedy}" in state.tooltip


def test_menu_rows_follow_the_model() -> None:
    away, here = tray_state(TrayFacts()), tray_state(READY)
    assert (away.can_load, away.can_unload) == (True, False)
    assert (here.can_load, here.can_unload) == (False, True)


@pytest.mark.parametrize(("device", "can_clean"), [("cuda:0", True), ("cpu", False)])
def test_only_a_model_on_the_card_has_a_cache_to_clean(device: str, can_clean: bool) -> None:
    assert tray_state(replace(READY, device=device)).can_clean is can_clean


def test_captions_are_never_on_unnoticed() -> None:
    assert tray_state(replace(READY, is_captioning=True)).status_line == "Live captions are on"


def test_why_no_model_is_loaded() -> None:
    away = TrayFacts(gives_way_to="full screen: game")
    assert "full screen: game" in tray_state(away).status_line
    assert "322 MiB" in tray_state(TrayFacts(standby_bytes=322 << 20)).status_line
    assert tray_state(replace(away, stays_unloaded=True)).status_line == "Unloaded until you load it"


def test_chinese() -> None:
    choose_language("zh")
    assert tray_state(READY).tooltip == "Plosive\nParaformer 已就绪（GPU 0）\n显存 5.2 / 16.0 GiB（32 %）"


def test_the_embedded_model_has_a_chinese_name() -> None:
    choose_language("zh")
    state = tray_state(TrayFacts(ModelPhase.READY, EMBEDDED_MODEL.name, "cpu"))
    assert state.status_line == "英文（内置） 已就绪（CPU）"
