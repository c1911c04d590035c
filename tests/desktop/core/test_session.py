"""Dictations told as playbooks: facts in, the commands that matter out."""

from __future__ import annotations

from typing import TypeVar

from audio.events import LevelMeasured, ListeningEnded, ListeningStarted, MicrophoneChanged, Problem
from audio.problems import microphone_silent
from desktop.core import commands as cmd
from desktop.core import events as ev
from desktop.core.dictation import NOT_UNDERSTOOD, NOTHING_HEARD, TOO_QUIET
from desktop.core.session import DictationSession, SessionSettings
from recognizer import events as rec

C = TypeVar("C")
WINDOW = ev.TargetWindow(7, 8, 4242, "mousepad")
GONE = Problem("target-gone", "The window is gone.", "Paste the text with Ctrl+V.")
BROKEN = Problem("load-failed", "The model could not be loaded.", "Choose another one.")
SPEC = rec.ModelSpec("pocketsphinx", "pocketsphinx")


class Playbook:
    """A session, its clock and all it wished for."""

    def __init__(self) -> None:
        self.session = DictationSession(SessionSettings(append_space=False))
        self.now_ms = 0.0
        self.wishes: list[cmd.Command] = []

    def tell(self, *facts: object, after_ms: float = 200.0) -> Playbook:
        for fact in facts:
            self.now_ms += after_ms
            self.wishes += self.session.handle(fact, self.now_ms)
        return self

    def of(self, kind: type[C]) -> list[C]:
        return [wish for wish in self.wishes if isinstance(wish, kind)]

    def press(self, window: ev.TargetWindow | None = WINDOW) -> Playbook:
        return self.tell(ev.StartRequested(ev.Origin.HOTKEY, self.now_ms + 200.0, window))

    def release(self) -> Playbook:
        return self.tell(ev.StopRequested(ev.Origin.HOTKEY, self.now_ms + 200.0))


def ended(
    listening_id: int, *utterances: int, speech_ms: int = 900, peak: float = -20.0, **more: object
) -> ListeningEnded:
    fields: dict[str, object] = {"lost_ms": 0, "journal_path": f"{listening_id}.wav", "problem": None} | more
    return ListeningEnded(listening_id, 1500, speech_ms, utterances, peak, **fields)  # type: ignore[arg-type]


def final(utterance_id: int, text: str) -> rec.Final:
    return rec.Final(utterance_id, text, 900, 40.0)


def test_hold_speak_release() -> None:
    book = Playbook().press()
    assert book.of(cmd.StartListening) == [cmd.StartListening(1)]
    assert book.of(cmd.AcquireLease)[0].holder == "dictation"
    book.tell(ListeningStarted(1, "mic", 300, 4.0), ev.UtteranceOpened(1, 10, 0))
    book.tell(rec.Partial(10, "hello", "wor", 600))
    assert book.of(cmd.ShowOverlay)[-1].view.committed == "hello"
    assert book.of(cmd.ShowOverlay)[-1].view.tentative == " wor"
    book.release().tell(ended(1, 10), final(10, "hello world"))
    assert book.of(cmd.InsertText) == [cmd.InsertText(1, "hello world", WINDOW)]
    book.tell(ev.TextLanded(1, "paste", 12.0))
    record = book.of(cmd.SaveDictation)[0].record
    assert (record.text, record.landed, record.method) == ("hello world", True, "paste")
    assert record.latencies.key_down_to_first_frame_ms == 4.0
    assert record.latencies.key_up_to_landed_ms == 600.0
    assert book.of(cmd.DropAudio) == [cmd.DropAudio("1.wav")]
    assert book.of(cmd.ReleaseLease) and isinstance(book.wishes[-2], cmd.HideOverlay)
    assert book.session.phase is None and not book.session.wants_time


def test_final_before_the_end_of_listening() -> None:
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0), final(10, "one")).release()
    assert not book.of(cmd.InsertText)
    book.tell(ended(1, 10))
    assert book.of(cmd.InsertText)[0].text == "one"


