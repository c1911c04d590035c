"""Jobs of files by the real command: real processes, files, signals; the recognizer proves what it heard.

The test instrument answers with the digest of the sound it was given. So each line of a result proves that
exactly the samples between its two times were recognised: right, in order, none lost, none twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pysubs2
import pytest

from desktop.history.opening import HistoryFailed
from desktop.history.store import HistoryStore
from tests.fakes.file_memory import cost_of, scripted_command
from tests.fakes.recordings import GOOD_KINDS, speech, write_broken, write_recording
from tests.fakes.voice import read_wav, silence, voice, write_wav

pytestmark = [pytest.mark.timeout(600)]
ROOT = Path(__file__).resolve().parents[2]
SCRIPTED = [sys.executable, str(ROOT / "tests" / "fakes" / "files_program.py")]
REAL = [sys.executable, "-m", "desktop"]
DEADLINE_S = 400.0


@dataclass
class Shell:
    """A user with folders of their own, in a terminal without colours."""

    home: Path
    program: list[str]

    def environment(self, **script: object) -> dict[str, str]:
        folders = {f"XDG_{name}_HOME": str(self.home / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
        (self.home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.home / "script.json").write_text(json.dumps(script))
        told = {"SCRIPTED_MODEL": str(self.home / "script.json"), "FED": str(self.home / "fed")}
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}
        }
        return kept | folders | told | {"XDG_RUNTIME_DIR": str(self.home / "run"), "PYTHONPATH": str(ROOT)}

    def start(self, *arguments: str | bytes | Path, **script: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.program, "transcribe", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", env=self.environment(**script),
        )  # fmt: skip

    def transcribe(self, *arguments: str | bytes | Path, **script: object) -> tuple[int, str, str]:
        process = self.start(*arguments, **script)
        out, err = process.communicate(timeout=DEADLINE_S)
        assert "Traceback" not in out + err, err
        return process.returncode, out, err

    def kept_pieces(self) -> list[str]:
        """Texts of the segments that are kept for an interrupted job."""
        path = self.home / "STATE" / "plosive" / "files.sqlite3"
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
            return [str(row[0]) for row in connection.execute("SELECT text FROM pieces")]
        return []

    def fed(self) -> list[str]:
        """What was given to the recognizer, in the words of the instrument."""
        path = self.home / "fed"
        return path.read_text().splitlines() if path.exists() else []

    def forget_fed(self) -> None:
        (self.home / "fed").unlink(missing_ok=True)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home", SCRIPTED)


def lines_of(path: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["lines"]
    return told


def proven(samples: np.ndarray, line: dict[str, Any]) -> str:
    """What the instrument says if it was given exactly the sound of this line."""
    pcm = samples[line["start_ms"] * 16 : line["end_ms"] * 16].astype("<i2").tobytes()
    return f"{hashlib.sha256(pcm).hexdigest()} {len(pcm) // 2}"


def check_times(lines: list[dict[str, Any]]) -> None:
    assert all(line["start_ms"] < line["end_ms"] for line in lines)
    assert all(before["end_ms"] <= after["start_ms"] for before, after in pairwise(lines))


def covers(lines: list[dict[str, Any]], samples: np.ndarray) -> bool:
    """Whether every loud moment lies inside a line."""
    loud = np.abs(samples.astype(np.int32)) > 1000
    for line in lines:
        loud[line["start_ms"] * 16 : line["end_ms"] * 16] = False
    return not loud.any()


def until(is_true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


# --------------------------------------------------------------------------------------- a whole folder


def test_a_folder_of_sixty_files_with_broken_ones_among_them(shell: Shell, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    sounds: dict[str, np.ndarray] = {}
    (folder / "below").mkdir(parents=True)
    broken = write_broken(folder)
    for number in range(60 - len(broken)):
        kind = GOOD_KINDS[number % len(GOOD_KINDS)]
        name = f"{'below/' if number % 7 == 0 else ''}r{number:02}.{kind}"
        sounds[name] = speech([1500 + 400 * (number % 5)] * (1 + number % 3), seed=100 + number)
        write_recording(folder / name, sounds[name])
    code, printed, err = shell.transcribe(folder, "--format", "txt,srt,json", "--out", out)
    assert (code, printed) == (1, "")
    failed = [name for name, trouble in broken.items() if trouble == "failed"]
    assert f"{60 - len(failed)} of 60 files written, {len(failed)} failed" in err
    for name, trouble in broken.items():
        assert (f"{name}:\n" in err) == bool(trouble), (name, err)
        assert (out / f"{name.rpartition('.')[0]}.json").exists() == (trouble != "failed"), name
    for name, samples in sounds.items():
        stem = out / name.rpartition(".")[0]
        lines = lines_of(stem.with_suffix(".json"))
        check_times(lines)
        assert covers(lines, samples) or not name.endswith(("wav", "flac")), name
        if name.endswith(("wav", "flac")):  # without loss, so every sample is known
            assert [line["text"] for line in lines] == [proven(samples, line) for line in lines], name
        cues = pysubs2.load(str(stem.with_suffix(".srt")))
        assert len(cues) >= len(lines) > 0
        assert all(before.end <= after.start for before, after in pairwise(cues))
    again = shell.transcribe(folder, "--format", "txt,srt,json", "--out", out)
    assert again[0] == 1 and f"{60 - len(failed)} done before, {len(failed)} failed" in again[2]
    cut = [name for name, trouble in broken.items() if trouble == "cut"]
    assert cut and all(f"{name}:\n" in again[2] for name in cut), again[2]  # told again, though done


def test_a_file_that_was_cut_short_stays_a_failure_until_it_is_whole(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([3000]))
    whole = recording.read_bytes()
    recording.write_bytes(whole[: len(whole) * 2 // 3])
    for is_first in (True, False):
        code, _, err = shell.transcribe(recording, "--format", "txt")
        assert code == 1 and "was cut short" in err, err
        assert ("done before" in err) is not is_first
    recording.write_bytes(whole)  # copied again
    shell.forget_fed()
    code, _, err = shell.transcribe(recording, "--format", "txt")
    assert (code, "cut short" in err, len(shell.fed())) == (0, False, 1), err


def test_the_same_files_give_the_same_results_in_whatever_order_they_are_finished(
    shell: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(4):
        write_wav(folder / f"{number}.wav", speech([2500, 2500], seed=number))
    results = []
    for run, script in enumerate(({}, {"end_ms": 30}, {"step_ms": 5})):
        out = tmp_path / f"out{run}"
        assert shell.transcribe(folder, "--format", "txt,srt", "--out", out, "--no-resume", **script)[0] == 0
        results.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert results[0] == results[1] == results[2] and len(results[0]) == 8


# ------------------------------------------------------------------------------------ interruptions


@pytest.fixture
def long_recording(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return write_wav(tmp_path / "in" / "long.wav", speech([6000] * 8, seed=7))


def interrupted(
    shell: Shell, recording: Path, out: Path, stop: Callable[[subprocess.Popen[str]], None]
) -> None:
    """A job that is stopped as soon as two segments are kept, and what follows from it."""
    options = ("--format", "json,txt", "--out", out, "--segment-s", "20")
    process = shell.start(recording, *options, end_ms=700)
    until(lambda: len(shell.kept_pieces()) >= 2 or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    stop(process)
    kept = shell.kept_pieces()
    assert len(kept) >= 2 and not list(out.glob("*"))
    shell.forget_fed()
    code, _, err = shell.transcribe(recording, *options)
    assert code == 0, err
    lines = lines_of(out / "long.json")
    assert [line["text"] for line in lines] == [proven(read_wav(recording), line) for line in lines]
    check_times(lines)
    assert not set(kept) & set(shell.fed())
    assert sorted(kept + shell.fed()) == sorted(line["text"] for line in lines)
    assert shell.kept_pieces() == []  # words do not stay behind


def test_a_killed_job_goes_on_without_redoing_anything(
    shell: Shell, long_recording: Path, tmp_path: Path
) -> None:
    def kill(process: subprocess.Popen[str]) -> None:
        process.kill()
        process.communicate(timeout=30)

    interrupted(shell, long_recording, tmp_path / "out", kill)


def test_ctrl_c_stops_cleanly_keeps_the_work_and_says_how_to_go_on(
    shell: Shell, long_recording: Path, tmp_path: Path
) -> None:
    def interrupt(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "What was recognised is kept" in err and "Traceback" not in err

    interrupted(shell, long_recording, tmp_path / "out", interrupt)


def test_ctrl_c_twice_ends_at_once(shell: Shell, long_recording: Path, tmp_path: Path) -> None:
    process = shell.start(long_recording, "--format", "txt", "--out", tmp_path / "out", hang_at_ms=1000)
    until(lambda: bool(shell.fed()) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in err  # 130 to a shell, both


def test_no_resume_begins_anew(shell: Shell, long_recording: Path, tmp_path: Path) -> None:
    options = ("--format", "txt", "--out", tmp_path / "out")
    assert shell.transcribe(long_recording, *options)[0] == 0
    first = sorted(shell.fed())
    shell.forget_fed()
    assert shell.transcribe(long_recording, *options)[0] == 0 and shell.fed() == []
    assert shell.transcribe(long_recording, *options, "--no-resume")[0] == 0
    assert sorted(shell.fed()) == first


def test_a_worker_that_crashes_costs_time_but_no_word(
    shell: Shell, long_recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    script = {"crash_at_ms": 3000, "once": str(tmp_path / "crashed")}
    code, _, err = shell.transcribe(long_recording, "--format", "json", "--out", out, **script)
    assert code == 0 and (tmp_path / "crashed").exists(), err
    lines = lines_of(out / "long.json")
    assert [line["text"] for line in lines] == [proven(read_wav(long_recording), line) for line in lines]


def test_a_segment_that_cannot_be_recognised_is_a_gap_that_is_told(shell: Shell, tmp_path: Path) -> None:
    sound = np.concatenate([voice(3000, 0), silence(9000), voice(12000, 2), silence(9000), voice(3000, 4)])
    recording = write_wav(tmp_path / "a.wav", np.concatenate([silence(300), sound, silence(300)]))
    options = ("--format", "json", "--segment-s", "20")
    code, _, err = shell.transcribe(recording, *options, refuse_at_ms=10_000)
    assert code == 1 and "No text from" in err and "The script says no." in err
    texts = [line["text"] for line in lines_of(tmp_path / "a.json")]
    assert "[not recognised]" in texts
    assert any(text != "[not recognised]" for text in texts)
    shell.forget_fed()
    code, _, err = shell.transcribe(recording, *options)  # a gap is no result: it is tried again
    assert code == 0 and len(shell.fed()) == texts.count("[not recognised]"), err
    assert "[not recognised]" not in [line["text"] for line in lines_of(tmp_path / "a.json")]


# ------------------------------------------------------------------------------------ results


def test_results_stand_beside_each_recording_and_keep_the_users_mode(shell: Shell, tmp_path: Path) -> None:
    for name in ("talk.wav", "talk.flac", "other.wav"):
        write_recording(tmp_path / name, speech([1500]))
    code, _, err = shell.transcribe(tmp_path, "--format", "srt")
    assert code == 0, err
    assert sorted(path.name for path in tmp_path.glob("*.srt")) == [
        "other.srt",
        "talk.flac.srt",
        "talk.wav.srt",
    ]
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "other.srt").stat().st_mode & 0o777 == 0o666 & ~umask
    assert not list(tmp_path.glob(".plosive*"))


def test_a_file_that_plosive_did_not_write_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    (tmp_path / "talk.txt").write_text("my own notes")
    code, _, err = shell.transcribe(recording, "--format", "txt")
    assert code == 1 and "is left alone" in err and (tmp_path / "talk.txt").read_text() == "my own notes"
    assert shell.fed() == []  # nobody waits for hours to hear this
    assert shell.transcribe(recording, "--format", "txt", "--force")[0] == 0
    assert (tmp_path / "talk.txt").read_text() != "my own notes"


def test_a_result_that_was_corrected_by_hand_is_not_overwritten(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    assert shell.transcribe(recording, "--format", "txt")[0] == 0
    (tmp_path / "talk.txt").write_text("corrected by hand")
    write_wav(recording, speech([1500, 1500]))  # another recording of the same name
    code, _, err = shell.transcribe(recording, "--format", "txt")
    assert code == 1 and "is left alone" in err
    assert (tmp_path / "talk.txt").read_text() == "corrected by hand"


def test_names_of_any_bytes(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = [b"two\nlines.wav", b"caf\xe9.wav", "语音 100%.wav".encode(), b"-dash.wav", b"[x] 'q' \".wav"]
    for name in names:
        write_wav(folder / os.fsdecode(name), speech([1500]))
    code, _, err = shell.transcribe(folder, "--format", "txt,json,md", "--out", tmp_path / "out")
    assert code == 0, err
    there = {os.fsencode(path.name) for path in (tmp_path / "out").iterdir()}
    assert there == {name[:-3] + end for name in names for end in (b"txt", b"json", b"md")}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a small file system or /dev/full")
def test_a_place_that_cannot_be_written_is_told_before_anything_is_heard(
    shell: Shell, tmp_path: Path
) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    (tmp_path / "file").write_text("in the way")
    code, _, err = shell.transcribe(recording, "--format", "txt", "--out", tmp_path / "file" / "out")
    assert code == 1 and "cannot be written" in err and "→" in err and shell.fed() == []


def test_a_home_that_cannot_be_used_is_told(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    shell.home.mkdir()
    (shell.home / "STATE").write_text("in the way")
    code, _, err = shell.transcribe(recording, "--format", "txt")
    assert code == 1 and "folder that Plosive needs cannot be used" in err and "→" in err


def test_standard_input_and_output(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    with recording.open("rb") as sound:
        ended = subprocess.run(
            [*shell.program, "transcribe", "-", "--format", "json"],
            stdin=sound, capture_output=True, text=True, env=shell.environment(), timeout=DEADLINE_S,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    lines = json.loads(ended.stdout)["lines"]
    assert [line["text"] for line in lines] == [proven(read_wav(recording), line) for line in lines]
    code, out, _ = shell.transcribe(recording, "--format", "srt", "--out", "-")
    assert code == 0 and "-->" in out and not list(tmp_path.glob("*.srt"))


def test_the_result_tells_model_device_and_options(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    assert shell.transcribe(recording, "--format", "json")[0] == 0
    about = json.loads((tmp_path / "talk.json").read_text())
    assert (about["title"], about["model"], about["device"]) == ("talk.wav", "instrument", "cpu")
    assert about["options"]["precision"] == "auto" and about["duration_ms"] > 1500


@pytest.mark.parametrize(
    "arguments",
    [["--format", "doc"], ["--format", "txt,srt", "--out", "-"], ["--segment-s", "3", "--format", "txt"]],
    ids=" ".join,
)
def test_wrong_use_is_told(shell: Shell, tmp_path: Path, arguments: list[str]) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    assert shell.transcribe(recording, *arguments)[0] == 2


def test_patterns_and_what_is_not_there(shell: Shell, tmp_path: Path) -> None:
    for name in ("a1.wav", "a2.wav", "b.wav"):
        write_wav(tmp_path / name, speech([1500]))
    (tmp_path / "empty").mkdir()
    code, _, err = shell.transcribe(
        tmp_path / "a*.wav", tmp_path / "no*", tmp_path / "absent.wav", tmp_path / "empty", "--format", "txt"
    )
    assert code == 1 and "2 of 2 files written" in err and err.count("→") == 3
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == ["a1.txt", "a2.txt"]


# ------------------------------------------------------------------------------------ watching, history


def test_a_watched_folder(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_wav(folder / "first.wav", speech([1500]))
    process = shell.start(folder, "--watch", "--format", "txt,json")
    until(lambda: (folder / "first.txt").exists() or process.poll() is not None)
    whole = write_wav(tmp_path / "second.wav", speech([3000], seed=5)).read_bytes()
    with (folder / "second.wav").open("wb") as growing:
        for at in range(0, len(whole), len(whole) // 5 + 1):
            growing.write(whole[at : at + len(whole) // 5 + 1])
            growing.flush()
            time.sleep(1.0)  # slower than the program looks: it must see it grow
            assert not (folder / "second.txt").exists()
    until(lambda: (folder / "second.txt").exists() or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    assert sum(int(line.split()[1]) for line in shell.fed()) >= 3000 * 16 + 1500 * 16
    until(lambda: (folder / "second.json").exists() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err
    told = [json.loads((folder / f"{name}.json").read_text()) for name in ("first", "second")]
    assert [(each["model"], each["device"]) for each in told] == [("instrument", "cpu")] * 2


def test_a_watched_folder_outlives_a_model_that_did_not_load(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_wav(folder / "first.wav", speech([1500]))
    process = shell.start(folder, "--watch", "--format", "txt", load_problem="no")

    def has_failed() -> bool:
        place = shell.home / "DATA" / "plosive"
        with contextlib.suppress(HistoryFailed), HistoryStore(place, is_read_only=True) as store:
            return [each.outcome for each in store.jobs()] == ["failed"]
        return False  # it is not even made yet

    until(lambda: process.poll() is not None or has_failed())
    (shell.home / "script.json").write_text("{}")  # the card is free again
    write_wav(folder / "second.wav", speech([1500], seed=5))
    until(lambda: (folder / "second.txt").exists() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (folder / "second.txt").exists() and "Traceback" not in err, err


def test_jobs_are_in_the_history_by_its_rules(shell: Shell, tmp_path: Path) -> None:
    recording = write_wav(tmp_path / "talk.wav", speech([1500]))
    (tmp_path / "text.wav").write_text("no sound")
    assert shell.transcribe(recording, tmp_path / "text.wav", "--format", "txt")[0] == 1
    with HistoryStore(shell.home / "DATA" / "plosive", is_read_only=True) as store:
        (job,) = store.jobs()
    assert (job.outcome, job.model, job.device) == ("partly", "instrument", "cpu")
    assert [(file.path.name, file.state, bool(file.problem)) for file in job.files] == [
        ("talk.wav", "written", False), ("text.wav", "failed", True),
    ]  # fmt: skip
    told = subprocess.run(
        [*shell.program, "jobs"], capture_output=True, text=True, env=shell.environment(), timeout=60
    )
    assert told.returncode == 0 and "text.wav" in told.stdout and "instrument" in told.stdout, told.stderr
    configure = [*shell.program, "config", "set", "history.enabled", "false"]
    subprocess.run(configure, check=True, env=shell.environment(), timeout=60)
    assert shell.transcribe(recording, "--format", "md")[0] == 0
    with HistoryStore(shell.home / "DATA" / "plosive", is_read_only=True) as store:
        assert len(store.jobs()) == 1
    for path in (shell.home / "STATE" / "plosive").glob("files.sqlite3*"):
        assert path.stat().st_mode & 0o077 == 0


# ------------------------------------------------------------------------------------ memory


def check_cost(home: Path, short: int, long: int) -> None:
    """Memory does not grow with length; times have no gap in them and keep their order."""
    command, environment = scripted_command(home)
    costs = [cost_of(home, minutes, command, environment) for minutes in (short, long)]
    for minutes, cost in zip((short, long), costs, strict=True):
        check_times(cost.lines)
        assert minutes * 60_000 - 2000 <= cost.lines[-1]["end_ms"] <= minutes * 60_000
        heard_ms = sum(line["end_ms"] - line["start_ms"] for line in cost.lines)
        assert heard_ms >= minutes * 60_000 * 0.8  # the pauses are short: they belong to their segments
    assert costs[1].program_bytes <= 1.1 * costs[0].program_bytes
    assert costs[1].worker_bytes <= 1.1 * costs[0].worker_bytes


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """Both are longer than the four minutes that may wait, and are cut into segments of one length."""
    check_cost(tmp_path, 8, 20)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_three_hours_take_no_more_memory_than_one_and_a_half(tmp_path: Path) -> None:
    check_cost(tmp_path, 100, 180)


# ------------------------------------------------------------------------------------ a real recogniser


def test_the_embedded_engine_writes_what_was_said(tmp_path: Path) -> None:
    """Synthesised speech through the real program with the real engine; times from its words."""
    sentence = "good morning everyone and thank you for coming today"
    wav = tmp_path / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", sentence, "-o", str(wav)], check=True, timeout=60)
    shell = Shell(tmp_path / "home", REAL)
    code, _, err = shell.transcribe(wav, "--format", "json,srt", "--model", "pocketsphinx")
    assert code == 0, err
    lines = lines_of(tmp_path / "said.json")
    text = " ".join(line["text"] for line in lines).lower()
    assert "good morning" in text and "today" in text
    words = [word for line in lines for word in line["words"]]
    assert len(words) >= 7
    assert "good morning" in pysubs2.load(str(tmp_path / "said.srt")).to_string("srt").lower()
