"""``plosive transcribe`` and ``plosive stream``: real files, real voice detection, a real worker."""

from __future__ import annotations

import json
import stat
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from desktop.cli import main

SPOKEN = "en/LJ001-0001.flac"
""""Printing, in the only sense with which we are at present concerned, …": 9.7 s, a woman's clear voice."""


@pytest.fixture(scope="session")
def spoken(shared_audio: Path) -> Path:
    return shared_audio / SPOKEN


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Half a second of sound in which nobody speaks."""
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(8000) / 5.0), 16_000)
    return path


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main.run([str(each) for each in arguments])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


def beginning_of(spoken: Path, seconds: float) -> tuple[np.ndarray, int]:
    samples, rate_hz = soundfile.read(spoken, dtype="float32")
    return samples[: int(rate_hz * seconds)], rate_hz


def test_every_sound_format_is_understood_and_what_is_broken_does_not_stop_the_rest(
    home: Path, spoken: Path, tmp_path: Path, capsys
) -> None:
    """8 bit, 24 bit, 48 kHz stereo; empty, cut short, no sound, not there, a folder: one run."""
    import soxr

    samples, rate_hz = beginning_of(spoken, 3.0)
    soundfile.write(tmp_path / "eight.wav", samples, rate_hz, subtype="PCM_U8")
    soundfile.write(tmp_path / "deep.wav", samples, rate_hz, subtype="PCM_24")
    stereo = soxr.resample(samples, rate_hz, 48_000)[:, None].repeat(2, axis=1)
    soundfile.write(tmp_path / "stereo.wav", stereo, 48_000)
    soundfile.write(tmp_path / "whole.wav", samples, rate_hz)
    whole = (tmp_path / "whole.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) * 3 // 4])
    (tmp_path / "empty.wav").touch()
    (tmp_path / "header.wav").write_bytes(whole[:44])
    (tmp_path / "text.wav").write_text("this is no sound " * 100)
    (tmp_path / "folder").mkdir()
    soundfile.write(tmp_path / "silence.wav", np.zeros(16_000), 16_000)
    names = [
        "empty.wav",
        "header.wav",
        "text.wav",
        "absent.wav",
        "folder",
        "cut.wav",
        "eight.wav",
        "deep.wav",
        "stereo.wav",
        "silence.wav",
    ]
    code, out, err = run(capsys, "transcribe", *(tmp_path / name for name in names))
    assert code == 1
    texts = dict(line.split("\t", 1) for line in out.splitlines())
    assert set(texts) == {"cut.wav", "eight.wav", "deep.wav", "stereo.wav"}
    for name in ("eight.wav", "deep.wav", "stereo.wav"):
        assert "only sense" in texts[name], texts
    assert err.count("→") == 6  # each of the broken ones has its remedy
    assert "No speech was understood in silence.wav" in err


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [(["--model", "nonsense"], 1), (["--model", "./nowhere"], 1), (["--device", "toaster"], 2)],
)
def test_a_model_or_device_that_is_not_there_is_told(
    home: Path, tone: Path, capsys, arguments: list[str], exit_code: int
) -> None:
    code, out, err = run(capsys, "transcribe", tone, *arguments)
    assert (code, out) == (exit_code, "") and "→" in err


def test_a_folder_that_holds_no_model_is_told(home: Path, tone: Path, tmp_path: Path, capsys) -> None:
    code, out, err = run(capsys, "transcribe", tone, "--model", tmp_path)
    assert (code, out) == (1, "") and "→" in err


def test_times_for_other_programs(home: Path, spoken: Path, tmp_path: Path, capsys) -> None:
    samples, rate_hz = beginning_of(spoken, 2.0)
    pause = np.zeros(int(rate_hz * 1.5), np.float32)
    soundfile.write(tmp_path / "twice.wav", np.concatenate([samples, pause, samples]), rate_hz)
    code, out, _ = run(capsys, "transcribe", "--json", tmp_path / "twice.wav")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and len(lines) >= 2
    assert lines[0]["start_ms"] < 500 and 2500 < lines[-1]["start_ms"] < 4500
    assert all(before["end_ms"] <= after["start_ms"] for before, after in pairwise(lines))
    for line in lines:
        assert all(line["start_ms"] <= start <= end <= line["end_ms"] + 50 for _, start, end in line["words"])


@pytest.mark.parametrize("pace", ["--fast", "--realtime"])
def test_the_events_of_a_stream_tell_all_that_happened(
    home: Path, spoken: Path, tmp_path: Path, capsys, pace: str
) -> None:
    samples, rate_hz = beginning_of(spoken, 4.0)
    sound, events = tmp_path / "sound.wav", tmp_path / "events.jsonl"
    soundfile.write(sound, samples, rate_hz)
    code, out, err = run(capsys, "stream", sound, pace, "--events", events)
    assert (code, out, err) == (0, "", "")
    assert stat.S_IMODE(events.stat().st_mode) == 0o600
    records = [json.loads(line) for line in events.read_text().splitlines()]
    required = {"wall_ms", "audio_ms", "utterance_id", "kind", "committed", "tentative"}
    assert all(required <= set(record) for record in records)
    kinds = [record["kind"] for record in records]
    assert (kinds[0], kinds[-1]) == ("ready", "ended")
    assert kinds.count("speech_started") == kinds.count("speech_ended") == kinds.count("final") >= 1
    assert "partial" in kinds and "failed" not in kinds
    walls = [record["wall_ms"] for record in records]
    assert walls == sorted(walls)
    assert 3900 <= records[-1]["audio_ms"] <= 4100
    told = [record for record in records if record["kind"] in {"partial", "final"}]
    for before, after in pairwise(told):
        if after["kind"] == "partial" and before["utterance_id"] == after["utterance_id"]:
            assert after["committed"].startswith(before["committed"])
    assert all(record["audio_ms"] <= 4100 for record in told)
    assert any("sense" in record["committed"] for record in told)
    if pace == "--realtime":
        assert all(record["wall_ms"] >= record["audio_ms"] - 100 for record in told)


def test_a_stream_of_what_is_no_sound_fails_with_a_sentence(home: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "text.wav").write_text("this is no sound")
    code, out, err = run(capsys, "stream", tmp_path / "text.wav", "--events", tmp_path / "events.jsonl")
    assert (code, out) == (1, "") and "→" in err
    assert not (tmp_path / "events.jsonl").exists()


def test_events_that_cannot_be_written_are_told_before_anything_is_loaded(
    home: Path, tone: Path, tmp_path: Path, capsys
) -> None:
    code, _, err = run(capsys, "stream", tone, "--events", tmp_path / "no" / "x.jsonl")
    assert code == 1 and "cannot be written" in err