def test_utterances_join_in_spoken_order_whatever_order_they_are_answered_in() -> None:
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0), ev.UtteranceOpened(1, 11, 900)).release()
    book.tell(ended(1, 10, 11), final(11, "two"), final(10, "one"))
    assert book.of(cmd.InsertText)[0].text == "one two"


def test_speaking_again_while_the_first_is_recognised_keeps_the_order() -> None:
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0)).release().tell(ended(1, 10))
    book.press().tell(ev.UtteranceOpened(2, 11, 0)).release().tell(ended(2, 11), final(11, "second"))
    assert not book.of(cmd.InsertText)
    book.tell(final(10, "first"))
    assert [wish.text for wish in book.of(cmd.InsertText)] == ["first"]
    book.tell(ev.TextLanded(1, "paste", 9.0))
    assert [wish.text for wish in book.of(cmd.InsertText)] == ["first", "second"]
    assert not book.of(cmd.ReleaseLease)
    book.tell(ev.TextLanded(2, "paste", 9.0))
    assert len(book.of(cmd.ReleaseLease)) == 1


def test_cancel_forgets_everything() -> None:
    book = Playbook().press().tell(ListeningStarted(1, "mic", 0, 9.0), ev.UtteranceOpened(1, 10, 0))
    book.tell(ev.CancelRequested(ev.Origin.HOTKEY, 700.0))
    assert book.of(cmd.CancelListening) == [cmd.CancelListening(1)]
    assert book.of(cmd.CancelUtterances) == [cmd.CancelUtterances((10,))]
    book.tell(final(10, "late"), ended(1, 10))
    assert not book.of(cmd.InsertText) and not book.of(cmd.SaveDictation)
    assert book.of(cmd.ReleaseLease) and book.of(cmd.HideOverlay)


def test_sound_that_was_on_its_way_when_cancelled_is_cancelled_too() -> None:
    book = Playbook().press().tell(ev.CancelRequested(ev.Origin.HOTKEY, 300.0), ev.UtteranceOpened(1, 10, 0))
    assert cmd.CancelUtterances((10,)) in book.wishes


def test_a_slip_of_the_key_shows_nothing() -> None:
    book = Playbook()
    book.tell(ev.StartRequested(ev.Origin.HOTKEY, 0.0, WINDOW), after_ms=0.0)
    book.tell(LevelMeasured(1, -30.0, 0), ev.CancelRequested(ev.Origin.HOTKEY, 100.0), after_ms=50.0)
    assert not book.of(cmd.ShowOverlay) and not [
        w for w in book.of(cmd.PlayCue) if w.cue is cmd.Cue.CANCELLED
    ]


def test_silence_is_explained_and_its_audio_dropped() -> None:
    book = Playbook().press().release().tell(ended(1, speech_ms=0, peak=-50.0))
    assert book.of(cmd.ShowOverlay)[-1].view.notice == NOTHING_HEARD.sentence
    assert book.of(cmd.DropAudio) and not book.of(cmd.SaveDictation)


def test_a_dead_microphone_is_told_apart_from_silence() -> None:
    book = Playbook().press().release().tell(ended(1, speech_ms=0, peak=-90.0))
    assert book.of(cmd.TellProblem) == [cmd.TellProblem(TOO_QUIET)]


def test_a_muted_microphone_is_the_reason_and_told_once() -> None:
    """Raising the volume, the remedy for little sound, would not help."""
    muted = microphone_silent("Headset", is_muted=True)
    book = Playbook().press().release().tell(MicrophoneChanged(1, "Headset", muted))
    book.tell(ended(1, speech_ms=0, peak=-96.0, notices=(muted,)))
    assert book.of(cmd.TellProblem) == [cmd.TellProblem(muted)]
    assert book.of(cmd.ShowOverlay)[-1].view.notice == muted.sentence


def test_speech_without_words_keeps_the_audio() -> None:
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0)).release().tell(ended(1, 10), final(10, ""))
    assert book.of(cmd.KeepAudio) == [cmd.KeepAudio(1, "1.wav", NOT_UNDERSTOOD)]


