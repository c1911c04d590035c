"""Recordings as segments, from file to sound: real decoding, real voice gate."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.file_segments import FileGate, FileSegment, SegmentRules, rules_for, segments_of
from audio.media_source import open_media
from audio.silero import SileroModel
from tests.fakes.voice import silence, voice, write_wav

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def silero() -> SileroModel:
    return SileroModel()


def cut(path: Path, silero: SileroModel, rules: SegmentRules | None = None) -> list[FileSegment]:
    source = open_media(path)
    gate = FileGate(None, lambda: silero)
    found = list(segments_of(source, gate, rules or rules_for(source.duration_ms)))
    source.close()
    return found


def check(segments: Sequence[FileSegment], sound: np.ndarray, rules: SegmentRules) -> None:
    """What always holds: order, bounds, and that the sound is that of the recording at those times."""
    assert [each.index for each in segments] == list(range(len(segments)))
    for each in segments:
        assert 0 < each.end_ms - each.start_ms <= rules.longest_ms
        assert len(each.pcm) == (each.end_ms - each.start_ms) * 32
        heard = np.frombuffer(each.pcm, "<i2")
        said = sound[each.start_ms * 16 : each.end_ms * 16]
        assert np.array_equal(heard[: said.size], said)
        assert not heard[said.size :].any()
    for one, other in itertools.pairwise(segments):
        assert other.overlap_ms == max(0, one.end_ms - other.start_ms)
        assert one.end_ms < other.end_ms


def test_talk_is_cut_at_its_pauses(tmp_path: Path, silero: SileroModel) -> None:
    parts = [silence(6_000)]
    for seed, (length_ms, pause_ms) in enumerate(
        [(9_000, 1_500), (9_000, 400), (9_000, 9_000), (3_000, 800)]
    ):
        parts += [voice(length_ms, seed + 1), silence(pause_ms)]
    sound = np.concatenate(parts)
    segments = cut(write_wav(tmp_path / "talk.wav", sound), silero)
    check(segments, sound, rules_for(None))
    starts = [each.start_ms for each in segments]
    assert starts == [pytest.approx(at, abs=250) for at in (5_500, 16_000, 43_400)]
    ends = [each.end_ms for each in segments]
    assert ends == [pytest.approx(at, abs=250) for at in (15_700, 35_600, 47_500)]


def test_speech_without_a_pause_is_cut_into_overlapping_windows(tmp_path: Path, silero: SileroModel) -> None:
    rules = SegmentRules(longest_ms=12_000)
    sound = voice(30_000)
    segments = cut(write_wav(tmp_path / "endless.wav", sound), silero, rules)
    check(segments, sound, rules)
    assert len(segments) >= 3
    assert [each.overlap_ms for each in segments[1:]] == [2_000] * (len(segments) - 1)
    assert segments[-1].end_ms >= 29_900


@pytest.mark.parametrize("sound", [silence(200), silence(3_000), np.zeros(48_000, "<i2")])
def test_silence_has_no_segment(tmp_path: Path, silero: SileroModel, sound: np.ndarray) -> None:
    assert cut(write_wav(tmp_path / "silence.wav", sound), silero) == []


def test_segments_come_while_the_recording_is_read(tmp_path: Path, silero: SileroModel) -> None:
    """The first segment is there when a small part of the recording was read: nothing is piled up."""
    part = np.concatenate([voice(9_000), silence(2_000)])
    path = write_wav(tmp_path / "long.wav", np.tile(part, 30))
    source = open_media(path)
    segments = segments_of(source, FileGate(None, lambda: silero), rules_for(None))
    next(segments)
    assert source.health().delivered_ms < 100_000 < (source.duration_ms or 0)
    source.close()


def joined_clips(shared_audio: Path, pause_ms: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Clips with gold word times one after the other, and when each word is spoken, in ms."""
    parts, spans, at_ms = [silence(1_000)], [], 1_000
    for table in sorted((shared_audio / "refs" / "word_times").glob("*")) * 3:
        (path,) = shared_audio.glob(f"*/{table.stem}.flac")
        clip = (soundfile.read(path, dtype="float32")[0] * 32_767).astype("<i2")
        clip = clip[: clip.size // 320 * 320]
        for line in table.read_text(encoding="utf-8").splitlines():
            begin, end = (float(each) for each in line.split("\t")[:2])
            spans.append((at_ms + round(begin * 1000), at_ms + round(end * 1000)))
        parts += [clip, silence(pause_ms)]
        at_ms += clip.size // 16 + pause_ms
    return np.concatenate(parts), spans


@pytest.mark.parametrize("pause_ms", [300, 2_000, 9_000])
def test_every_word_of_human_speech_is_whole_in_one_segment(
    tmp_path: Path, shared_audio: Path, silero: SileroModel, pause_ms: int
) -> None:
    sound, spans = joined_clips(shared_audio, pause_ms)
    if not spans:
        pytest.skip("no word times beside this checkout")
    rules = SegmentRules(longest_ms=20_000)
    segments = cut(write_wav(tmp_path / "joined.wav", sound), silero, rules)
    check(segments, sound, rules)
    assert len(spans) > 100
    split = [
        span
        for span in spans
        if not any(each.start_ms <= span[0] + 20 and span[1] - 20 <= each.end_ms for each in segments)
    ]
    assert len(split) <= len(spans) // 100, split
    if pause_ms > 2_000:
        assert sum(each.overlap_ms for each in segments) == 0


def test_a_real_lecture_is_cut_into_pieces_of_the_right_length(
    shared_audio: Path, silero: SileroModel
) -> None:
    path = shared_audio / "long" / "ami_concat_meeting.flac"
    if not path.is_file():
        pytest.skip("no long recording beside this checkout")
    segments = cut(path, silero)
    lengths = [each.end_ms - each.start_ms for each in segments]
    assert max(lengths) <= 45_000
    lonely = [
        each
        for before, each, after in zip([None, *segments], segments, [*segments[1:], None], strict=False)
        if each.end_ms - each.start_ms < 8_000
        and not (before is None or each.start_ms - before.end_ms > 3_000)
        and not (after is None or after.start_ms - each.end_ms > 3_000)
    ]
    assert lonely == []
    spoken = [
        line.split() for line in (shared_audio / "refs" / "ami_concat_meeting.rttm").read_text().splitlines()
    ]
    is_spoken, is_kept = np.zeros(30_000, bool), np.zeros(30_000, bool)
    for line in spoken:
        is_spoken[int(float(line[3]) * 50) : int((float(line[3]) + float(line[4])) * 50)] = True
    for each in segments:
        is_kept[each.start_ms // 20 : each.end_ms // 20] = True
    assert is_kept[is_spoken].mean() > 0.95
    assert is_kept.sum() < 1.35 * is_spoken.sum()
