"""The shell of the model's life with recording parts: what the core wishes is done, nothing is forgotten."""

from __future__ import annotations

import pytest

from desktop.core import keep_alive_commands as ka
from desktop.core.events import Origin, TimePassed
from desktop.core.giving_way import GameModeStarted, GivingWaySettings
from desktop.core.gpu_care import GpuCare, GpuCareSettings
from desktop.core.keep_alive import KeepAlive
from desktop.model_lifecycle import LifecycleParts, ModelLifecycle
from desktop.ui import words
from recognizer import events as rec
from recognizer.gpu_reading import GpuReading, GpuSnapshot
from tests.fakes.recorder import Recorder

GIB = 1 << 30
MODEL = rec.ModelSpec("paraformer-streaming", "zh", "/models/zh")
WITH_SECOND_PASS = rec.ModelSpec("paraformer-streaming", "zh", "/models/zh", second_pass="/models/sense")
CARD = GpuReading(0, "GPU-0", "RTX", 10 * GIB, GIB, 0, GIB, 0, 5)
OFF = GivingWaySettings(full_screen=False, game_mode=False, listed=False, floor_bytes=0)


class Shell:
    """A life cycle whose recognizer and driver only write down what is asked of them."""

    def __init__(self) -> None:
        self.parts = Recorder()
        every = self.parts
        core = KeepAlive(ka.KeepAliveSettings(give_way_to=ka.GiveWayTo.NOTHING), MODEL)
        self.life = ModelLifecycle(
            core,
            GpuCare(GpuCareSettings()),
            LifecycleParts(
                recognizer=every,
                watch=every,
                post=every.post,
                schedule=every.schedule,
                schedule_care=every.schedule_care,
                tell=every.tell,
                say=every.say,
                allow_sleep=every.allow_sleep,
                use_recognizer=every.use_recognizer,
                save_fits=every.save_fits,
                log_operation=every.log_operation,
            ),
        )
        self.life.handle(GpuSnapshot((CARD,), None, 0.0), 0.0)

    def configure(self, care: GpuCareSettings, now_ms: float) -> None:
        self.life.configure(self.life.keep_alive.settings, care, now_ms)

    def ring(self) -> None:
        """The alarm that was asked for last rings."""
        at_ms = self.parts.of("schedule_care")[-1][0]
        assert at_ms is not None, "no alarm was asked for"
        self.life.handle(TimePassed(at_ms), at_ms)


@pytest.fixture
def shell() -> Shell:
    return Shell()


def test_giving_way_no_longer_wished_ends_although_the_game_goes_on(shell: Shell) -> None:
    shell.life.handle(GameModeStarted(), 1.0)
    assert shell.life.keep_alive.gives_way_to == "GameMode"
    shell.configure(GpuCareSettings(giving_way=OFF), 2.0)
    shell.ring()
    assert shell.life.keep_alive.gives_way_to == ""


def test_giving_way_wished_while_a_game_runs_begins_at_once(shell: Shell) -> None:
    shell.configure(GpuCareSettings(giving_way=OFF), 1.0)
    shell.life.handle(GameModeStarted(), 2.0)
    assert shell.life.keep_alive.gives_way_to == ""
    shell.configure(GpuCareSettings(), 3.0)
    assert shell.life.keep_alive.gives_way_to == "GameMode"


def test_a_second_pass_that_may_stay_no_longer_is_released_by_time_alone(shell: Shell) -> None:
    shell.life.acquire("dictation", 1.0)
    shell.life.handle(rec.Ready(1, WITH_SECOND_PASS, "cpu", 1.0, 7), 2.0)
    shell.life.handle(rec.Final(1, "text", 900, 1.0), 3.0)
    shell.configure(GpuCareSettings(second_pass_keep_s=60.0), 4.0)
    shell.ring()
    assert shell.parts.of("release_second_pass") == [()]


def test_who_keeps_the_model_is_named_in_the_users_language(shell: Shell) -> None:
    for holder in ("file talk.wav", "captions", "dictation"):
        shell.life.acquire(holder, 1.0)
    shell.life.request_unload(Origin.TRAY, 2.0, stay=False)
    (sentence,) = shell.parts.of("say")[-1]
    assert "in use by dictation and captions and file talk.wav;" in sentence
    words.choose_language("zh")
    try:
        assert words.translated(sentence) == "模型正被 听写和字幕和文件 talk.wav 使用，结束后将卸载。"
    finally:
        words.choose_language("en")