def test_microphone_that_fails_while_held_ends_with_what_was_said() -> None:
    gone = Problem("microphone-gone", "The microphone was unplugged.", "Plug it in again.")
    book = (
        Playbook().press().tell(ev.UtteranceOpened(1, 10, 0), ended(1, 10, problem=gone), final(10, "half"))
    )
    assert book.of(cmd.InsertText)[0].text == "half"
    book.tell(ev.TextLanded(1, "paste", 9.0))
    assert book.of(cmd.KeepAudio) and book.of(cmd.TellProblem) == [cmd.TellProblem(gone)]
    telling, sounding = cmd.TellProblem(gone), cmd.PlayCue(cmd.Cue.LANDED)
    assert book.wishes.index(telling) > book.wishes.index(sounding), "the cue ends older trouble, not this"


def test_who_speaks_on_into_a_dead_microphone_sees_it_at_once() -> None:
    gone = Problem("microphone-gone", "The microphone was unplugged.", "Plug it in again.")
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0), ended(1, 10, problem=gone))
    shown = book.of(cmd.ShowOverlay)[-1].view
    assert (shown.phase, shown.notice) == (cmd.Phase.RECOGNISING, gone.sentence)


def test_refused_text_on_the_clipboard_is_saved_and_its_audio_dropped() -> None:
    book = (
        Playbook().press().tell(ev.UtteranceOpened(1, 10, 0)).release().tell(ended(1, 10), final(10, "text"))
    )
    book.tell(ev.TextRefused(1, GONE, on_clipboard=True))
    assert not book.of(cmd.SaveDictation)[0].record.landed
    assert book.of(cmd.DropAudio) and book.of(cmd.TellProblem) == [cmd.TellProblem(GONE)]


def test_refused_text_nowhere_keeps_the_audio() -> None:
    book = (
        Playbook().press().tell(ev.UtteranceOpened(1, 10, 0)).release().tell(ended(1, 10), final(10, "text"))
    )
    book.tell(ev.TextRefused(1, GONE, on_clipboard=False))
    assert book.of(cmd.KeepAudio) == [cmd.KeepAudio(1, "1.wav", GONE)]


def test_one_failed_utterance_does_not_take_the_others_down() -> None:
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0), ev.UtteranceOpened(1, 11, 9)).release()
    book.tell(ended(1, 10, 11), final(10, "good"), rec.UtteranceFailed(11, BROKEN))
    assert book.of(cmd.InsertText)[0].text == "good"
    book.tell(ev.TextLanded(1, "paste", 9.0))
    assert book.of(cmd.KeepAudio) == [cmd.KeepAudio(1, "1.wav", BROKEN)]


def test_a_model_that_never_comes_fails_the_dictation_and_keeps_its_audio() -> None:
    book = Playbook().press().tell(ev.UtteranceOpened(1, 10, 0), ev.ModelUnavailable(BROKEN))
    assert book.of(cmd.ShowOverlay)[-1].view.notice == BROKEN.sentence
    book.tell(ev.UtteranceOpened(1, 11, 900)).release().tell(ended(1, 10, 11))
    assert book.of(cmd.KeepAudio) == [cmd.KeepAudio(1, "1.wav", BROKEN)]
    assert set(book.of(cmd.CancelUtterances)) == {cmd.CancelUtterances((10,)), cmd.CancelUtterances((11,))}


def test_the_next_press_asks_for_the_model_again() -> None:
    book = Playbook().press().tell(ev.ModelUnavailable(BROKEN)).release().tell(ended(1, speech_ms=0))
    book.press().tell(rec.WorkerStarting(2, SPEC), ev.UtteranceOpened(2, 12, 0)).release()
    book.tell(ended(2, 12), final(12, "back"))
    assert book.of(cmd.InsertText)[0].text == "back"


def test_loading_time_is_shown_until_ready() -> None:
    book = Playbook().press().tell(rec.WorkerStarting(1, SPEC), rec.Loading(1, "weights"))
    assert book.of(cmd.ShowOverlay)[-1].view.loading_ms == 200.0
    book.tell(rec.Ready(1, SPEC, "cpu", 400.0, 99))
    assert book.of(cmd.ShowOverlay)[-1].view.loading_ms is None


