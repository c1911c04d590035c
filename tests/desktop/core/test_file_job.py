"""A job of files as a playbook: facts in, wishes out, no clock and no thread."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import pytest

from audio.events import Problem
from desktop.core import file_job_facts as job
from desktop.core.file_job import NO_ANSWER, NOT_FINISHED, FileJob
from desktop.core.file_job_facts import FileState, JobFile, JobOptions, Outcome, Piece
from recognizer import events as rec

BROKEN = Problem("file.not_audio", "It is no sound.", "Convert it.")
NO_TEXT = Problem("scripted-refusal", "No.", "Change the script.")
SEGMENT_MS = 10_000


class Player:
    """Plays the shell: ``sounds`` are the segments of each file; answers are given when asked for."""

    def __init__(self, sounds: Iterable[int | Problem], options: JobOptions | None = None) -> None:
        self.sounds = list(sounds)
        files = [JobFile(f"f{number}.wav", 1000) for number in range(len(self.sounds))]
        self.job = FileJob(files, options or JobOptions(), itertools.count(1).__next__)
        self.now_ms = 0.0
        self.at = dict.fromkeys(range(len(self.sounds)), 0)
        self.owed: dict[int, tuple[int, int]] = {}
        self.unfinished: dict[int, tuple[str, ...]] = {}
        self.written: dict[int, job.WriteFile] = {}
        self.log: list[str] = []
        self.sent: list[tuple[int, int]] = []
        self.most_owed = 0
        self.skipped: set[int] = set()
        self.kept: dict[tuple[int, int], Piece] = {}
        self.breaks: dict[tuple[int, int], Problem] = {}
        self.refuses_writing: dict[int, Problem] = {}

    def start(self) -> Player:
        return self.tell(job.JobStarted())

    def tell(self, *events: object) -> Player:
        """Facts, and at once all that the shell would answer by itself."""
        todo = list(events)
        while todo:
            self.now_ms += 1.0
            for command in self.job.handle(todo.pop(0), self.now_ms):
                todo += self.carry_out(command)
        return self

    def carry_out(self, command: job.JobCommand) -> list[object]:
        match command:
            case job.OpenFile(file_id) if file_id in self.skipped:
                return [job.FileSkipped(file_id, ("there",))]
            case job.OpenFile(file_id):
                sound = self.sounds[file_id]
                if isinstance(sound, Problem):
                    return [job.FileEnded(file_id, 0, sound)]
                return [job.FileOpened(file_id, sound * SEGMENT_MS)]
            case job.ReadOn(file_id):
                return [self.read(file_id)]
            case job.Recognise(file_id, index, utterance_id):
                self.sent.append((file_id, index))
                self.owed[utterance_id] = (file_id, index)
                self.most_owed = max(self.most_owed, len(self.owed))
            case job.CancelUtterance(utterance_id):
                self.owed.pop(utterance_id, None)
            case job.FinishTexts(request_id, texts):
                self.unfinished[request_id] = texts
                self.log.append(f"finish {len(texts)}")
            case job.WriteFile(file_id):
                self.log.append(f"write {file_id}")
                if file_id in self.refuses_writing:
                    return [job.WriteFailed(file_id, self.refuses_writing[file_id])]
                self.written[file_id] = command
                return [job.FileWritten(file_id, (f"{file_id}.txt",))]
            case job.CleanCache():
                self.log.append("clean")
            case job.HoldModel(name):
                self.log.append(f"hold {name}")
            case job.EndJob():
                self.log.append("end")
            case _:
                pass
        return []

    def read(self, file_id: int) -> object:
        index, sound = self.at[file_id], self.sounds[file_id]
        assert isinstance(sound, int)
        if (file_id, index) in self.breaks:
            return job.FileEnded(file_id, index * SEGMENT_MS, self.breaks[file_id, index])
        if index == sound:
            return job.FileEnded(file_id, sound * SEGMENT_MS)
        self.at[file_id] += 1
        if (file_id, index) in self.kept:
            return job.SegmentKept(file_id, self.kept[file_id, index])
        return job.SegmentRead(file_id, index, index * SEGMENT_MS, (index + 1) * SEGMENT_MS, 0)

    def answer(self, utterance_id: int) -> Player:
        file_id, index = self.owed.pop(utterance_id)
        words = (rec.Word("w", 100, 200),)
        return self.tell(rec.Final(utterance_id, f"text {file_id}.{index}", SEGMENT_MS, 1.0, words))

    def answer_all(self, order: random.Random | None = None) -> Player:
        while self.owed:
            ids = list(self.owed)
            self.answer(order.choice(ids) if order else ids[0])
        return self

    @property
    def summary(self) -> job.JobSummary:
        assert self.job.summary is not None
        return self.job.summary

    def texts(self, file_id: int) -> list[str]:
        return [line.text for line in self.written[file_id].lines]


def test_every_file_is_read_recognised_and_written_in_order() -> None:
    player = Player([3, 1, 2]).start().answer_all()
    assert player.summary.outcome is Outcome.DONE and player.summary.exit_code == 0
    assert player.texts(0) == ["text 0.0", "text 0.1", "text 0.2"]
    assert [line.start_ms for line in player.written[0].lines] == [0, SEGMENT_MS, 2 * SEGMENT_MS]
    assert player.written[0].lines[1].words == (rec.Word("w", 10_100, 10_200),)
    assert player.log[-3:] == ["clean", "hold ", "end"]
    assert player.summary.heard_ms == 60_000


@pytest.mark.parametrize("seed", range(20))
def test_results_do_not_depend_on_the_order_of_the_answers(seed: int) -> None:
    player = Player([4, 2, 5], JobOptions(most_unfinished_ms=60_000)).start()
    player.answer_all(random.Random(seed))
    assert [player.texts(each) for each in range(3)] == [
        [f"text {file_id}.{index}" for index in range(count)] for file_id, count in enumerate([4, 2, 5])
    ]


def test_sound_waits_on_disk_not_in_memory() -> None:
    player = Player([500], JobOptions(most_unfinished_ms=100_000)).start()
    assert len(player.owed) == 10
    player.answer_all()
    assert player.most_owed == 10 and len(player.texts(0)) == 500


def test_more_may_wait_for_a_card_which_takes_large_batches() -> None:
    options = JobOptions(most_unfinished_ms=50_000, most_unfinished_card_ms=100_000)
    for device, most in (("cpu", 5), ("cuda:0", 10)):
        player = Player([30], options).start()
        player.tell(rec.Ready(1, rec.ModelSpec("paraformer", "m"), device, 1.0, 42)).answer_all()
        assert (player.most_owed, len(player.texts(0))) == (most, 30)


def test_the_next_file_is_read_while_the_last_texts_of_one_are_owed() -> None:
    player = Player([1, 1]).start()
    assert player.sent == [(0, 0), (1, 0)]
    player.answer(2)
    assert list(player.written) == [1]


def test_what_cannot_be_read_is_told_and_the_others_go_on() -> None:
    player = Player([1, BROKEN, 1]).start().answer_all()
    assert player.summary.outcome is Outcome.PARTLY and player.summary.exit_code == 1
    assert [each.state for each in player.summary.files] == [
        FileState.WRITTEN, FileState.FAILED, FileState.WRITTEN,
    ]  # fmt: skip
    assert player.summary.files[1].problem == BROKEN


def test_a_file_that_breaks_in_the_middle_is_written_as_far_as_it_goes() -> None:
    player = Player([4])
    player.breaks = {(0, 2): BROKEN}
    player.start().answer_all()
    assert player.texts(0) == ["text 0.0", "text 0.1"]
    view = player.summary.files[0]
    assert (view.state, view.problem, view.is_whole) == (FileState.WRITTEN, BROKEN, False)
    assert player.summary.outcome is Outcome.PARTLY


def test_a_segment_that_fails_once_is_tried_again() -> None:
    player = Player([2]).start()
    player.owed.pop(1)
    player.tell(rec.UtteranceFailed(1, NO_TEXT)).answer_all()
    assert player.summary.outcome is Outcome.DONE
    assert player.texts(0) == ["text 0.0", "text 0.1"]


def test_a_segment_that_fails_twice_is_a_gap_and_the_rest_is_written() -> None:
    player = Player([3]).start()
    for _ in range(2):
        failing = next(key for key, place in player.owed.items() if place == (0, 1))
        player.owed.pop(failing)
        player.tell(rec.UtteranceFailed(failing, NO_TEXT))
    player.answer_all()
    assert player.texts(0) == ["text 0.0", "text 0.2"]
    assert player.written[0].gaps == (job.Gap(SEGMENT_MS, 2 * SEGMENT_MS, NO_TEXT),)
    assert player.summary.outcome is Outcome.PARTLY and player.summary.files[0].gaps


def test_an_overloaded_recognizer_is_asked_again_after_the_next_text() -> None:
    player = Player([3]).start()
    for utterance_id in (2, 3):
        player.owed.pop(utterance_id)
        player.tell(rec.Overloaded(utterance_id, 600_000))
    assert len(player.sent) == 3
    player.answer_all()
    assert player.texts(0) == ["text 0.0", "text 0.1", "text 0.2"]


def test_an_overloaded_recognizer_that_owes_nothing_is_asked_again_later() -> None:
    player = Player([1]).start()
    player.owed.pop(1)
    player.tell(rec.Overloaded(1, 600_000))
    assert not player.owed
    player.tell(job.TimePassed()).answer_all()
    assert player.summary.outcome is Outcome.DONE


def test_what_an_interrupted_job_recognised_is_not_recognised_again() -> None:
    player = Player([3])
    player.kept = {(0, i): Piece(i, i * SEGMENT_MS, (i + 1) * SEGMENT_MS, 0, f"kept {i}") for i in (0, 1)}
    player.start().answer_all()
    assert player.sent == [(0, 2)]
    assert player.texts(0) == ["kept 0", "kept 1", "text 0.2"]


def test_files_done_before_are_skipped_without_a_model() -> None:
    player = Player([1, 1])
    player.skipped = {0, 1}
    player.start()
    assert player.summary.outcome is Outcome.DONE and player.sent == []
    assert [line for line in player.log if line.startswith("hold")] == ["hold "]
    assert "clean" not in player.log


def test_memory_is_cleaned_between_groups_and_no_group_begins_before() -> None:
    player = Player([1] * 5, JobOptions(group_files=2)).start()
    assert player.sent == [(0, 0), (1, 0)]
    player.answer_all()
    assert [line for line in player.log if not line.startswith("hold")] == [
        "write 0", "write 1", "clean", "write 2", "write 3", "clean", "write 4", "clean", "end",
    ]  # fmt: skip


def test_a_long_recording_ends_its_group() -> None:
    player = Player([40, 1], JobOptions(group_ms=300_000)).start()
    player.answer_all()
    assert player.log.index("clean") < player.log.index("write 1")


def test_texts_are_finished_once_for_each_group() -> None:
    player = Player([2, 1, 1], JobOptions(group_files=2, is_deferred=True)).start().answer_all()
    assert player.log[-1] == "finish 3" and not player.written
    ((request_id, texts),) = player.unfinished.items()
    player.tell(rec.TextsFinished(request_id, tuple(text.upper() for text in texts)))
    assert player.texts(0) == ["TEXT 0.0", "TEXT 0.1"] and player.texts(1) == ["TEXT 1.0"]
    assert player.written[0].lines[0].words  # times stay those of the words as they were recognised
    player.answer_all()
    assert player.log[-1] == "finish 1"


def test_texts_that_nobody_finishes_are_written_as_they_are_and_it_is_told() -> None:
    player = Player([1], JobOptions(is_deferred=True, finish_within_ms=1000)).start().answer_all()
    player.now_ms += 2000.0
    player.tell(job.TimePassed())
    assert player.texts(0) == ["text 0.0"]
    assert player.summary.files[0].notices == (NOT_FINISHED,)
    assert player.summary.outcome is Outcome.DONE


def test_a_pause_takes_no_further_sound_and_gives_the_model_back() -> None:
    player = Player([50], JobOptions(most_unfinished_ms=30_000)).start()
    player.tell(job.PauseRequested()).answer_all()
    assert len(player.sent) == 3 and player.job.summary is None
    assert player.log[-1] == "hold "
    player.tell(job.ResumeRequested())
    assert player.log[-1] == "hold f0.wav" and len(player.sent) == 6
    player.answer_all()
    assert len(player.texts(0)) == 50


def test_a_cancel_ends_at_once_and_takes_back_what_is_owed() -> None:
    player = Player([50, 1]).start()
    player.tell(job.CancelRequested())
    assert player.summary.outcome is Outcome.STOPPED and player.summary.exit_code == 130
    assert not player.owed and not player.written
    assert player.tell(job.TimePassed()).log[-1] == "end"


def test_a_result_that_cannot_be_written_is_a_failure_of_that_file_only() -> None:
    player = Player([1, 1])
    player.refuses_writing = {0: BROKEN}
    player.start().answer_all()
    assert [each.state for each in player.summary.files] == [FileState.FAILED, FileState.WRITTEN]


def test_a_model_that_does_not_load_ends_the_job_unless_another_comes() -> None:
    model = rec.ModelSpec("scripted", "m")
    player = Player([1], JobOptions(load_grace_ms=5000)).start()
    player.tell(rec.LoadFailed(1, model, BROKEN), rec.UtteranceFailed(1, BROKEN))
    player.owed.clear()
    player.tell(rec.Ready(2, model, "cpu", 1.0, 42))
    assert len(player.owed) == 1  # sent again, and it did not count as a failure of the segment
    player.tell(rec.LoadFailed(3, model, BROKEN))
    player.now_ms += 6000.0
    player.tell(job.TimePassed())
    assert player.summary.outcome is Outcome.FAILED and player.summary.problem == BROKEN
    assert player.summary.exit_code == 1


def test_a_recognizer_that_falls_silent_ends_the_job() -> None:
    player = Player([1], JobOptions(silence_ms=10_000)).start()
    player.now_ms += 20_000.0
    player.tell(job.TimePassed())
    assert player.summary.problem == NO_ANSWER


def test_facts_about_other_utterances_mean_nothing() -> None:
    player = Player([1]).start()
    player.tell(rec.Final(77, "a dictation", 100, 1.0), rec.UtteranceFailed(78, NO_TEXT))
    assert player.job.summary is None and not player.written


def test_progress_tells_speed_time_left_and_memory() -> None:
    player = Player([10, 10], JobOptions(most_unfinished_ms=10_000)).start()
    player.tell(rec.MemoryReported(1, 1 << 20, 2 << 20, 3 << 20, 9 << 20))
    for _ in range(5):
        player.now_ms += 1000.0
        player.answer(next(iter(player.owed)))
    progress = player.job.progress(player.now_ms)
    assert progress.speed == pytest.approx(10.0, rel=0.05)
    assert progress.left_s == pytest.approx(15.0, rel=0.05)
    assert progress.fraction == pytest.approx(0.25)
    assert (progress.memory_bytes, progress.peak_bytes) == (2 << 20, 3 << 20)
    assert progress.current is not None and progress.current.segments == 5
    assert (progress.ended, progress.total) == (0, 2)


def test_a_pause_does_not_count_as_slowness() -> None:
    player = Player([10], JobOptions(most_unfinished_ms=10_000)).start()
    player.now_ms += 1000.0
    player.answer(1).tell(job.PauseRequested())
    player.now_ms += 1_000_000.0
    player.tell(job.ResumeRequested())
    assert player.job.progress(player.now_ms).speed == pytest.approx(10.0, rel=0.05)


def test_an_empty_job_ends() -> None:
    assert Player([]).start().summary.outcome is Outcome.DONE


def test_files_may_be_added_while_it_runs() -> None:
    player = Player([1]).start()
    player.sounds.append(2)
    player.at[1] = 0
    player.tell(job.FilesAdded((JobFile("late.wav"),))).answer_all()
    assert player.texts(1) == ["text 1.0", "text 1.1"]


def test_windows_that_overlap_are_joined_without_loss_or_doubling() -> None:
    player = Player([0])
    said = "one two three four five six seven eight nine ten".split()
    words = [rec.Word(word, at * 1000, at * 1000 + 900) for at, word in enumerate(said)]
    windows = [(0, 6000, 0), (4000, 10_000, 2000)]
    player.job.handle(job.JobStarted(), 0.0)
    player.job.handle(job.FileOpened(0, 10_000), 0.0)
    for index, (start, end, overlap) in enumerate(windows):
        heard = [each for each in words if start <= each.start_ms < end]
        at = tuple(rec.Word(each.text, each.start_ms - start, each.end_ms - start) for each in heard)
        (send, *_) = player.job.handle(job.SegmentRead(0, index, start, end, overlap), 1.0)
        assert isinstance(send, job.Recognise)
        text = " ".join(each.text for each in heard)
        player.job.handle(rec.Final(send.utterance_id, text, end - start, 1.0, at), 2.0)
    player.tell(job.FileEnded(0, 10_000))
    lines = player.written[0].lines
    assert " ".join(line.text for line in lines).split() == said
    assert [word.text for line in lines for word in line.words] == said
    assert lines[0].end_ms <= lines[1].start_ms
