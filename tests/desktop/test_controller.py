"""The controller with recording parts: each fact reaches the part that owns the thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.events import (
    EndReason,
    LevelMeasured,
    ListeningEnded,
    ListeningStarted,
    Problem,
    SpeechAudio,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
)
from audio.source import SourceFailed
from desktop.controller import Controller, Parts
from desktop.core import events as ev
from desktop.core.gesture import GestureSettings, HotkeyMode
from desktop.core.session import SessionSettings
from desktop.relay import AudioRelay, Replay
from recognizer import events as rec
from tests.fakes.recorder import Recorder

WINDOW = ev.TargetWindow(7, 8, 4242, "mousepad")


class Desk:
    """A controller, its recorded parts and a clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.parts = Recorder()
        self.now_ms = 1000.0
        every = self.parts
        self.controller = Controller(
            Parts(
                ears=every,
                recognizer=every,
                hands=every,
                face=every,
                memory=every,
                keeper=every,
                focused_window=lambda: WINDOW,
                watch_cancel_key=every.watch_cancel_key,
                replay=every.replay,
                run_timer=every.run_timer,
            ),
            clock_ms=lambda: self.now_ms,
        )

    def tell(self, *facts: object, after_ms: float = 300.0) -> None:
        for fact in facts:
            self.now_ms += after_ms
            self.controller.receive(fact)