def test_retry_recognises_the_kept_audio_and_drops_it_when_done() -> None:
    book = Playbook().tell(ev.RetryRequested("old.wav", 5.0, None))
    assert book.of(cmd.ReplayAudio) == [cmd.ReplayAudio(1, "old.wav")]
    book.tell(ev.UtteranceOpened(1, 10, 0), ended(1, 10, journal_path="old.wav"), final(10, "again"))
    book.tell(ev.TextRefused(1, GONE, on_clipboard=True))
    assert book.of(cmd.DropAudio) == [cmd.DropAudio("old.wav")]
    assert not book.of(cmd.TellProblem) and book.of(cmd.PlayCue)[-1].cue is cmd.Cue.LANDED
    assert book.of(cmd.SaveDictation)[0].record.problem is None


def test_pressing_twice_starts_once() -> None:
    assert len(Playbook().press().press().of(cmd.StartListening)) == 1


def test_a_retry_that_fails_does_not_cost_the_recording() -> None:
    damaged = Problem("file.unreadable", "It cannot be read.", "Look at its permissions.")
    book = Playbook().tell(ev.RetryRequested("old.wav", 5.0, None))
    book.tell(ended(1, speech_ms=0, journal_path="old.wav", problem=damaged))
    assert book.of(cmd.KeepAudio) == [cmd.KeepAudio(1, "old.wav", damaged)] and not book.of(cmd.DropAudio)
    assert book.of(cmd.TellProblem) == [cmd.TellProblem(damaged)]


def test_a_recording_is_not_retried_twice_at_once() -> None:
    book = Playbook().tell(ev.RetryRequested("old.wav", 5.0, None), ev.RetryRequested("old.wav", 6.0, None))
    assert len(book.of(cmd.ReplayAudio)) == 1


def test_sound_of_a_cancelled_dictation_that_had_just_ended_is_dropped_too() -> None:
    book = Playbook().press().release().tell(ev.CancelRequested(ev.Origin.HOTKEY, 700.0), ended(1, 10))
    assert book.of(cmd.DropAudio) == [cmd.DropAudio("1.wav")]


def test_a_cancelled_retry_leaves_the_recording() -> None:
    book = Playbook().tell(ev.RetryRequested("old.wav", 5.0, None), ev.CancelRequested(ev.Origin.TRAY, 6.0))
    book.tell(ended(1, 10, journal_path="old.wav"))
    assert not book.of(cmd.DropAudio)


TOO_LONG = Problem("listening.too_long", "It was too long.", "Start again.")
NOT_KEPT = Problem("journal.not_written", "It could not be kept.", "Free some space.")


def test_why_a_dictation_ended_by_itself_is_told_each_time() -> None:
    book = Playbook().press().tell(ended(1, speech_ms=0, notices=(TOO_LONG,)))
    book.press().tell(ended(2, speech_ms=0, notices=(TOO_LONG,)))
    assert book.of(cmd.TellProblem) == [cmd.TellProblem(TOO_LONG)] * 2


def test_other_notices_are_told_once() -> None:
    book = Playbook()
    for listening_id in (1, 2):
        book.press().release().tell(ended(listening_id, speech_ms=0, notices=(NOT_KEPT,)))
    assert book.of(cmd.TellProblem) == [cmd.TellProblem(NOT_KEPT)]


def test_what_the_overlay_has_shown_is_not_told_again() -> None:
    gone = Problem("microphone.gone", "It went away.", "Plug it in.")
    book = Playbook().press().tell(MicrophoneChanged(1, "other", gone)).release()
    book.tell(ended(1, speech_ms=0, notices=(gone,)))
    assert not book.of(cmd.TellProblem)


def test_loading_time_does_not_count_from_a_load_that_was_broken_off() -> None:
    book = Playbook().tell(rec.WorkerStarting(1, SPEC), rec.WorkerExited(1, 99, 0, True, False, 1.0))
    book.press().tell(ev.TimePassed(0.0))
    assert book.of(cmd.ShowOverlay)[-1].view.loading_ms is None
    book.tell(rec.WorkerStarting(2, SPEC), rec.Loading(2, "weights"))
    assert book.of(cmd.ShowOverlay)[-1].view.loading_ms == 200.0
