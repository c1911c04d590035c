"""What must hold for dictations in whatever order things happen: hypothesis plays user, threads and disk.

The audio thread, the recognizer and the injector are models that keep to their contracts; what they tell
waits in one queue, as in the program's bridge, so a fact may be overtaken by any wish of the user.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audio.events import ListeningEnded, ListeningStarted, Problem
from desktop.core import commands as cmd
from desktop.core import events as ev
from desktop.core.session import DictationSession, SessionSettings
from recognizer import events as rec

GONE = Problem("microphone.gone", "It went away.", "Plug it in.")
DAMAGED = Problem("file.unreadable", "It cannot be read.", "Look at its permissions.")
NO_MODEL = Problem("model-none", "There is no model.", "Choose one.")
NOT_PUT = Problem("target-gone", "The window is gone.", "Press Ctrl+V.")
SPEC = rec.ModelSpec("scripted", "m")


@dataclass
class Hearing:
    """One listening, as the audio thread (or a replay's) knows it."""

    listening_id: int
    path: str
    utterance_ids: list[int] = field(default_factory=list)
    is_speaking: bool = False


class World(RuleBasedStateMachine):
    """Rules are what may happen at any time; ``teardown`` lets every story end and looks at what is left."""

    def __init__(self) -> None:
        super().__init__()
        self.session = DictationSession(SessionSettings(append_space=False))
        self.now_ms = 0.0
        self.told: deque[object] = deque()  # what waits in the bridge
        self.asked: deque[cmd.Command] = deque()  # what waits for the audio thread
        self.hearing: Hearing | None = None
        self.replays: list[Hearing] = []
        self.disk: set[str] = set()
        self.kept: set[str] = set()
        self.cancelled: set[str] = set()
        self.owed: dict[int, bool] = {}  # utterances without an answer: whether they have ended
        self.inserting: list[cmd.InsertText] = []
        self.inserted: list[int] = []
        self.leases = 0
        self.is_escape_watched = False
        self.next_utterance = 1

    # --- carrying out --------------------------------------------------------------------------------

    def tell(self, fact: object) -> None:
        self.now_ms += 50.0
        for command in self.session.handle(fact, self.now_ms):
            self.carry_out(command)

    def carry_out(self, command: cmd.Command) -> None:
        match command:
            case cmd.StartListening() | cmd.StopListening() | cmd.CancelListening():
                self.asked.append(command)
            case cmd.ReplayAudio(dictation_id, path):
                self.replays.append(Hearing(dictation_id, path))
            case cmd.CancelUtterances(utterance_ids):
                for utterance_id in utterance_ids:
                    self.owed.pop(utterance_id, None)
            case cmd.AcquireLease():
                self.leases += 1
            case cmd.ReleaseLease():
                self.leases = 0
            case cmd.InsertText():
                assert not self.inserting, "two insertions at once"
                self.inserting.append(command)
                self.inserted.append(command.dictation_id)
            case cmd.DropAudio(path):
                self.disk.discard(path)
                self.kept.discard(path)
            case cmd.KeepAudio(_, path, _):
                assert path not in self.cancelled
                self.kept.add(path)
            case cmd.WatchCancelKey(is_watched):
                self.is_escape_watched = is_watched

    # --- the user ------------------------------------------------------------------------------------

    @rule()
    def press(self) -> None:
        self.tell(ev.StartRequested(ev.Origin.HOTKEY, self.now_ms, None))

    @rule()
    def release(self) -> None:
        self.tell(ev.StopRequested(ev.Origin.HOTKEY, self.now_ms))

    @rule()
    def cancel(self) -> None:
        self.tell(ev.CancelRequested(ev.Origin.HOTKEY, self.now_ms))

    @precondition(lambda self: self.kept)
    @rule(which=st.integers(0, 9))
    def retry(self, which: int) -> None:
        path = sorted(self.kept)[which % len(self.kept)]
        self.tell(ev.RetryRequested(path, self.now_ms, None))

    @rule()
    def time_passes(self) -> None:
        self.tell(ev.TimePassed(self.now_ms))

    # --- the audio thread --------------------------------------------------------------------------------

    @precondition(lambda self: self.asked)
    @rule()
    def obey(self) -> None:
        match self.asked.popleft():
            case cmd.StartListening(listening_id):
                self.end_hearing(None)
                self.hearing = Hearing(listening_id, f"{listening_id}.wav")
                self.disk.add(self.hearing.path)
                self.told.append(ListeningStarted(listening_id, "mic", 0, 1.0))
            case cmd.StopListening(listening_id) if self.is_heard(listening_id):
                self.end_hearing(None)
            case cmd.CancelListening(listening_id) if self.is_heard(listening_id):
                assert self.hearing is not None
                self.disk.discard(self.hearing.path)
                self.end_hearing(None, is_cancelled=True)

    def is_heard(self, listening_id: int) -> bool:
        return self.hearing is not None and self.hearing.listening_id == listening_id

    @precondition(lambda self: self.hearing is not None and not self.hearing.is_speaking)
    @rule()
    def speak(self) -> None:
        assert self.hearing is not None
        self.begin_utterance(self.hearing)

    def begin_utterance(self, hearing: Hearing) -> None:
        hearing.is_speaking = True
        hearing.utterance_ids.append(self.next_utterance)
        self.owed[self.next_utterance] = False
        self.told.append(ev.UtteranceOpened(hearing.listening_id, self.next_utterance, 0))
        self.next_utterance += 1

    @precondition(lambda self: self.hearing is not None and self.hearing.is_speaking)
    @rule()
    def hush(self) -> None:
        assert self.hearing is not None
        self.end_utterance(self.hearing)

    def end_utterance(self, hearing: Hearing) -> None:
        hearing.is_speaking = False
        if hearing.utterance_ids[-1] in self.owed:
            self.owed[hearing.utterance_ids[-1]] = True

    @rule(is_failing=st.booleans())
    def end_by_itself(self, is_failing: bool) -> None:
        self.end_hearing(GONE if is_failing else None)

    def end_hearing(self, problem: Problem | None, *, is_cancelled: bool = False) -> None:
        hearing, self.hearing = self.hearing, None
        if hearing is not None:
            self.finish(hearing, problem, is_cancelled=is_cancelled)

    def finish(self, hearing: Hearing, problem: Problem | None, *, is_cancelled: bool = False) -> None:
        if hearing.is_speaking:
            self.end_utterance(hearing)
        ids = tuple(hearing.utterance_ids)
        path = None if is_cancelled else hearing.path
        self.told.append(
            ListeningEnded(
                hearing.listening_id, 900, 900 * len(ids), ids, -20.0, 0, path, problem, is_cancelled
            )
        )

    @precondition(lambda self: self.replays)
    @rule(utterances=st.integers(0, 2), is_damaged=st.booleans())
    def replay(self, utterances: int, is_damaged: bool) -> None:
        hearing = self.replays.pop(0)
        is_damaged = is_damaged or hearing.path not in self.disk
        for _ in range(0 if is_damaged else utterances):
            self.begin_utterance(hearing)
            self.end_utterance(hearing)
        self.finish(hearing, DAMAGED if is_damaged else None)

    # --- recognizer, keeper, injector -----------------------------------------------------------------------

    @precondition(lambda self: any(self.owed.values()))
    @rule(text=st.sampled_from(["", "text", None]), which=st.integers(0, 9))
    def answer(self, text: str | None, which: int) -> None:
        ended = [utterance_id for utterance_id, is_ended in self.owed.items() if is_ended]
        utterance_id = ended[which % len(ended)]
        del self.owed[utterance_id]
        answer = rec.UtteranceFailed(utterance_id, NO_MODEL)
        self.told.append(answer if text is None else rec.Final(utterance_id, text, 900, 1.0))

    @rule(what=st.sampled_from(["unavailable", "starting", "ready", "failed", "exited"]))
    def model(self, what: str) -> None:
        facts = {
            "unavailable": ev.ModelUnavailable(NO_MODEL),
            "starting": rec.WorkerStarting(1, SPEC),
            "ready": rec.Ready(1, SPEC, "cpu", 1.0, 7),
            "failed": rec.LoadFailed(1, SPEC, NO_MODEL),
            "exited": rec.WorkerExited(1, 7, 0, True, False, 1.0),
        }
        self.told.append(facts[what])

    @precondition(lambda self: self.inserting)
    @rule(landed=st.booleans(), on_clipboard=st.booleans())
    def insert(self, landed: bool, on_clipboard: bool) -> None:
        wish = self.inserting.pop()
        refused = ev.TextRefused(wish.dictation_id, NOT_PUT, on_clipboard)
        self.told.append(ev.TextLanded(wish.dictation_id, "paste", 1.0) if landed else refused)

    @rule(count=st.integers(1, 3))
    def hear(self, count: int = 1) -> None:
        for _ in range(min(count, len(self.told))):
            self.tell(self.told.popleft())

    # --- what we promise ------------------------------------------------------------------------

    @invariant()
    def escape_is_watched_while_somebody_speaks(self) -> None:
        assert self.is_escape_watched == (self.session.listening is not None)

    @invariant()
    def the_model_is_kept_for_whoever_waits(self) -> None:
        assert (self.leases > 0) == self.session.wants_time

    @invariant()
    def texts_come_in_the_order_they_were_spoken(self) -> None:
        assert all(first < then for first, then in pairwise(self.inserted))

    @invariant()
    def what_is_kept_is_there(self) -> None:
        assert self.kept <= self.disk

    def teardown(self) -> None:
        """Left alone, everything comes to its end; nothing is held, owed or left lying about."""
        self.release()
        for _ in range(500):
            if not self.advance():
                break
        else:
            raise AssertionError("the story does not come to rest")
        assert self.session.phase is None and self.leases == 0
        assert not self.owed, "the recognizer keeps sound that nobody waits for"
        assert self.disk == self.kept, "sound lies on the disk that nobody knows of"

    def advance(self) -> bool:
        if self.told:
            self.hear()
        elif self.asked:
            self.obey()
        elif self.replays:
            self.replay(1, False)
        elif any(self.owed.values()):
            self.answer("text", 0)
        elif self.inserting:
            self.insert(True, False)
        else:
            return False
        return True


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
