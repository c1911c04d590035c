"""What holds for captions in whatever order things happen: a world that obeys and plays on."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audio.events import FramesLost, ListeningEnded, ListeningStarted, MicrophoneChanged, Problem
from desktop.core import captions_facts as cap
from desktop.core.captions import CaptionsSession
from desktop.core.captions_facts import Source
from desktop.core.captions_meeting import LINES_SHOWN, CaptionsSettings
from desktop.core.captions_view import CaptionsView
from desktop.core.commands import AcquireLease, CancelUtterances, ReleaseLease
from desktop.core.events import HolderUnserved, TimePassed
from recognizer import events as rec

GONE = Problem("microphone.gone", "It went away.", "Plug it in.")
NONE = Problem("model-none", "There is no model.", "Choose one.")
SPEC = rec.ModelSpec("scripted", "m")
NAMES = (
    "start start stop pause resume resume mark speak speak speak hush hush hush partial final final fail "
    "refuse lose plug silent unserved load ready ready crash time time long"
).split()
MOVES = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 7)), min_size=40, max_size=120)


class World:
    """Obeys the wishes as the real parts do, and makes facts of them."""

    def __init__(self) -> None:
        self.session = CaptionsSession(CaptionsSettings(auto_stop_min=5))
        self.now_ms = 0.0
        self.next_id = 1
        self.listening: dict[Source, int] = {}
        self.speaking: dict[Source, int] = {}
        self.kept: set[int] = set()  # utterances whose sound is kept
        self.owed: list[int] = []  # utterances that the recognizer will answer
        self.wishes: list[object] = []
        self.finals: dict[int, str] = {}

    def tell(self, fact: object) -> None:
        self.now_ms += 50
        todo = self.session.handle(fact, self.now_ms)
        self.wishes += todo
        for wish in todo:
            self.obey(wish)
        self.check()

    def obey(self, wish: object) -> None:
        match wish:
            case cap.BeginHearing():
                self.listening[wish.source] = wish.listening_id
                self.tell(
                    cap.SourceTold(wish.source, ListeningStarted(wish.listening_id, wish.source, 0, 1.0))
                )
            case cap.EndHearing() if self.listening.get(wish.source) == wish.listening_id:
                self.end(wish.source, None)
            case cap.HearAgain():
                assert wish.utterance_id in self.kept, "its sound is there"
                self.owed.append(wish.utterance_id)
            case cap.ForgetSound():
                self.kept.discard(wish.utterance_id)
            case CancelUtterances():
                self.owed = [each for each in self.owed if each not in wish.utterance_ids]

    def end(self, source: Source, problem: Problem | None) -> None:
        if source in self.listening:
            self.hush(source)
            listening_id = self.listening.pop(source)
            ended = ListeningEnded(listening_id, 1, 1, (), -20.0, 0, None, problem)
            self.tell(cap.SourceTold(source, ended))

    def speak(self, source: Source) -> None:
        if source in self.listening and source not in self.speaking:
            utterance_id, self.next_id = self.next_id, self.next_id + 1
            self.speaking[source] = utterance_id
            self.kept.add(utterance_id)
            self.owed.append(utterance_id)
            self.tell(cap.CaptionOpened(source, self.listening[source], utterance_id, self.now_ms))
            self.tell(cap.CaptionHeard(utterance_id, (-30.0, -25.0, -40.0)))

    def hush(self, source: Source) -> None:
        if (utterance_id := self.speaking.pop(source, None)) is not None:
            self.tell(cap.CaptionClosed(utterance_id, self.now_ms, 0))

    def answer(self, number: int, kind: str) -> None:
        waiting = [each for each in self.owed if kind == "partial" or each not in self.speaking.values()]
        if not waiting:
            return
        utterance_id = waiting[number % len(waiting)]
        if kind == "partial":
            self.tell(rec.Partial(utterance_id, f"so far {number}", "and", 500))
            return
        self.owed.remove(utterance_id)
        if kind == "final":
            self.finals[utterance_id] = f"said {utterance_id}"
            self.tell(rec.Final(utterance_id, self.finals[utterance_id], 500, 9.0))
        elif kind == "fail":
            self.tell(rec.UtteranceFailed(utterance_id, NONE))
        else:
            self.tell(rec.Overloaded(utterance_id, 300_000))

    def move(self, name: str, number: int) -> None:
        source = Source.ME if number % 2 else Source.OTHERS
        match name:
            case "start":
                self.tell(cap.CaptionsStartRequested(self.now_ms))
            case "stop":
                self.tell(cap.CaptionsStopRequested(self.now_ms))
            case "pause" | "resume":
                self.tell(cap.CaptionsPauseRequested(self.now_ms, name == "pause"))
            case "mark":
                self.tell(cap.BookmarkRequested(self.now_ms))
            case "speak":
                self.speak(source)
            case "hush":
                self.hush(source)
            case "partial" | "final" | "fail" | "refuse":
                self.answer(number, name)
            case "lose":
                self.end(source, GONE)
            case _:
                self.happen(name, source)

    def happen(self, name: str, source: Source) -> None:
        listening_id = self.listening.get(source, 0)
        match name:
            case "plug":
                self.tell(cap.SourceTold(source, FramesLost(listening_id, 300, 300)))
            case "silent":
                self.tell(cap.SourceTold(source, MicrophoneChanged(listening_id, source, GONE)))
            case "unserved":
                self.tell(HolderUnserved(("captions",), NONE))
            case "load":
                self.tell(rec.WorkerStarting(1, SPEC))
            case "ready":
                self.tell(rec.Ready(1, SPEC, "cpu", 1.0, 7))
            case "crash":
                self.tell(rec.WorkerExited(1, 7, -9, False, True, 1.0))
            case "time" | "long":
                self.now_ms += 1500 if name == "time" else 90_000
                self.tell(TimePassed(self.now_ms))

    def finish(self) -> None:
        """The user stops; the recognizer answers whatever it owes."""
        self.move("stop", 0)
        for source in Source:
            self.hush(source)
        self.move("ready", 0)
        for _ in range(3 * self.next_id):
            while self.owed:
                self.answer(0, "final")
            self.now_ms += 3000
            self.tell(TimePassed(self.now_ms))

    def check(self) -> None:
        view = self.session.view
        if view is not None:
            self.check_view(view)
        leases = [wish for wish in self.wishes if isinstance(wish, AcquireLease | ReleaseLease)]
        kinds = [type(each) for each in leases]
        assert all(one is not other for one, other in pairwise(kinds))

    def check_view(self, view: CaptionsView) -> None:
        assert len(view.lines) <= LINES_SHOWN
        assert len({line.key for line in view.lines}) == len(view.lines)
        for line in view.lines:
            assert line.committed or line.tentative
            if line.is_final and line.key in self.finals:
                assert (line.committed, line.tentative) == (self.finals[line.key], ""), "replaced once"


@hypothesis_settings(max_examples=100, deadline=None)
@given(MOVES)
def test_nothing_is_lost_doubled_or_left_behind(moves: list[tuple[str, int]]) -> None:
    world = World()
    world.move("start", 0)
    for name, number in moves:
        world.move(name, number)
    world.finish()
    saved = Counter(wish.line.text for wish in world.wishes if isinstance(wish, cap.SaveLine))
    for utterance_id, text in world.finals.items():
        assert saved[text] <= 1, "saved twice"
        cancelled = any(
            isinstance(wish, CancelUtterances) and utterance_id in wish.utterance_ids for wish in world.wishes
        )
        assert saved[text] == 1 or cancelled, "every final is saved"
    begun = [wish.meeting_id for wish in world.wishes if isinstance(wish, cap.BeginMeeting)]
    ended = [wish.meeting_id for wish in world.wishes if isinstance(wish, cap.EndMeeting)]
    assert sorted(begun) == sorted(ended)
    assert not world.kept, "no sound is kept for ever"
    assert not world.session.wants_time and not world.session.is_on
    leases = [wish for wish in world.wishes if isinstance(wish, AcquireLease | ReleaseLease)]
    assert not leases or isinstance(leases[-1], ReleaseLease)


@hypothesis_settings(max_examples=100, deadline=None)
@given(MOVES)
def test_numbers_count_and_times_run_forward(moves: list[tuple[str, int]]) -> None:
    world = World()
    world.move("start", 0)
    for name, number in moves:
        world.move(name, number)
    numbers: dict[int, int] = {}
    for wish in world.wishes:
        if isinstance(wish, cap.SaveLine):
            numbers[wish.meeting_id] = numbers.get(wish.meeting_id, 0) + 1
            assert wish.number == numbers[wish.meeting_id]
            assert 0 <= wish.line.start_ms < wish.line.end_ms