def heard(listening_id: int, *utterances: int) -> ListeningEnded:
    return ListeningEnded(listening_id, 1500, 900, utterances, -20.0, 0, "1.wav", None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_held_key_ends_in_inserted_text(desk: Desk) -> None:
    desk.tell(ev.KeyPressed("Right Ctrl", 1290.0))
    assert desk.parts.of("begin") == [(1,)] and desk.parts.of("acquire") == [("dictation", 1290.0)]
    assert desk.parts.of("run_timer") == [(True,)]
    desk.tell(
        ListeningStarted(1, "mic", 0, 8.0), ev.UtteranceOpened(1, 5, 0), ev.KeyReleased("Right Ctrl", 2400.0)
    )
    assert desk.parts.of("end") == [(1,)]
    desk.tell(heard(1, 5), rec.Final(5, "hello", 900, 12.0))
    assert desk.parts.of("insert") == [(1, "hello ", WINDOW)]
    desk.tell(ev.TextLanded(1, "paste", 9.0))
    assert desk.parts.of("drop_audio") == [(Path("1.wav"),)]
    assert desk.parts.of("release") and desk.parts.of("run_timer")[-1] == (False,)
    assert desk.controller.last_record is not None and desk.controller.last_record.landed


def test_latency_counts_from_the_key_not_from_the_gui_thread(desk: Desk) -> None:
    desk.tell(ev.KeyPressed("Right Ctrl", 1290.0), ev.UtteranceOpened(1, 5, 0))
    desk.tell(ev.KeyReleased("Right Ctrl", 1750.0), heard(1, 5), rec.Final(5, "hello", 900, 12.0))
    desk.tell(ev.TextLanded(1, "paste", 9.0))
    record = desk.controller.last_record
    assert record is not None and record.latencies.key_up_to_landed_ms == desk.now_ms - 1750.0


def test_escape_cancels_and_the_release_that_follows_means_nothing(desk: Desk) -> None:
    desk.tell(
        ev.KeyPressed("Right Ctrl", 1300.0), ev.CancelKeyPressed(1900.0), ev.KeyReleased("Right Ctrl", 2200.0)
    )
    assert desk.parts.of("cancel") == [(1,)] and not desk.parts.of("end")


def test_a_stop_from_the_tray_leaves_the_key_ready_for_the_next_press(desk: Desk) -> None:
    desk.tell(ev.KeyPressed("Right Ctrl", 1300.0), ev.StopRequested(ev.Origin.TRAY, 1900.0))
    desk.tell(ev.KeyReleased("Right Ctrl", 2200.0), heard(1), ev.KeyPressed("Right Ctrl", 3200.0))
    assert desk.parts.of("begin") == [(1,), (2,)]


def test_a_microphone_that_ends_the_dictation_frees_the_key(desk: Desk) -> None:
    desk.tell(ev.KeyPressed("Right Ctrl", 1300.0), heard(1), ev.KeyReleased("Right Ctrl", 2200.0))
    desk.tell(ev.KeyPressed("Right Ctrl", 3200.0))
    assert desk.parts.of("begin") == [(1,), (2,)]


def test_toggle_starts_and_ends(desk: Desk) -> None:
    desk.controller.toggle(ev.Origin.COMMAND_LINE)
    desk.controller.toggle(ev.Origin.COMMAND_LINE)
    assert desk.parts.of("begin") == [(1,)] and desk.parts.of("end") == [(1,)]


def test_escape_throws_away_what_the_tray_began(desk: Desk) -> None:
    desk.controller.toggle(ev.Origin.TRAY)
    desk.tell(ev.CancelKeyPressed(1900.0))
    assert desk.parts.of("cancel") == [(1,)] and desk.controller.session.listening is None


def test_the_key_ends_what_the_tray_began_and_throws_nothing_away(desk: Desk) -> None:
    desk.controller.toggle(ev.Origin.TRAY)
    desk.tell(ev.KeyPressed("Right Ctrl", 1900.0), ev.OtherKeyPressed(1950.0), after_ms=50.0)
    desk.tell(ev.KeyReleased("Right Ctrl", 2000.0), ev.TimePassed(3000.0))
    assert desk.parts.of("end") == [(1,)] and not desk.parts.of("cancel")


def test_a_change_of_settings_does_not_lose_the_release_of_the_key(desk: Desk) -> None:
    desk.tell(ev.KeyPressed("Right Ctrl", 1300.0))
    desk.controller.configure(GestureSettings(tap_ms=100.0), SessionSettings())
    desk.tell(ev.KeyReleased("Right Ctrl", 2200.0))
    assert desk.parts.of("end") == [(1,)]


SETTINGS = [
    GestureSettings(),
    GestureSettings(mode=HotkeyMode.TOGGLE),
    GestureSettings(double_tap_locks=False),
]
EVENTS = st.lists(
    st.tuples(st.sampled_from("press release other escape start stop cancel end time settings".split()),
              st.integers(0, 2), st.sampled_from([5.0, 100.0, 700.0])), max_size=40,
)  # fmt: skip


@given(EVENTS)
def test_the_key_always_knows_whether_somebody_is_listening(
    events: list[tuple[str, int, float]],
) -> None:
    """Else Escape would do nothing, or the next press would."""
    desk = Desk()
    session = desk.controller.session
    for name, choice, after_ms in events:
        at_ms = desk.now_ms + after_ms
        listening_id = session.listening.dictation_id if session.listening else 0
        if name == "settings":
            desk.controller.configure(SETTINGS[choice], SessionSettings())
            continue
        facts: dict[str, object] = {
            "press": ev.KeyPressed("Right Ctrl", at_ms),
            "release": ev.KeyReleased("Right Ctrl", at_ms),
            "other": ev.OtherKeyPressed(at_ms),
            "escape": ev.CancelKeyPressed(at_ms),
            "start": ev.StartRequested(ev.Origin.TRAY, at_ms, None),
            "stop": ev.StopRequested(ev.Origin.TRAY, at_ms),
            "cancel": ev.CancelRequested(ev.Origin.TRAY, at_ms),
            "end": heard(listening_id),
            "time": ev.TimePassed(at_ms),
        }
        desk.tell(facts[name], after_ms=after_ms)
        assert (desk.controller.gesture._state == "idle") == (session.listening is None), name
        if name == "escape":
            assert session.listening is None


def test_a_tap_alone_is_cancelled_by_time(desk: Desk) -> None:
    desk.tell(ev.KeyPressed("Right Ctrl", 1300.0), ev.KeyReleased("Right Ctrl", 1400.0))
    desk.tell(ev.TimePassed(2000.0))
    assert desk.parts.of("cancel") == [(1,)]


def test_the_hotkey_failing_is_told(desk: Desk) -> None:
    problem = Problem("hotkey", "The key cannot be observed.", "Choose another.")
    desk.tell(ev.HotkeyFailed(problem))
    assert desk.parts.of("tell") == [(problem,)]


# --- the relay --------------------------------------------------------------------------------------

SPEECH: list[SpeechEvent] = [
    SpeechStarted(9, 40),
    SpeechAudio(9, b"\x10\x20" * 320, 40),
    SpeechEnded(9, 60, EndReason.STOPPED),
]


def test_sound_goes_to_the_recognizer_and_facts_to_the_core() -> None:
    recognizer, posted = Recorder(), []
    relay = AudioRelay(recognizer, posted.append)  # type: ignore[arg-type]
    for event in (ListeningStarted(3, "mic", 0, 5.0), *SPEECH, LevelMeasured(3, -20.0, 80)):
        relay(event)
    assert recognizer.calls == [("begin", 9), ("feed", 9, b"\x10\x20" * 320), ("end", 9)]
    assert [type(event) for event in posted] == [ListeningStarted, ev.UtteranceOpened, LevelMeasured]
    assert posted[1] == ev.UtteranceOpened(3, 9, 40)


def test_a_replay_is_a_whole_listening(tmp_path: Path) -> None:
    recognizer, posted = Recorder(), []
    Replay(4, tmp_path / "kept.wav", lambda _path: SPEECH, recognizer, posted.append).run()  # type: ignore[arg-type]
    ended = posted[-1]
    assert recognizer.of("feed") and posted[1] == ev.UtteranceOpened(4, 9, 40)
    assert (ended.listening_id, ended.utterance_ids, ended.speech_ms) == (4, (9,), 20)
    assert ended.journal_path == str(tmp_path / "kept.wav") and ended.peak_dbfs > -96.0


def test_a_recording_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    problem = Problem("file-unreadable", "The recording is damaged.", "Dictate it again.")

    def fail(_path: Path) -> list[SpeechEvent]:
        raise SourceFailed(problem)

    posted: list[Any] = []
    Replay(4, tmp_path / "kept.wav", fail, Recorder(), posted.append).run()  # type: ignore[arg-type]
    assert posted[-1].problem == problem and posted[-1].utterance_ids == ()


def test_a_replay_that_meets_a_mistake_of_ours_ends_all_the_same(tmp_path: Path) -> None:
    def fail(_path: Path) -> list[SpeechEvent]:
        raise OSError(28, "No space left on device")

    posted: list[Any] = []
    Replay(4, tmp_path / "kept.wav", fail, Recorder(), posted.append).run()  # type: ignore[arg-type]
    assert isinstance(posted[-1], ListeningEnded) and posted[-1].problem is not None
