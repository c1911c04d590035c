"""Live captions from the start to the last saved line: events in, commands out.

A meeting may begin while the former one still waits for its last texts. The session knows no thread, no
clock and no file: the time of each event comes with it. Speech is timed by its samples, on one axis for both
sources, so that a gap stays a gap.

Over 250 lines because it is one state machine: what one event does to a meeting must be read beside what
the others do. What has no wishes stands in ``captions_meeting``, ``captions_line`` and ``captions_model``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audio.events import (
    FramesLost,
    ListeningEnded,
    ListeningStarted,
    MicrophoneChanged,
    Problem,
    SoundNotKept,
)
from desktop.core import captions_facts as cap
from desktop.core import captions_problems as problems
from desktop.core.captions_facts import CaptionsCommand, Source
from desktop.core.captions_line import Caption
from desktop.core.captions_meeting import CaptionsSettings, Hearing, Meeting
from desktop.core.captions_model import LEASE, ModelForCaptions
from desktop.core.captions_view import CaptionsState, CaptionsView
from desktop.core.commands import AcquireLease, CancelUtterances, ReleaseLease, TellProblem
from desktop.core.events import TimePassed
from desktop.core.keywords import KeywordAlert
from desktop.core.timed_text import Bookmark
from recognizer import events as rec

RETRY_MS: Final = 1_000.0
"""A source that went away is looked for this often."""
NOTICE_MS: Final = 3_000.0
READ_MS: Final = 6_000.0
"""What is over, or may be meant, is shown for so long."""
SILENT: Final = "microphone.silent"
GIVE_UP_MS: Final = 60_000.0
"""After the end of a meeting its last texts are waited for this long while none comes."""
HEAR_AGAIN_MS: Final = 3_000.0

Wishes = Iterator[CaptionsCommand]


class CaptionsSession:
    """The core of live captions; see the module's docstring."""

    def __init__(self, settings: CaptionsSettings | None = None) -> None:
        self.settings = settings or CaptionsSettings()
        self._meetings: dict[int, Meeting] = {}
        self._next_meeting_id = 1
        self._next_listening_id = 1
        self._model = ModelForCaptions()
        self._keywords = KeywordAlert(self.settings.keywords)
        self._has_lease = False
        self._told: set[str] = set()  # codes of problems of this meeting
        self._answer, self._answer_until_ms = "", 0.0  # to what the user has just done
        self._shown: CaptionsView | None = None
        self._heard_again_ms = 0.0

    # --- what others may ask -----------------------------------------------------------------

    @property
    def meeting(self) -> Meeting | None:
        """The meeting that is heard now, or paused."""
        return next((each for each in self._meetings.values() if each.stopped_ms is None), None)

    @property
    def is_on(self) -> bool:
        """Captions are running or paused."""
        return self.meeting is not None

    @property
    def is_paused(self) -> bool:
        """They are paused."""
        return self.meeting is not None and self.meeting.is_paused

    @property
    def wants_time(self) -> bool:
        """True while ``TimePassed`` matters."""
        return bool(self._meetings)

    @property
    def view(self) -> CaptionsView | None:
        """What is shown now, if anything is."""
        return self._shown

    def configure(self, settings: CaptionsSettings) -> None:
        """Use other settings; sources and labels from the next meeting on."""
        self.settings = settings
        self._keywords.configure(settings.keywords)
        if meeting := self.meeting:
            before = meeting.settings
            meeting.settings = CaptionsSettings(
                before.sources,
                before.label_me,
                before.label_others,
                settings.is_calm,
                settings.auto_stop_min,
                settings.hide_after_s,
                settings.keywords,
            )

    # --- events ------------------------------------------------------------------------------

    def handle(self, event: object, now_ms: float) -> list[CaptionsCommand]:
        """Commands that follow from ``event`` at ``now_ms``; unknown events mean nothing here."""
        self._model.note(event, now_ms)
        wishes = [*self._take(event, now_ms), *self._settle(now_ms)]
        return [*wishes, *self._show(now_ms)]

    def _take(self, event: object, now_ms: float) -> Wishes:
        match event:
            case cap.CaptionsStartRequested():
                yield from self._start(now_ms)
            case cap.CaptionsStopRequested():
                yield from self._stop(now_ms)
            case cap.CaptionsLeft():
                yield from self._leave(now_ms)
            case cap.CaptionsPauseRequested():
                yield from self._pause(event.is_paused, now_ms)
            case cap.BookmarkRequested():
                yield from self._bookmark(event)
            case cap.SourceTold() | cap.MicrophoneChosen():
                yield from self._about_sources(event, now_ms)
            case rec.Partial() | rec.Final():
                yield from self._text(event, now_ms)
            case rec.UtteranceFailed() | rec.Overloaded():
                yield from self._no_text(event, now_ms)
            case rec.Ready():
                for meeting in self._meetings.values():  # patience begins anew for those that are over
                    meeting.active_ms = now_ms if meeting.stopped_ms is not None else meeting.active_ms
                    meeting.voices.clear()  # another worker counts speakers anew
            case TimePassed():
                yield from self._time_passed(now_ms)
            case _:
                yield from self._speech(event, now_ms)

    # --- beginning and end -------------------------------------------------------------------

    def _start(self, now_ms: float) -> Wishes:
        if self.is_on:
            return
        meeting = Meeting(self._next_meeting_id, now_ms, self.settings, active_ms=now_ms)
        self._meetings[meeting.meeting_id] = meeting
        self._next_meeting_id += 1
        self._told.clear()
        yield cap.BeginMeeting(meeting.meeting_id)
        yield from self._begin_hearing(meeting)

    def _begin_hearing(self, meeting: Meeting) -> Wishes:
        for source in meeting.settings.sources:
            yield self._listen(meeting, Hearing(source, 0))

    def _listen(self, meeting: Meeting, hearing: Hearing) -> cap.BeginHearing:
        hearing.listening_id, hearing.is_running, hearing.retry_at_ms = self._next_listening_id, False, None
        self._next_listening_id += 1
        meeting.hearings[hearing.source] = hearing
        return cap.BeginHearing(meeting.meeting_id, hearing.source, hearing.listening_id)

    def _stop(self, now_ms: float) -> Wishes:
        meeting = self.meeting
        if meeting is None:
            return
        meeting.stopped_ms = now_ms
        meeting.active_ms = now_ms
        yield from self._end_hearing(meeting)

    def _end_hearing(self, meeting: Meeting) -> Wishes:
        for hearing in list(meeting.hearings.values()):
            if hearing.retry_at_ms is not None:  # nobody listens there
                del meeting.hearings[hearing.source]
            else:
                yield cap.EndHearing(hearing.source, hearing.listening_id)

    def _leave(self, now_ms: float) -> Wishes:
        """The program ends: what is still being recognised is kept as far as it is known."""
        yield from self._stop(now_ms)
        for meeting in self._meetings.values():
            meeting.hearings.clear()
            for caption in meeting.owed:
                caption.committed, caption.tentative = caption.text, ""
                yield from self._lose(meeting, caption)

    def _pause(self, is_paused: bool, now_ms: float) -> Wishes:
        meeting = self.meeting
        if meeting is None or meeting.is_paused is is_paused:
            return
        meeting.is_paused, meeting.active_ms = is_paused, now_ms
        if is_paused:
            yield from self._end_hearing(meeting)
        else:
            yield from self._begin_hearing(meeting)

    def _bookmark(self, event: cap.BookmarkRequested) -> Wishes:
        meeting = self.meeting
        if meeting is None:
            return
        at_ms = meeting.since_start(event.now_ms)
        self._answer, self._answer_until_ms = problems.bookmarked(at_ms), event.now_ms + NOTICE_MS
        yield cap.SaveBookmark(meeting.meeting_id, Bookmark(at_ms, event.note))

    # --- the sources ---------------------------------------------------------------------------

    def _about_sources(self, event: cap.SourceTold | cap.MicrophoneChosen, now_ms: float) -> Wishes:
        if isinstance(event, cap.SourceTold):
            yield from self._source_told(event, now_ms)
        else:
            yield from self._hear_me_again()

    def _source_told(self, told: cap.SourceTold, now_ms: float) -> Wishes:
        found = self._hearing(told.source, told.event.listening_id)
        if found is None:
            return
        meeting, hearing = found
        match told.event:
            case ListeningStarted():
                hearing.is_running, hearing.problem = True, None
                yield from self._named(meeting, hearing, told.event.source_name)
            case MicrophoneChanged():
                yield from self._changed(meeting, hearing, told.event, now_ms)
            case FramesLost():  # the source is back; silence stands for the time without it
                if hearing.is_running and hearing.problem is not None:
                    hearing.problem_until_ms = now_ms + READ_MS
            case SoundNotKept():
                yield from self._tell(told.event.problem)
            case ListeningEnded():
                yield from self._hearing_ended(meeting, hearing, told.event, now_ms)

    def _hearing(self, source: Source, listening_id: int) -> tuple[Meeting, Hearing] | None:
        for meeting in self._meetings.values():
            hearing = meeting.hearings.get(source)
            if hearing is not None and hearing.listening_id == listening_id:
                return meeting, hearing
        return None

    def _named(self, meeting: Meeting, hearing: Hearing, source_name: str) -> Wishes:
        """Where both sources are one device, everything would be captioned twice."""
        hearing.source_name = source_name
        mine = meeting.hearings.get(Source.ME)
        others = meeting.hearings.get(Source.OTHERS)
        if mine is None or others is None or not (mine.is_running and others.is_running):
            return
        if mine.source_name == others.source_name:
            yield cap.EndHearing(mine.source, mine.listening_id)
            del meeting.hearings[Source.ME]
            yield from self._tell(problems.SAME_DEVICE)

    def _hear_me_again(self) -> Wishes:
        """The microphone was left out because it was what plays; another one has been chosen."""
        meeting = self.meeting
        if meeting is None or meeting.is_paused:
            return
        if Source.ME in meeting.settings.sources and Source.ME not in meeting.hearings:
            self._told.discard(problems.SAME_DEVICE.code)
            yield self._listen(meeting, Hearing(Source.ME, 0))

    def _changed(self, meeting: Meeting, hearing: Hearing, event: MicrophoneChanged, now_ms: float) -> Wishes:
        """The window says it. Silence is usual: nothing is played, or the user is muted in the meeting."""
        is_silence = event.problem is not None and event.problem.code == SILENT
        if hearing.source is Source.OTHERS and is_silence:
            return
        if event.problem is not None and not hearing.is_running:
            yield from self._tell(event.problem)  # nothing was heard yet: the user may have to do something
        hearing.problem = event.problem
        hearing.problem_until_ms = now_ms + READ_MS if is_silence else None
        yield from self._named(meeting, hearing, event.source_name)

    def _hearing_ended(
        self, meeting: Meeting, hearing: Hearing, event: ListeningEnded, now_ms: float
    ) -> Wishes:
        if meeting.stopped_ms is not None or meeting.is_paused:
            del meeting.hearings[hearing.source]
            return
        for problem in (event.problem, *event.notices):
            if problem is not None and problem.code != SILENT:
                yield from self._tell(problem)
        if event.problem is None:  # the longest listening: the next follows at once
            yield self._listen(meeting, hearing)
        else:
            hearing.is_running, hearing.problem, hearing.problem_until_ms = False, event.problem, None
            hearing.retry_at_ms = now_ms + RETRY_MS

    def _tell(self, problem: Problem) -> Wishes:
        """Once in a meeting; the window keeps saying it while it is so."""
        if problem.code not in self._told:
            self._told.add(problem.code)
            yield TellProblem(problem)

    # --- speech and text -----------------------------------------------------------------------

    def _speech(self, event: object, now_ms: float) -> Wishes:
        match event:
            case cap.CaptionOpened():
                yield from self._opened(event, now_ms)
            case cap.CaptionHeard():
                if (found := self._caption(event.utterance_id)) is not None:
                    found[0].active_ms = now_ms
                    found[1].envelope += event.envelope
                    found[1].end_ms = found[1].start_ms + 20 * len(found[1].envelope)
            case cap.CaptionClosed():
                if (found := self._caption(event.utterance_id)) is not None:
                    found[0].active_ms = now_ms
                    found[1].is_ended = True
                    heard_ms = found[0].since_start(event.at_ms) - event.silence_ms
                    found[1].end_ms = max(found[1].start_ms, heard_ms)
            case cap.CaptionLost():
                if (found := self._caption(event.utterance_id)) is not None:
                    yield from self._lose(*found)

    def _opened(self, event: cap.CaptionOpened, now_ms: float) -> Wishes:
        found = self._hearing(event.source, event.listening_id)
        if found is None:  # nobody waits for it any more
            yield CancelUtterances((event.utterance_id,))
            yield cap.ForgetSound(event.utterance_id)
            return
        meeting, hearing = found
        hearing.problem = None  # whatever it was, the source is heard
        meeting.active_ms = now_ms
        meeting.open(event, now_ms)

    def _caption(self, utterance_id: int) -> tuple[Meeting, Caption] | None:
        for meeting in self._meetings.values():
            if (caption := meeting.captions.get(utterance_id)) is not None:
                return meeting, caption
        return None

    def _text(self, event: rec.Partial | rec.Final, now_ms: float) -> Wishes:
        found = self._caption(event.utterance_id)
        if found is not None and found[1].take(event, now_ms):
            meeting, caption = found
            meeting.active_ms = now_ms
            was_echo, caption.is_echo = caption.is_echo, meeting.judge_echo(caption)
            if isinstance(event, rec.Final):
                meeting.leave_echo_out(caption)
                meeting.name_voice(caption, event.speaker)
                yield from self._final(meeting, caption, event)
            yield from self._alert(meeting, caption, now_ms)
            if caption.text and not (caption.is_echo and was_echo):
                line = caption.told()
                committed = caption.committed if line.text else ""
                yield cap.PublishCaption(
                    caption.utterance_id, caption.source, line, caption.is_final, committed
                )
        if isinstance(event, rec.Final):
            yield from self._hear_again(now_ms)

    def _alert(self, meeting: Meeting, caption: Caption, now_ms: float) -> Wishes:
        """Words that the user waits for; such as may still change are not believed."""
        if caption.is_echo or not meeting.settings.alerts(caption.source):
            return
        for heard in self._keywords.read(
            caption.utterance_id, caption.committed, now_ms, is_final=caption.is_final
        ):
            yield cap.SayCaptions(problems.keyword_said(heard.keyword, caption.speaker, caption.committed))

    def _final(self, meeting: Meeting, caption: Caption, event: rec.Final) -> Wishes:
        yield cap.ForgetSound(caption.utterance_id)
        if event.notice is not None:
            yield from self._tell(event.notice)
        if caption.is_echo:
            meeting.echoes += 1
        elif caption.text:
            meeting.lines_saved += 1
            yield cap.SaveLine(meeting.meeting_id, meeting.lines_saved, caption.timed())

    def _no_text(self, event: rec.UtteranceFailed | rec.Overloaded, now_ms: float) -> Wishes:
        """Refused, or failed only because there is no model: the sound is kept and heard later."""
        found = self._caption(event.utterance_id)
        if found is None:
            if isinstance(event, rec.UtteranceFailed):
                yield from self._hear_again(now_ms)
            return
        meeting, caption = found
        if isinstance(event, rec.Overloaded) or not self._model.is_ready:
            caption.is_refused = not caption.is_answered
            return
        yield from self._tell(event.problem)
        yield from self._lose(meeting, caption)

    def _lose(self, meeting: Meeting, caption: Caption) -> Wishes:
        """There will be no text; what stood there as partial text is worth keeping."""
        if caption.is_answered:
            return
        was_told = bool(caption.text) and not caption.is_echo
        caption.is_answered, caption.is_refused, caption.is_final = True, False, True
        caption.tentative = ""
        meeting.lost += 1
        yield CancelUtterances((caption.utterance_id,))
        yield cap.ForgetSound(caption.utterance_id)
        yield from self._tell(problems.LOST_TEXT)
        if caption.committed and not caption.is_echo:
            meeting.lines_saved += 1
            yield cap.SaveLine(meeting.meeting_id, meeting.lines_saved, caption.timed())
        if was_told:
            yield cap.PublishCaption(
                caption.utterance_id,
                caption.source,
                caption.told(),
                is_final=True,
                committed=caption.committed,
            )

    def _hear_again(self, now_ms: float) -> Wishes:
        """The oldest refused one; each answer makes room for another."""
        refused = [each for meeting in self._meetings.values() for each in meeting.refused]
        if refused:
            self._heard_again_ms = now_ms
            refused[0].is_refused = False
            yield cap.HearAgain(refused[0].utterance_id)

    # --- time ----------------------------------------------------------------------------------

    def _time_passed(self, now_ms: float) -> Wishes:
        for meeting in self._meetings.values():
            meeting.forget_old(now_ms)
            yield from self._look_for_sources(meeting, now_ms)
        if self._model.is_ready and now_ms - self._heard_again_ms >= HEAR_AGAIN_MS:
            yield from self._hear_again(now_ms)
        running = self.meeting
        if running is not None and not running.is_paused and self._is_deserted(running, now_ms):
            yield cap.SayCaptions(problems.AUTO_STOPPED)
            yield from self._stop(now_ms)

    def _look_for_sources(self, meeting: Meeting, now_ms: float) -> Wishes:
        for hearing in meeting.hearings.values():
            if hearing.retry_at_ms is not None and now_ms >= hearing.retry_at_ms:
                yield self._listen(meeting, hearing)

    def _is_deserted(self, meeting: Meeting, now_ms: float) -> bool:
        limit_min = meeting.settings.auto_stop_min
        return limit_min > 0 and now_ms - meeting.active_ms >= limit_min * 60_000

    # --- what follows from how things are --------------------------------------------------------

    def _settle(self, now_ms: float) -> Wishes:
        for meeting in [each for each in self._meetings.values() if each.stopped_ms is not None]:
            if meeting.owed and not meeting.hearings and self._is_hopeless(meeting, now_ms):
                for caption in meeting.owed:
                    yield from self._lose(meeting, caption)
            if meeting.is_over:
                yield from self._over(meeting)
        wants_lease = any(each.owed or each.hearings for each in self._meetings.values())
        if wants_lease is not self._has_lease:
            self._has_lease = wants_lease
            yield (AcquireLease if wants_lease else ReleaseLease)(LEASE, now_ms)

    def _is_hopeless(self, meeting: Meeting, now_ms: float) -> bool:
        """No model will come, or none has said anything for long."""
        is_loading = self._model.loading_since_ms is not None
        is_overdue = now_ms - meeting.active_ms >= GIVE_UP_MS and not is_loading
        return self._model.unserved is not None or is_overdue

    def _over(self, meeting: Meeting) -> Wishes:
        del self._meetings[meeting.meeting_id]
        duration_ms = meeting.since_start(meeting.stopped_ms or meeting.started_ms)
        yield cap.EndMeeting(meeting.meeting_id, duration_ms, meeting.lines_saved, meeting.lost)
        if meeting.lost:
            yield TellProblem(problems.without_text(meeting.lost))

    # --- showing -------------------------------------------------------------------------------

    def _show(self, now_ms: float) -> Wishes:
        meeting = self.meeting
        view = self._view(meeting, now_ms) if meeting is not None else None
        if view == self._shown:
            return
        self._shown = view
        yield cap.HideCaptions() if view is None else cap.ShowCaptions(view)

    def _view(self, meeting: Meeting, now_ms: float) -> CaptionsView | None:
        """``None``: nobody has spoken for a while and nothing is wrong."""
        state, notice = self._state(meeting, now_ms)
        limit_s = meeting.settings.hide_after_s
        if state is CaptionsState.LIVE and not notice and limit_s > 0:
            latest_ms = max((each.changed_ms for each in meeting.captions.values()), default=0.0)
            if now_ms - latest_ms >= limit_s * 1000.0:
                meeting.shown_from_ms = now_ms
            if meeting.shown_from_ms > latest_ms:
                return None
        return CaptionsView(meeting.lines(), state, notice)

    def _state(self, meeting: Meeting, now_ms: float) -> tuple[CaptionsState, str]:
        state, notice = self._lasting_state(meeting, now_ms)
        return state, self._answer if now_ms < self._answer_until_ms else notice

    def _lasting_state(self, meeting: Meeting, now_ms: float) -> tuple[CaptionsState, str]:
        if meeting.is_paused:
            return CaptionsState.PAUSED, problems.PAUSED
        trouble = self._model.unserved or next(meeting.problems(now_ms), None)
        if trouble is not None:
            return CaptionsState.TROUBLE, trouble.sentence
        if self._model.loading_since_ms is not None:
            waited_s = (now_ms - self._model.loading_since_ms) / 1000.0
            return CaptionsState.LOADING, problems.loading(waited_s)
        if meeting.refused:
            return CaptionsState.TROUBLE, problems.WAITING
        if now_ms < meeting.started_ms + NOTICE_MS:
            return CaptionsState.LIVE, problems.NO_SPEECH_YET
        return CaptionsState.LIVE, ""
