"""Captions told as playbooks: facts in, the wishes that matter out."""

from __future__ import annotations

from typing import TypeVar

import pytest

from audio.events import FramesLost, ListeningEnded, ListeningStarted, MicrophoneChanged, Problem
from desktop.core import captions_facts as cap
from desktop.core import captions_problems as problems
from desktop.core.captions import CaptionsSession
from desktop.core.captions_facts import Source
from desktop.core.captions_meeting import CaptionsSettings
from desktop.core.captions_view import CaptionsLine, CaptionsState
from desktop.core.commands import AcquireLease, CancelUtterances, ReleaseLease, TellProblem
from desktop.core.events import HolderUnserved, TimePassed
from recognizer import events as rec

W = TypeVar("W")
ME, OTHERS = Source.ME, Source.OTHERS
SPEC = rec.ModelSpec("pocketsphinx", "pocketsphinx")
READY = rec.Ready(1, SPEC, "cpu", 800.0, 4242)
GONE = Problem("microphone.gone", "The microphone “USB” went away.", "Plug it in again.")
AWAY = Problem("model-stays-unloaded", "The model was unloaded.", "Load it.")
BROKEN = Problem("engine-failed", "The recognizer stumbled.", "Try again.")


class Playbook:
    """A session, its clock and all it wished for."""

    def __init__(self, **settings: object) -> None:
        self.session = CaptionsSession(CaptionsSettings(**settings))  # type: ignore[arg-type]
        self.now_ms = 0.0
        self.wishes: list[object] = []
        self._next_id = 1

    def tell(self, *facts: object, after_ms: float = 0.0) -> Playbook:
        for fact in facts:
            self.now_ms += after_ms
            self.wishes += self.session.handle(fact, self.now_ms)
        return self

    def of(self, kind: type[W]) -> list[W]:
        return [wish for wish in self.wishes if isinstance(wish, kind)]

    def start(self) -> Playbook:
        """Both sources are there and the model is ready."""
        self.tell(READY, cap.CaptionsStartRequested(self.now_ms))
        for wish in self.of(cap.BeginHearing):
            self.hears(wish.source, wish.listening_id)
        return self

    def hears(self, source: Source, listening_id: int, name: str = "") -> Playbook:
        return self.tell(cap.SourceTold(source, ListeningStarted(listening_id, name or source.value, 0, 5.0)))

    def stops(self, source: Source, listening_id: int, problem: Problem | None = None) -> Playbook:
        ended = ListeningEnded(listening_id, 9000, 500, (), -20.0, 0, None, problem)
        return self.tell(cap.SourceTold(source, ended))

    def stop(self) -> Playbook:
        """Asked to stop; the listeners have ended."""
        self.tell(cap.CaptionsStopRequested(self.now_ms))
        for wish in self.of(cap.EndHearing):
            self.stops(wish.source, wish.listening_id)
        return self

    def speaks(self, source: Source, *, lasts_ms: int = 1000, levels: tuple[float, ...] = ()) -> int:
        """Somebody says a sentence from now on; its id."""
        utterance_id, self._next_id = self._next_id, self._next_id + 1
        listening_id = self.session.meeting.hearings[source].listening_id  # type: ignore[union-attr]
        self.tell(cap.CaptionOpened(source, listening_id, utterance_id, self.now_ms))
        self.tell(cap.CaptionHeard(utterance_id, levels or (-30.0,) * (lasts_ms // 20)), after_ms=lasts_ms)
        self.tell(cap.CaptionClosed(utterance_id, self.now_ms + 600, 600), after_ms=600)
        return utterance_id

    def says(self, source: Source, text: str, *, voice: int | None = None, **more: int) -> int:
        """… and it is recognised, as said by that voice."""
        utterance_id = self.speaks(source, **more)  # type: ignore[arg-type]
        self.tell(rec.Final(utterance_id, text, 1000, 40.0, speaker=voice))
        return utterance_id

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What the window shows: label and text."""
        view = self.session.view
        return [(line.speaker, line.committed + line.tentative) for line in view.lines] if view else []

    @property
    def saved(self) -> list[tuple[str, str]]:
        return [(wish.line.speaker, wish.line.text) for wish in self.of(cap.SaveLine)]


def test_a_meeting_from_start_to_end() -> None:
    book = Playbook().start()
    assert [wish.source for wish in book.of(cap.BeginHearing)] == [ME, OTHERS]
    assert [wish.holder for wish in book.of(AcquireLease)] == ["captions"]
    first = book.speaks(ME)
    book.tell(rec.Partial(first, "good", "mor", 600))
    assert book.lines == [("Me", "good mor")]
    book.tell(rec.Final(first, "good morning", 1000, 40.0, (rec.Word("good", 0, 300),)))
    book.says(OTHERS, "hello there")
    assert book.lines == [("Me", "good morning"), ("Others", "hello there")]
    assert book.saved == [("Me", "good morning"), ("Others", "hello there")]
    line = book.of(cap.SaveLine)[0].line
    assert (line.start_ms, line.end_ms) == (0, 1000)
    book.stop()
    assert [(each.lines, each.lost) for each in book.of(cap.EndMeeting)] == [(2, 0)]
    assert len(book.of(ReleaseLease)) == 1
    assert isinstance(book.of(cap.HideCaptions)[-1], cap.HideCaptions)
    assert not book.session.wants_time and not book.session.is_on


def test_words_are_timed_from_the_start_of_the_meeting() -> None:
    book = Playbook().start()
    book.tell(TimePassed(5000.0), after_ms=5000.0)
    spoken = book.speaks(OTHERS)
    book.tell(rec.Final(spoken, "hello", 1000, 40.0, (rec.Word("hello", 100, 400),)))
    line = book.of(cap.SaveLine)[0].line
    assert line.start_ms == 5000
    assert line.words == (rec.Word("hello", 5100, 5400),)


def test_lines_stand_in_the_order_in_which_they_were_spoken() -> None:
    """The one who began first is answered last."""
    book = Playbook().start()
    slow = book.speaks(ME)
    quick = book.speaks(OTHERS)
    book.tell(rec.Final(quick, "second", 1000, 40.0))
    book.tell(rec.Final(slow, "first", 1000, 40.0))
    assert book.lines == [("Me", "first"), ("Others", "second")]
    starts = {wish.line.text: wish.line.start_ms for wish in book.of(cap.SaveLine)}
    assert starts["first"] < starts["second"]


def test_calm_shows_no_word_that_may_change() -> None:
    book = Playbook(is_calm=True).start()
    spoken = book.speaks(ME)
    book.tell(rec.Partial(spoken, "", "good mor", 600))
    assert book.lines == []
    book.tell(rec.Partial(spoken, "good", "morn", 900))
    assert book.lines == [("Me", "good")]


def test_the_others_are_told_apart_in_order_of_appearance() -> None:
    """The worker counts all voices, one's own too, and those of meetings before."""
    book = Playbook(label_others="Team").start()
    book.says(OTHERS, "too short to know")
    book.says(OTHERS, "first", voice=4)
    book.says(ME, "mine", voice=7)
    book.says(OTHERS, "second", voice=6)
    book.says(OTHERS, "first again", voice=4)
    book.says(OTHERS, "third", voice=2)
    book.says(OTHERS, "", voice=9)
    book.says(OTHERS, "second again", voice=6)
    labels = ["Team", "Team", "Me", "Team 2", "Team", "Team 3", "Team 2"]
    assert [label for label, _ in book.saved] == labels == [label for label, _ in book.lines]
    published = [wish.line.speaker for wish in book.of(cap.PublishCaption) if wish.is_final]
    assert published == labels


def test_another_worker_counts_voices_anew_so_nobody_gets_anothers_number() -> None:
    book = Playbook(sources=(OTHERS,)).start()
    book.says(OTHERS, "one", voice=0)
    assert book.lines == [("", "one")], "a single voice needs no label"
    book.says(OTHERS, "two", voice=1)
    assert book.lines == [("Others", "one"), ("Others 2", "two")]
    book.tell(READY)
    book.says(OTHERS, "somebody", voice=0)
    assert book.saved[-1] == ("Others 3", "somebody")


def test_each_meeting_counts_its_own_voices() -> None:
    book = Playbook().start()
    book.says(OTHERS, "one", voice=0)
    book.says(OTHERS, "two", voice=1)
    book.stop().start()
    book.says(OTHERS, "new", voice=1)
    assert book.saved[-1] == ("Others", "new")


def test_one_source_needs_no_label_in_the_window_but_in_the_transcript() -> None:
    book = Playbook(sources=(OTHERS,), label_others="Team").start()
    book.says(OTHERS, "hello")
    assert book.lines == [("", "hello")]
    assert book.saved == [("Team", "hello")]


def test_the_final_replaces_a_line_once_and_keeps_its_key() -> None:
    book = Playbook().start()
    spoken = book.speaks(ME)
    book.tell(rec.Partial(spoken, "twenty won", "", 900), rec.Final(spoken, "21", 1000, 300.0))
    book.tell(rec.Final(spoken, "something else", 1000, 300.0), rec.Partial(spoken, "late", "", 900))
    assert book.session.view is not None
    assert book.session.view.lines == (CaptionsLine(spoken, "Me", "21", "", True),)
    assert book.saved == [("Me", "21")]


def test_nothing_understood_is_no_line() -> None:
    book = Playbook().start()
    book.says(ME, "")
    assert book.lines == [] and book.saved == []


# --- echo -----------------------------------------------------------------------------------------


def syllables(seed: int) -> tuple[float, ...]:
    """Three seconds of a voice that rises and falls in a room."""
    levels, level = [], -75.0
    for step in range(150):
        n, within = divmod(step * 3 + seed * (step // 9), 24)
        level = max(-22.0 - (n * seed) % 9 if within < 12 else -75.0, level - 3.0)
        levels.append(level)
    return tuple(levels)


def test_the_loudspeakers_are_not_captioned_twice() -> None:
    book = Playbook().start()
    theirs, mine = 101, 102
    listening = {wish.source: wish.listening_id for wish in book.of(cap.BeginHearing)}
    book.tell(cap.CaptionOpened(OTHERS, listening[OTHERS], theirs, 1000.0), after_ms=1000.0)
    book.tell(cap.CaptionOpened(ME, listening[ME], mine, 1040.0), after_ms=40.0)
    levels = syllables(3)
    book.tell(
        cap.CaptionHeard(theirs, levels), cap.CaptionHeard(mine, tuple(max(-75.0, x - 12) for x in levels))
    )
    book.tell(rec.Final(mine, "we agreed on the plan", 3000, 40.0))
    book.tell(rec.Final(theirs, "we agreed on the plan", 3000, 40.0))
    assert book.lines == [("Others", "we agreed on the plan")]
    assert book.saved == [("Others", "we agreed on the plan")]
    assert book.of(cap.ForgetSound) == [cap.ForgetSound(mine), cap.ForgetSound(theirs)]


def test_who_speaks_at_the_same_time_is_captioned() -> None:
    book = Playbook().start()
    theirs = book.speaks(OTHERS, levels=syllables(3))
    mine = book.speaks(ME, levels=syllables(7))
    book.tell(rec.Final(theirs, "one", 3000, 40.0), rec.Final(mine, "two", 3000, 40.0))
    assert book.saved == [("Others", "one"), ("Me", "two")]


def test_only_the_own_words_of_who_speaks_within_the_echo_are_captioned() -> None:
    book = Playbook().start()
    listening = {wish.source: wish.listening_id for wish in book.of(cap.BeginHearing)}
    for number, seed in enumerate((3, 5)):
        theirs, mine, at_ms = 100 + number, 200 + number, 1000.0 + 20_000.0 * number
        book.tell(cap.CaptionOpened(OTHERS, listening[OTHERS], theirs, at_ms))
        book.tell(cap.CaptionOpened(ME, listening[ME], mine, at_ms))
        levels = syllables(seed) * 3
        echo = [max(-75.0, level - 12) for level in levels]
        if number:
            echo[200:250] = [-15.0, -18.0, -16.0, -30.0, -14.0] * 10
        book.tell(cap.CaptionHeard(theirs, levels), cap.CaptionHeard(mine, tuple(echo)))
        said = [
            rec.Word(word, at * 1000, at * 1000 + 900) for at, word in enumerate("a b c d e f g h i".split())
        ]
        book.tell(rec.Final(theirs, "others talk", 9000, 40.0))
        book.tell(rec.Final(mine, "A b c d e f g h i", 9000, 40.0, tuple(said)))
    saved = [text for speaker, text in book.saved if speaker == "Me"]
    assert len(saved) == 1, "the first was nothing but echo"
    assert "e" in saved[0].split()
    assert not {"b", "h"} & set(saved[0].split())


# --- sources ----------------------------------------------------------------------------------------


def test_a_source_that_went_away_is_looked_for_until_it_is_back() -> None:
    book = Playbook().start()
    listening_id = book.of(cap.BeginHearing)[0].listening_id
    book.stops(ME, listening_id, GONE)
    assert book.of(TellProblem) == [TellProblem(GONE)]
    view = book.session.view
    assert view is not None and (view.state, view.notice) == (CaptionsState.TROUBLE, GONE.sentence)
    book.tell(TimePassed(0.0), after_ms=1000.0)
    again = book.of(cap.BeginHearing)[-1]
    assert again.source is ME and again.listening_id > listening_id
    book.stops(ME, again.listening_id, GONE).tell(TimePassed(0.0), after_ms=1000.0)
    assert len(book.of(TellProblem)) == 1, "told once"
    book.hears(ME, book.of(cap.BeginHearing)[-1].listening_id)
    assert book.session.view is None or book.session.view.state is CaptionsState.LIVE
    book.says(OTHERS, "we heard you all the time")
    assert book.saved


def test_a_source_that_cannot_be_heard_from_the_start_is_told_with_its_remedy() -> None:
    book = Playbook().tell(READY, cap.CaptionsStartRequested(0.0))
    listening_id = book.of(cap.BeginHearing)[0].listening_id
    book.tell(cap.SourceTold(ME, MicrophoneChanged(listening_id, "", GONE)))
    book.tell(cap.SourceTold(ME, MicrophoneChanged(listening_id, "", GONE)))
    assert book.of(TellProblem) == [TellProblem(GONE)]
    book.hears(ME, listening_id)
    assert book.session.view is not None and book.session.view.state is CaptionsState.LIVE


def test_silence_of_the_system_sound_is_no_trouble() -> None:
    book = Playbook().start()
    silent = Problem("microphone.silent", "Only silence.", "Check it.")
    listening = {wish.source: wish.listening_id for wish in book.of(cap.BeginHearing)}
    book.tell(cap.SourceTold(OTHERS, MicrophoneChanged(listening[OTHERS], "others", silent)))
    assert not book.of(TellProblem)
    book.tell(cap.SourceTold(ME, MicrophoneChanged(listening[ME], "me", silent)))
    assert book.session.view is not None and book.session.view.notice == silent.sentence
    book.says(ME, "now it works")
    assert book.session.view is not None and book.session.view.state is CaptionsState.LIVE


def test_a_source_that_is_back_already_is_mentioned_for_a_moment() -> None:
    book = Playbook().start()
    listening_id = book.of(cap.BeginHearing)[0].listening_id
    book.tell(cap.SourceTold(ME, MicrophoneChanged(listening_id, "me", GONE)))
    book.tell(TimePassed(0.0), after_ms=60_000.0)
    assert book.session.view is not None and book.session.view.notice == GONE.sentence, "it is still away"
    book.tell(cap.SourceTold(ME, FramesLost(listening_id, 60_000, 60_000)))
    book.tell(TimePassed(0.0), after_ms=6000.0)
    assert book.session.view is None or book.session.view.notice == ""
    assert not book.of(TellProblem), "the window says it"


def test_one_device_for_both_is_heard_once() -> None:
    book = Playbook().tell(READY, cap.CaptionsStartRequested(0.0))
    for wish in book.of(cap.BeginHearing):
        book.hears(wish.source, wish.listening_id, "Monitor of Speakers")
    assert [wish.source for wish in book.of(cap.EndHearing)] == [ME]
    assert book.of(TellProblem) == [TellProblem(problems.SAME_DEVICE)]
    book.says(OTHERS, "once")
    assert book.saved == [("Others", "once")]


def test_another_microphone_is_heard_where_the_first_was_what_plays() -> None:
    """What the problem advises must help, without a pause or another meeting."""
    book = Playbook().tell(READY, cap.CaptionsStartRequested(0.0))
    for wish in book.of(cap.BeginHearing):
        book.hears(wish.source, wish.listening_id, "Monitor of Speakers")
    book.tell(cap.MicrophoneChosen())
    again = book.of(cap.BeginHearing)[-1]
    assert again.source is ME and len(book.of(cap.BeginHearing)) == 3
    book.hears(ME, again.listening_id, "Headset")
    assert len(book.of(cap.EndHearing)) == 1
    book.says(ME, "hello")
    assert book.saved == [("Me", "hello")]
    book.tell(cap.MicrophoneChosen())  # it is heard: its listener changes by itself
    assert len(book.of(cap.BeginHearing)) == 3


def test_ten_hours_are_followed_by_more() -> None:
    book = Playbook().start()
    first = book.of(cap.BeginHearing)[0]
    book.stops(ME, first.listening_id)
    assert book.of(cap.BeginHearing)[-1].source is ME
    assert not book.of(TellProblem)


# --- pause, bookmarks, silence --------------------------------------------------------------------------


def test_pause_hears_nothing_and_gives_the_model_back() -> None:
    book = Playbook().start()
    book.tell(cap.CaptionsPauseRequested(0.0, True))
    for wish in book.of(cap.EndHearing):
        book.stops(wish.source, wish.listening_id)
    assert book.session.is_paused and len(book.of(ReleaseLease)) == 1
    assert book.session.view is not None and book.session.view.state is CaptionsState.PAUSED
    book.tell(cap.CaptionsPauseRequested(0.0, False), after_ms=60_000.0)
    assert len(book.of(AcquireLease)) == 2 and len(book.of(cap.BeginHearing)) == 4
    for wish in book.of(cap.BeginHearing)[2:]:
        book.hears(wish.source, wish.listening_id)
    book.says(ME, "back again")
    assert book.of(cap.SaveLine)[0].line.start_ms >= 60_000, "a gap stays a gap"


def test_a_bookmark_is_kept_and_said() -> None:
    book = Playbook().start()
    book.tell(TimePassed(0.0), after_ms=65_000.0)
    book.tell(cap.BookmarkRequested(book.now_ms))
    assert book.of(cap.SaveBookmark)[0].bookmark.at_ms == 65_000
    assert book.session.view is not None and "0:01:05" in book.session.view.notice


def test_the_window_hides_in_silence_and_comes_back_with_new_words_only() -> None:
    book = Playbook(hide_after_s=8).start()
    book.says(ME, "old words")
    book.tell(TimePassed(0.0), after_ms=8000.0)
    assert book.session.view is None
    book.says(OTHERS, "new words")
    assert book.lines == [("Others", "new words")]


def test_a_deserted_meeting_ends_by_itself() -> None:
    book = Playbook(auto_stop_min=5).start()
    book.says(ME, "bye")
    book.tell(TimePassed(0.0), after_ms=299_000.0)
    assert book.session.is_on
    book.tell(TimePassed(0.0), after_ms=2000.0)
    assert not book.session.is_on
    assert book.of(cap.SayCaptions) == [cap.SayCaptions(problems.AUTO_STOPPED)]


def test_a_word_waited_for_is_told_when_others_say_it_and_once() -> None:
    book = Playbook(keywords=("Anna",)).start()
    book.says(ME, "this is Anna")
    assert not book.of(cap.SayCaptions), "one's own words are no news"
    spoken = book.speaks(OTHERS)
    book.tell(rec.Partial(spoken, "", "maybe Anna can", 500))
    assert not book.of(cap.SayCaptions), "it may still change"
    book.tell(rec.Partial(spoken, "maybe Anna can", "tell", 900))
    book.tell(rec.Final(spoken, "maybe Anna can tell us", 1000, 40.0))
    assert book.of(cap.SayCaptions) == [
        cap.SayCaptions("“Anna” was said. Others: maybe Anna can"),
    ]


def test_in_a_room_with_one_microphone_its_words_are_waited_for() -> None:
    book = Playbook(sources=(ME,), keywords=("Anna",)).start()
    book.says(ME, "what does Anna say")
    assert len(book.of(cap.SayCaptions)) == 1


# --- the model -------------------------------------------------------------------------------------------


def test_what_was_refused_is_heard_again_when_there_is_room() -> None:
    book = Playbook().start()
    first, second = book.speaks(ME), book.speaks(ME)
    book.tell(rec.Overloaded(second, 300_000))
    assert book.session.view is not None and book.session.view.notice == problems.WAITING
    book.tell(rec.Final(first, "one", 1000, 40.0))
    assert book.of(cap.HearAgain) == [cap.HearAgain(second)]
    book.tell(rec.Final(second, "two", 1000, 40.0))
    assert book.saved == [("Me", "one"), ("Me", "two")]


def test_without_a_model_sound_waits_and_the_window_says_why() -> None:
    book = Playbook().tell(cap.CaptionsStartRequested(0.0))
    for wish in book.of(cap.BeginHearing):
        book.hears(wish.source, wish.listening_id)
    book.tell(HolderUnserved(("captions",), AWAY))
    assert book.session.view is not None and book.session.view.notice == AWAY.sentence
    spoken = book.speaks(ME)
    book.tell(rec.UtteranceFailed(spoken, AWAY))
    assert not book.of(cap.ForgetSound) and not book.of(CancelUtterances)
    book.tell(rec.WorkerStarting(2, SPEC), rec.Loading(2, "weights"))
    assert book.session.view is not None and book.session.view.state is CaptionsState.LOADING
    book.tell(READY, TimePassed(0.0), after_ms=5000.0)
    assert book.of(cap.HearAgain) == [cap.HearAgain(spoken)]
    book.tell(rec.Final(spoken, "what I said before", 1000, 40.0))
    assert book.saved == [("Me", "what I said before")]


def test_another_holders_trouble_is_not_ours() -> None:
    book = Playbook().start().tell(HolderUnserved(("file 1",), AWAY))
    assert book.session.view is None or book.session.view.state is CaptionsState.LIVE


def test_an_utterance_that_breaks_the_engine_costs_itself_only() -> None:
    book = Playbook().start()
    spoken = book.speaks(ME)
    book.tell(rec.Partial(spoken, "half a", "sentence", 900), rec.UtteranceFailed(spoken, BROKEN))
    assert book.saved == [("Me", "half a")]
    published = [(each.line.text, each.is_final) for each in book.of(cap.PublishCaption)]
    assert published == [("half a sentence", False), ("half a", True)], "other programs wait for an end"
    book.says(ME, "the next one")
    assert book.saved[-1] == ("Me", "the next one")
    book.stop()
    assert [each.lost for each in book.of(cap.EndMeeting)] == [1]


def test_stopping_waits_for_the_last_words() -> None:
    book = Playbook().start()
    spoken = book.speaks(ME)
    book.stop()
    assert not book.of(cap.EndMeeting) and not book.of(ReleaseLease)
    book.tell(rec.Final(spoken, "the very last word", 1000, 40.0))
    assert book.saved == [("Me", "the very last word")]
    assert len(book.of(cap.EndMeeting)) == len(book.of(ReleaseLease)) == 1


def test_stopping_without_a_model_ends_with_a_word_about_what_is_missing() -> None:
    book = Playbook().start()
    book.speaks(ME)
    book.tell(HolderUnserved(("captions",), AWAY)).stop()
    assert [each.lost for each in book.of(cap.EndMeeting)] == [1]
    assert book.of(TellProblem)[-1].problem.code == "captions-incomplete"
    assert not book.session.wants_time


def test_a_model_that_loads_slowly_is_waited_for_and_one_that_says_nothing_is_not() -> None:
    book = Playbook().start()
    spoken = book.speaks(ME)
    book.tell(rec.WorkerStarting(2, SPEC)).stop().tell(TimePassed(0.0), after_ms=200_000.0)
    assert not book.of(cap.EndMeeting)
    book.tell(READY, rec.Final(spoken, "at last", 1000, 40.0))
    assert book.saved == [("Me", "at last")] and len(book.of(cap.EndMeeting)) == 1
    book.start()
    book.speaks(ME)
    book.stop().tell(TimePassed(0.0), after_ms=61_000.0)
    assert [each.lost for each in book.of(cap.EndMeeting)] == [0, 1]


def test_a_new_meeting_may_begin_while_the_old_one_waits_for_its_last_words() -> None:
    book = Playbook().start()
    spoken = book.speaks(ME)
    book.stop().start()
    book.tell(rec.Final(spoken, "old", 1000, 40.0))
    book.says(OTHERS, "new")
    assert [(wish.meeting_id, wish.line.text) for wish in book.of(cap.SaveLine)] == [(1, "old"), (2, "new")]
    assert [each.meeting_id for each in book.of(cap.EndMeeting)] == [1]


def test_quitting_saves_what_is_known() -> None:
    book = Playbook().start()
    spoken = book.speaks(ME)
    book.tell(rec.Partial(spoken, "so far", "so good", 900), cap.CaptionsLeft(book.now_ms))
    assert book.saved == [("Me", "so far so good")]
    assert len(book.of(cap.EndMeeting)) == 1


@pytest.mark.parametrize("hours", [1, 8])
def test_a_long_meeting_remembers_no_more_than_a_short_one(hours: int) -> None:
    book = Playbook(auto_stop_min=0).start()
    for n in range(hours * 60):
        book.says(OTHERS if n % 2 else ME, f"sentence {n}")
        book.wishes.clear()
        book.tell(TimePassed(0.0), after_ms=58_400.0)
    assert book.session.meeting is not None
    assert len(book.session.meeting.captions) <= 14
    assert book.session.meeting.lines_saved == hours * 60
