"""Which file a result goes into, whose it is, and what another job makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.problems import file_cut_short
from desktop.core.file_job_facts import WriteFile
from desktop.core.timed_text import About, TimedText
from desktop.files import results as module
from desktop.files.gathering import Found
from desktop.files.output import OutputFailed
from desktop.files.problems import output_unwritable
from desktop.files.results import Made, Results, Wanted
from desktop.history.file_work import FileWork


@pytest.fixture
def work(tmp_path: Path) -> Iterator[FileWork]:
    work = FileWork(tmp_path / "state")
    yield work
    work.close()


class Job:
    """One job after another over recordings, whose text is their own name."""

    def __init__(self, work: FileWork, out: Path | None, formats: tuple[str, ...] = ("txt",)) -> None:
        self.work, self.out, self.formats = work, out, formats

    def results(self, *recordings: Path, is_forced: bool = False) -> Results:
        wanted = Wanted(self.formats, self.out, is_forced=is_forced)
        return Results([Found(each) for each in recordings], wanted, self.work, lambda _: None)

    def write(self, *recordings: Path) -> list[str]:
        """The names of the first result of each; written after all of them were looked at."""
        results = self.results(*recordings)
        for file_id in range(len(recordings)):
            assert results.trouble(file_id) is None
        return [self.write_one(results, file_id, each) for file_id, each in enumerate(recordings)]

    def write_one(self, results: Results, file_id: int, recording: Path, made: Made | None = None) -> str:
        lines = (TimedText(0, 1000, str(recording)),)
        done = list(results.write(file_id, WriteFile(file_id, lines, (), 1000), About("")))
        results.note(file_id, done, made or Made(f"source of {recording}", "work"))
        return done[0][0].name


def test_recordings_of_one_name_never_take_each_others_results(work: FileWork, tmp_path: Path) -> None:
    """A recorder calls every file the same; each day's folder is done on its own."""
    days = [tmp_path / f"day{number}" / "rec.m4a" for number in range(4)]
    job = Job(work, tmp_path / "out")
    names = [name for day in days for name in job.write(day)]
    assert names == ["rec.txt", "rec.m4a.txt", "rec.m4a-2.txt", "rec.m4a-3.txt"]
    for again in (days, days[::-1], days[2:], days[1::-1]):
        job.write(*again)
    for day in days:
        found = [each.name for each in (tmp_path / "out").iterdir() if str(day) in each.read_text()]
        assert found, f"the words of {day} are gone"


def test_a_job_in_another_order_leaves_every_result_there(work: FileWork, tmp_path: Path) -> None:
    first, second = tmp_path / "x" / "talk.wav", tmp_path / "y" / "talk.wav"
    job = Job(work, tmp_path / "out")
    job.write(first, second)
    job.write(second, first)
    texts = [each.read_text() for each in (tmp_path / "out").iterdir()]
    assert any(str(first) in text for text in texts) and any(str(second) in text for text in texts)


def test_a_result_of_another_recording_that_came_meanwhile_is_left_alone(
    work: FileWork, tmp_path: Path
) -> None:
    job = Job(work, tmp_path / "out")
    mine = job.results(tmp_path / "x" / "talk.wav")
    assert mine.trouble(0) is None
    job.write(tmp_path / "y" / "talk.wav")  # by another process, while the first still listens
    assert job.write_one(mine, 0, tmp_path / "x" / "talk.wav") == "talk.wav.txt"
    assert str(tmp_path / "y") in (tmp_path / "out" / "talk.txt").read_text()


def test_a_result_is_ours_by_whichever_way_the_folder_was_reached(
    work: FileWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "x")
    job = Job(work, None)
    monkeypatch.chdir(tmp_path / "y")
    job.write(Path("../x/talk.wav"))
    for way in (tmp_path / "x", tmp_path / "link"):
        monkeypatch.chdir(way)
        results = job.results(Path("talk.wav"))
        assert results.trouble(0) is None
        assert results.done(0, "source of ../x/talk.wav", "work") is not None


def test_what_was_written_before_one_format_failed_is_ours(
    work: FileWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full for the second: the next job must be able to go on, as its remedy promises."""
    recording = tmp_path / "talk.wav"
    job = Job(work, None, ("txt", "srt"))
    real = module.write_whole

    def full(target: Path, data: bytes, *, may_replace: bool) -> None:
        if target.suffix == ".srt":
            raise OutputFailed(output_unwritable(target.name, "", 28))
        real(target, data, may_replace=may_replace)

    monkeypatch.setattr(module, "write_whole", full)
    results, done = job.results(recording), []
    with pytest.raises(OutputFailed):
        done.extend(results.write(0, WriteFile(0, (TimedText(0, 9, "words"),), (), 9), About("")))
    results.note(0, done, Made("source", ""))
    monkeypatch.setattr(module, "write_whole", real)
    assert job.results(recording).trouble(0) is None
    assert job.results(recording).done(0, "source", "work") is None


def test_what_is_missing_in_a_result_is_remembered_with_it(work: FileWork, tmp_path: Path) -> None:
    recording = tmp_path / "talk.wav"
    job = Job(work, None)
    lack = file_cut_short("talk.wav")
    job.write_one(job.results(recording), 0, recording, Made("source", "work", (lack,)))
    assert job.results(recording).done(0, "source", "work") == ((str(tmp_path / "talk.txt"),), (lack,))
    assert job.results(recording).done(0, "changed since", "work") is None
