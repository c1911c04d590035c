"""Recordings in every format, shape and state of damage; every file here is a real one."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import wave
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from audio.media_file import MediaFile, ReadingCancelled
from audio.media_place import shown_name
from audio.media_source import MediaSource, open_media
from audio.source import SourceFailed
from tests.fakes.media import ENCODERS, chirp, picture, record, silent_film, tone
from tests.fakes.voice import likeness, voice, write_wav

RATE_HZ = 16_000


def read_all(source: MediaSource) -> np.ndarray:
    """Every sample; the times of the frames are checked on the way."""
    source.start()
    return rest_of(source)


def rest_of(source: MediaSource) -> np.ndarray:
    """Every sample from here on."""
    pieces, at_ms = [], None
    while not source.has_ended:
        if (frame := source.read(1.0)) is not None:
            assert len(frame.pcm) == 640
            assert at_ms is None or frame.at_ms == at_ms
            at_ms = frame.at_ms + 20
            pieces.append(frame.pcm)
    return np.frombuffer(b"".join(pieces), "<i2")


def codes(source: MediaSource) -> list[str]:
    return [one.code for one in source.health().notices]


def problem_of(place: object) -> str:
    """The code of what both ways of opening say; their sentences end, their remedies are there."""
    found = []
    for begin in (MediaSource(place).prepare, MediaSource(place).start):  # type: ignore[arg-type]
        with pytest.raises(SourceFailed) as caught:
            begin()
        assert caught.value.problem.sentence.endswith(".")
        assert caught.value.problem.remedy
        found.append(caught.value.problem.code)
    assert found[0] == found[1]
    return found[0]


# ------------------------------------------------------------------------------------- what is heard


@pytest.mark.parametrize("ending", sorted(ENCODERS))
def test_every_format_is_heard_whole_and_in_time(tmp_path: Path, ending: str) -> None:
    codec, rate_hz = ENCODERS[ending]
    path = record(tmp_path / f"talk{ending}", chirp(3.0, rate_hz), rate_hz, codec)
    source = MediaSource(path)
    heard = read_all(source)
    assert codes(source) == []
    assert 2_950 <= heard.size / 16 <= 3_150
    said = (chirp(3.0, RATE_HZ) * 32_767).astype("<i2")[8_000:40_000]
    alike, at = likeness(heard, said)
    assert alike > 0.95
    assert abs(at / 16 - 500) < 60  # raw AAC does not say by how much its encoder was late
    assert source.duration_ms == pytest.approx(3_000, abs=150)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_resampling_keeps_the_speech_and_folds_nothing_down(tmp_path: Path, rate_hz: int) -> None:
    path = record(tmp_path / "tone.wav", tone(1.0, rate_hz, 1_000.0, 0.5), rate_hz)
    heard = read_all(MediaSource(path))[3_200:-3_200] / 32_768
    assert np.sqrt((heard**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)
    if rate_hz > 24_000:  # a tone that 16 kHz cannot hold must be gone, not be another tone
        path = record(tmp_path / "high.wav", tone(1.0, rate_hz, 11_000.0, 0.5), rate_hz)
        heard = read_all(MediaSource(path))[3_200:-3_200] / 32_768
        assert np.sqrt((heard**2).mean()) < 0.5 / np.sqrt(2) * 10 ** (-60 / 20)


@pytest.mark.parametrize("layout", ["stereo", "2.1", "quad", "5.1", "7.1", "hexagonal", "7.1.4", "downmix"])
def test_any_number_of_channels_is_one(tmp_path: Path, layout: str) -> None:
    path = record(tmp_path / "many.wav", tone(1.0, RATE_HZ, level=0.5), RATE_HZ, "pcm_s16le", layout)
    heard = read_all(MediaSource(path)) / 32_768
    assert np.sqrt((heard**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


def test_speech_in_the_centre_of_a_film_is_louder_than_its_bass(tmp_path: Path) -> None:
    planes = np.zeros((6, RATE_HZ), np.float32)
    planes[2], planes[3] = tone(1.0, RATE_HZ, 500.0), tone(1.0, RATE_HZ, 60.0, 0.9)
    path = record(tmp_path / "film.wav", planes, RATE_HZ, "pcm_s16le", "5.1")
    spectrum = np.abs(np.fft.rfft(read_all(MediaSource(path))))
    assert spectrum[500] > 100 * spectrum[60]


def test_eight_channels_without_a_layout_of_which_one_speaks(tmp_path: Path) -> None:
    samples = np.zeros((RATE_HZ, 8), "<i2")
    samples[:, 5] = voice(1_000)
    with wave.open(str(tmp_path / "eight.wav"), "wb") as file:
        file.setparams((8, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    heard = read_all(MediaSource(tmp_path / "eight.wav"))
    assert likeness(heard, voice(1_000))[0] > 0.99


def test_channels_in_antiphase_do_not_cancel(tmp_path: Path) -> None:
    sound = tone(1.0, 44_100)
    path = record(tmp_path / "antiphase.flac", np.stack([sound, -sound]), 44_100, layout="stereo")
    assert np.abs(read_all(MediaSource(path))).max() > 9_000


def test_numbers_that_are_no_sound_become_silence(tmp_path: Path) -> None:
    samples = np.array([np.nan, np.inf, -np.inf, 7.0] * 4_000, "<f4")
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + samples.nbytes, b"WAVE", b"fmt ", 16, 3, 1,
                         RATE_HZ, RATE_HZ * 4, 4, 32, b"data", samples.nbytes)  # fmt: skip
    (tmp_path / "nan.wav").write_bytes(header + samples.tobytes())
    assert read_all(MediaSource(tmp_path / "nan.wav")).size == 16_000


def test_a_second_track_is_not_left_out_without_a_word(tmp_path: Path) -> None:
    """Screen recorders write the microphone beside the sound of the programs."""
    path = tmp_path / "screen.mkv"
    sound = (chirp(1.0, RATE_HZ) * 32_767).astype("<i2")[np.newaxis]
    with av.open(str(path), "w") as container:
        for stream in [container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono") for _ in range(2)]:
            frame = av.AudioFrame.from_ndarray(sound, "s16", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
    source = MediaSource(path)
    assert read_all(source).size == RATE_HZ
    assert codes(source) == ["file.tracks"] and "2 sound tracks" in source.health().notices[0].sentence


def test_the_sound_of_a_film_keeps_the_times_of_its_pictures(tmp_path: Path) -> None:
    sound = tone(1.0, 48_000)
    path = record(tmp_path / "film.mkv", sound, 48_000, has_film=True, sound_begins_s=1.5)
    source = MediaSource(path)
    heard = np.abs(read_all(source).astype(int))
    begins = int(np.argmax(heard > 3_000))
    assert begins / 16 == pytest.approx(1_500, abs=40)
    assert codes(source) == []


def test_rate_and_channels_may_change_in_mid_file(tmp_path: Path) -> None:
    first = record(tmp_path / "a.ts", chirp(2.0, 48_000), 48_000, layout="stereo").read_bytes()
    second = record(tmp_path / "b.ts", chirp(2.0, 44_100), 44_100).read_bytes()
    (tmp_path / "both.ts").write_bytes(first + second + first)
    source = MediaSource(tmp_path / "both.ts")
    heard = read_all(source)
    assert 5_900 <= heard.size / 16 <= 6_400
    said = (chirp(2.0, RATE_HZ) * 32_767).astype("<i2")[4_000:28_000]
    for begin in (0, 2_000, 4_000):
        alike, at = likeness(heard[begin * 16 :][: 16 * 2_300], said)
        assert alike > 0.9, begin
        assert at / 16 == pytest.approx(250, abs=150)


def test_ogg_files_put_end_to_end_are_heard_one_after_the_other(tmp_path: Path) -> None:
    one = record(tmp_path / "one.opus", chirp(2.0, 48_000), 48_000).read_bytes()
    other = record(tmp_path / "other.opus", tone(2.0, 48_000), 48_000).read_bytes()
    (tmp_path / "both.opus").write_bytes(one + other)
    heard = read_all(MediaSource(tmp_path / "both.opus"))
    assert 3_900 <= heard.size / 16 <= 4_200


def test_where_the_library_cannot_go_on_what_came_is_kept(tmp_path: Path) -> None:
    """Ogg with another number of channels behind: FFmpeg gives up there."""
    one = record(tmp_path / "one.opus", chirp(2.0, 48_000), 48_000).read_bytes()
    other = record(tmp_path / "other.opus", tone(2.0, 48_000), 48_000, layout="stereo").read_bytes()
    (tmp_path / "both.opus").write_bytes(one + other)
    source = MediaSource(tmp_path / "both.opus")
    assert read_all(source).size / 16 == pytest.approx(2_000, abs=30)
    assert codes(source) == ["file.cut_short"]


def test_a_clip_of_a_fifth_of_a_second(tmp_path: Path) -> None:
    for ending in (".wav", ".mp3", ".flac", ".opus", ".m4a"):
        codec, rate_hz = ENCODERS[ending]
        path = record(tmp_path / f"blip{ending}", tone(0.2, rate_hz), rate_hz, codec)
        source = MediaSource(path)
        heard = read_all(source)
        assert 160 <= heard.size / 16 <= 300, ending
        assert codes(source) == []


def test_it_can_be_heard_again_after_a_stop(tmp_path: Path) -> None:
    source = MediaSource(record(tmp_path / "again.mp3", chirp(1.0, 44_100), 44_100))
    first = read_all(source)
    source.stop()
    assert source.has_ended
    assert np.array_equal(first, read_all(source))
    source.close()
    assert source.health().delivered_ms == first.size // 16


# ----------------------------------------------------------------------------- where it comes from


def test_from_a_pipe_a_descriptor_and_an_open_file(tmp_path: Path) -> None:
    path = record(tmp_path / "talk.mp3", chirp(2.0, 44_100), 44_100)
    whole = read_all(MediaSource(path))
    assert np.array_equal(read_all(MediaSource(io.BytesIO(path.read_bytes()))), whole)
    with path.open("rb") as file:
        assert np.array_equal(read_all(MediaSource(file)), whole)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        assert np.array_equal(read_all(MediaSource(file.fileno())), whole)
        assert not file.closed
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
        assert cat.stdout is not None
        assert np.abs(rest_of(open_media(cat.stdout.fileno())).size - whole.size) < 3_200


def test_standard_input(tmp_path: Path) -> None:
    path = record(tmp_path / "talk.flac", chirp(2.0, 44_100), 44_100)
    code = (
        "from audio.media_source import open_media\n"
        "source, frames = open_media('-'), 0\n"
        "while not source.has_ended: frames += source.read(1.0) is not None\n"
        "print(source.name, frames, [each.code for each in source.health().notices])"
    )
    with path.open("rb") as file:
        told = subprocess.run(
            [sys.executable, "-c", code], stdin=file, capture_output=True, text=True, timeout=60
        )
    assert told.stdout.strip() == "standard input 100 []", told.stderr
    told = subprocess.run(
        [sys.executable, "-c", code], input=path.read_bytes(), capture_output=True, timeout=60
    )  # the same through a pipe
    assert told.stdout.decode().strip() == "standard input 100 []", told.stderr


def test_a_named_pipe_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = record(tmp_path / "talk.mp3", chirp(2.0, 44_100), 44_100)
    pipe = tmp_path / "pipe.mp3"
    os.mkfifo(pipe)
    source = MediaSource(pipe)
    source.prepare()  # does not wait for a writer, and takes nothing from it
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    writer.start()
    heard = read_all(source)
    writer.join(10)
    assert heard.size / 16 == pytest.approx(2_000, abs=60)


def test_a_pipe_into_which_nobody_writes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mp3"
    os.mkfifo(pipe)
    with pytest.raises(SourceFailed) as caught:
        open_media(pipe, patience_s=0.3)
    assert caught.value.problem.code == "file.nothing_came"


def test_a_pipe_that_falls_silent_is_heard_as_far_as_it_came(tmp_path: Path) -> None:
    content = record(tmp_path / "talk.mp3", chirp(8.0, 44_100), 44_100).read_bytes()
    reading, writing = os.pipe()
    os.write(writing, content[: min(60_000, len(content) * 3 // 4)])
    try:
        source = open_media(reading, patience_s=0.3)
        heard = rest_of(source)
    finally:
        os.close(reading)
        os.close(writing)
    assert codes(source) == ["file.broke_off"]
    assert 3_000 < heard.size / 16 < 7_000


def test_a_waiting_pipe_can_be_cancelled() -> None:
    reading, writing = os.pipe()
    try:
        source = MediaSource(reading, is_cancelled=lambda: True)
        source.start()
        assert source.has_ended
        with pytest.raises(ReadingCancelled):
            MediaFile(reading, is_cancelled=lambda: True).read(10)
    finally:
        os.close(reading)
        os.close(writing)


def test_an_mp4_cannot_come_through_a_pipe_when_its_table_is_at_its_end(tmp_path: Path) -> None:
    path = record(tmp_path / "talk.m4a", chirp(30.0, 44_100), 44_100)
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
        assert cat.stdout is not None
        with pytest.raises(SourceFailed) as caught:
            open_media(cat.stdout.fileno())
    assert caught.value.problem.code == "file.needs_file"


@pytest.mark.parametrize(
    "name", [b"two\nlines.mp3", b"caf\xe9 \xff.mp3", "讲座 ☕.mp3".encode(), b"http:x.mp3", b"-.mp3"]
)
def test_names_that_are_hard_to_write(tmp_path: Path, name: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    record(tmp_path / "made.mp3", chirp(1.0, 44_100), 44_100).rename(os.fsdecode(path))
    for place in (path, Path(os.fsdecode(path))):
        source = MediaSource(place)
        assert read_all(source).size / 16 == pytest.approx(1_000, abs=60)
        assert source.name.isprintable()
        source.name.encode()  # can be written anywhere
    assert shown_name(b"/a/two\nlines.mp3") == "two\N{REPLACEMENT CHARACTER}lines.mp3"


# -------------------------------------------------------------------------------------- bad input


def not_recordings(folder: Path) -> dict[str, tuple[Path, str]]:
    """Each kind of thing that cannot be heard, and the code of its problem."""
    (folder / "empty.mp3").write_bytes(b"")
    write_wav(folder / "no_samples.wav", np.zeros(0, "<i2"))
    (folder / "text.txt").write_text("This is not sound at all. " * 500)
    (folder / "text.mp3").write_text("This is not sound at all. " * 500)
    (folder / "titles.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    (folder / "page.html").write_text("<html><body>no sound</body></html>" * 100)
    (folder / "headless.wav").write_bytes(b"RIFF\x00\x00\x01\x00WAVEfm")
    (folder / "random.mp3").write_bytes(np.random.default_rng(1).bytes(200_000))
    zipfile.ZipFile(folder / "empty.zip", "w").close()
    picture(folder / "picture.png")
    picture(folder / "photo.jpg")
    silent_film(folder / "film.mp4")
    silent_film(folder / "film.avi")
    unfinished = record(folder / "whole.m4a", tone(2.0, 44_100), 44_100).read_bytes()
    unfinished_caf = record(folder / "whole.caf", tone(2.0, 44_100), 44_100).read_bytes()
    (folder / "unfinished.caf").write_bytes(unfinished_caf[: len(unfinished_caf) * 6 // 10])
    unknown = bytearray(write_wav(folder / "unknown.wav", voice(500)).read_bytes())
    unknown[20:22] = b"\xef\xbe"  # a way of coding that nobody ever registered
    (folder / "unknown.wav").write_bytes(unknown)
    (folder / "unfinished.m4a").write_bytes(unfinished[: len(unfinished) * 6 // 10])
    odd = bytearray(write_wav(folder / "odd.wav", voice(500)).read_bytes())
    odd[24:28] = struct.pack("<I", 2_000_000_000)
    (folder / "odd.wav").write_bytes(odd)
    return {
        "empty": (folder / "empty.mp3", "file.empty"),
        "no samples": (folder / "no_samples.wav", "file.empty"),
        "text": (folder / "text.txt", "file.not_audio"),
        "text called mp3": (folder / "text.mp3", "file.not_audio"),
        "subtitles": (folder / "titles.srt", "file.not_audio"),
        "page": (folder / "page.html", "file.not_audio"),
        "half a header": (folder / "headless.wav", "file.not_audio"),
        "noise": (folder / "random.mp3", "file.not_audio"),
        "empty zip": (folder / "empty.zip", "file.not_audio"),
        "picture": (folder / "picture.png", "file.not_audio"),
        "photo": (folder / "photo.jpg", "file.not_audio"),
        "film without sound": (folder / "film.mp4", "file.no_sound_track"),
        "another": (folder / "film.avi", "file.no_sound_track"),
        "unfinished": (folder / "unfinished.m4a", "file.unfinished"),
        "unfinished lossless": (folder / "unfinished.caf", "file.unfinished"),
        "unknown codec": (folder / "unknown.wav", "file.codec_unknown"),
        "absurd rate": (folder / "odd.wav", "file.odd_sound"),
        "missing": (folder / "nowhere.mp3", "file.missing"),
        "folder": (folder, "file.unreadable"),
        "device": (Path(os.devnull), "file.unreadable"),
        "nul": (Path("a\0b.mp3"), "file.unreadable"),
    }


KINDS = [
    "empty", "no samples", "text", "text called mp3", "subtitles", "page", "half a header", "noise",
    "empty zip",
    "picture", "photo", "film without sound", "another", "unfinished",
    "unfinished lossless", "unknown codec", "absurd rate", "missing", "folder",
    "device", "nul",
]  # fmt: skip


@pytest.fixture(scope="module")
def bad_recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    return not_recordings(tmp_path_factory.mktemp("bad"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_recording_is_a_sentence(bad_recordings: dict[str, tuple[Path, str]], kind: str) -> None:
    assert set(bad_recordings) == set(KINDS)
    place, code = bad_recordings[kind]
    assert problem_of(place) == code


def as_nobody(code: str, *arguments: str) -> str:
    """What a fresh interpreter without the rights of root prints."""
    lines = [
        "import os, sys, av",
        "from audio.media_source import open_media",
        "from audio.source import SourceFailed",
    ]
    lines += ["os.geteuid() or os.seteuid(65534)", code]
    command = [sys.executable, "-c", "\n".join(lines), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_permission_denied(tmp_path: Path) -> None:
    path = record(tmp_path / "secret.mp3", tone(0.5, 44_100), 44_100)
    path.chmod(0)
    code = "try: open_media(sys.argv[1])\nexcept SourceFailed as failed: print(failed.problem.code)"
    assert as_nobody(code, str(path)) == "file.unreadable"


@pytest.mark.parametrize("ending", [".mp3", ".m4a", ".flac", ".opus", ".wav", ".mkv", ".aiff"])
def test_a_recording_cut_short_is_heard_as_far_as_it_goes(tmp_path: Path, ending: str) -> None:
    codec, rate_hz = ENCODERS[ending]
    options = {"movflags": "+faststart"} if ending == ".m4a" else {}
    path = record(tmp_path / f"talk{ending}", chirp(10.0, rate_hz), rate_hz, codec, options=options)
    whole = read_all(MediaSource(path))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    source = MediaSource(path)
    heard = read_all(source)
    assert codes(source) == ["file.cut_short"]
    assert 5_000 < heard.size / 16 < 8_500
    assert np.array_equal(heard[: 16 * 4_000], whole[: 16 * 4_000])


def test_encrypted_recordings_are_recognised(tmp_path: Path) -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00112233445566778899aabbccddeeff",
           "encryption_kid": "0123456789abcdef0123456789abcdef"}  # fmt: skip
    assert (
        problem_of(record(tmp_path / "sold.mp4", tone(2.0, 44_100), 44_100, options=key)) == "file.protected"
    )
    clear = record(tmp_path / "song.m4a", tone(2.0, 44_100), 44_100).read_bytes()
    (tmp_path / "song.m4p").write_bytes(clear.replace(b"mp4a", b"drms"))
    assert problem_of(tmp_path / "song.m4p") == "file.protected"


def test_an_encrypted_windows_media_file_is_recognised(tmp_path: Path) -> None:
    clear = bytearray(
        record(tmp_path / "song.wma", tone(2.0, 44_100), 44_100, "libmp3lame", format_="asf").read_bytes()
    )
    assert read_all(MediaSource(tmp_path / "song.wma")).size > 16_000
    guid = bytes.fromhex("FBB3112223BDD211B4B700A0C955FC6E")
    encryption = guid + struct.pack("<Q", 24 + 16) + struct.pack("<IIII", 4, 0, 0, 0)
    header_bytes, objects = struct.unpack("<QI", clear[16:28])
    clear[16:28] = struct.pack("<QI", header_bytes + len(encryption), objects + 1)
    clear[header_bytes:header_bytes] = encryption
    (tmp_path / "sold.wma").write_bytes(clear)
    assert problem_of(tmp_path / "sold.wma") == "file.protected"


@pytest.mark.parametrize("ending", [".m4a", ".opus", ".mkv", ".mp3", ".flac"])
def test_damage_in_the_middle_is_silence_and_the_rest_stands_in_time(tmp_path: Path, ending: str) -> None:
    codec, rate_hz = ENCODERS[ending]
    options = {"movflags": "+faststart"} if ending == ".m4a" else {}
    path = record(tmp_path / f"talk{ending}", chirp(12.0, rate_hz), rate_hz, codec, options=options)
    content = bytearray(path.read_bytes())
    begin, end = len(content) * 5 // 12, len(content) * 6 // 12
    content[begin:end] = np.random.default_rng(3).bytes(end - begin)
    path.write_bytes(content)
    source = MediaSource(path)
    heard = read_all(source)
    assert 11_500 <= heard.size / 16 <= 12_400
    said = (chirp(12.0, RATE_HZ) * 32_767).astype("<i2")
    for at_ms in (2_000, 10_300):  # Matroska goes on with its next cluster, which may be seconds away
        alike, at = likeness(heard, said[at_ms * 16 : (at_ms + 1_200) * 16])
        assert alike > 0.95
        assert at / 16 == pytest.approx(at_ms, abs=60)


def test_a_hole_is_told_with_its_length(tmp_path: Path) -> None:
    content = record(tmp_path / "talk.opus", chirp(12.0, 48_000), 48_000).read_bytes()
    pages = [at for at in range(len(content)) if content.startswith(b"OggS", at)]
    assert len(pages) > 8
    (tmp_path / "talk.opus").write_bytes(content[: pages[5]] + content[pages[7] :])
    source = MediaSource(tmp_path / "talk.opus")
    heard = read_all(source)
    assert codes(source) == ["file.gaps"]
    assert heard.size / 16 == pytest.approx(12_000, abs=60)
    lost_ms = source.health().lost_ms
    assert f"{lost_ms / 1000:.1f} s" in source.health().notices[0].sentence
    assert lost_ms == pytest.approx(2_000, abs=300)


def stamped_late(recorded: Path, path: Path) -> Path:
    """As busy browsers and phones record: every 2 s all that came in 150 ms is stamped when they are over."""
    with av.open(str(recorded)) as source, av.open(str(path), "w") as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        before_ms = -1
        for packet in source.demux(audio=0):
            if packet.dts is None:
                continue
            assert packet.pts is not None
            at_ms = round(packet.pts * packet.time_base * 1000)
            if at_ms % 2_000 > 1_850:
                at_ms += 2_000 - at_ms % 2_000
            before_ms = max(at_ms, before_ms + 1)
            packet.pts = packet.dts = round(before_ms / 1000 / packet.time_base)
            packet.stream = stream
            container.mux(packet)
    return path


def test_sound_that_was_stamped_late_does_not_grow(tmp_path: Path) -> None:
    recorded = record(tmp_path / "talk.webm", chirp(20.0, 48_000), 48_000)
    source = MediaSource(stamped_late(recorded, tmp_path / "late.webm"))
    heard = read_all(source)
    assert heard.size / 16 == pytest.approx(20_000, abs=200)
    said = (chirp(20.0, RATE_HZ) * 32_767).astype("<i2")
    alike, at = likeness(heard, said[17_000 * 16 : 19_000 * 16])
    assert alike > 0.95, "there is silence within it"
    assert at / 16 == pytest.approx(17_000, abs=200)


class WeakDisk(io.RawIOBase):
    """A file on a server that goes away: reading fails from a certain byte on, as NFS does."""

    def __init__(self, path: Path, fails_at: int) -> None:
        self._file, self._fails_at, self.name = path.open("rb", buffering=0), fails_at, str(path)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._file.tell() + len(buffer) > self._fails_at:
            raise OSError(116, "Stale file handle")
        return self._file.readinto(buffer) or 0


@pytest.mark.parametrize("ending", [".wav", ".flac", ".mp3"])
def test_a_disk_that_fails_in_the_middle(tmp_path: Path, ending: str) -> None:
    codec, rate_hz = ENCODERS[ending]
    path = record(tmp_path / f"talk{ending}", chirp(30.0, rate_hz), rate_hz, codec)
    disk = WeakDisk(path, path.stat().st_size // 2)
    source = open_media(disk)  # type: ignore[arg-type]
    heard = rest_of(source)
    assert codes(source) == ["file.broke_off"]
    assert 5_000 < heard.size / 16 < 20_000


def test_a_file_that_vanishes_while_it_is_read_is_heard_to_its_end(tmp_path: Path) -> None:
    path = record(tmp_path / "talk.wav", tone(20.0, 44_100), 44_100)
    source = open_media(path)
    source.read(1.0)
    path.unlink()
    assert rest_of(source).size / 16 == pytest.approx(19_980, abs=20)
    assert codes(source) == []


@pytest.mark.parametrize("ending", [".wav", ".mp3", ".flac"])
def test_a_file_that_is_truncated_while_it_is_read(tmp_path: Path, ending: str) -> None:
    codec, rate_hz = ENCODERS[ending]
    path = record(tmp_path / f"talk{ending}", chirp(60.0, rate_hz), rate_hz, codec)
    source = open_media(path)
    source.read(1.0)
    os.truncate(path, path.stat().st_size // 2)
    heard = rest_of(source)
    assert codes(source) == ["file.cut_short"]
    assert 20_000 < heard.size / 16 < 45_000


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    content = record(tmp_path / "whole.mp3", chirp(20.0, 44_100), 44_100).read_bytes()
    path = tmp_path / "growing.mp3"
    path.write_bytes(content[: len(content) // 2])
    source = open_media(path)
    source.read(1.0)
    with path.open("ab") as file:
        file.write(content[len(content) // 2 :])
    heard = rest_of(source)
    assert heard.size / 16 == pytest.approx(20_000, abs=100)
    assert codes(source) == ["file.grew"]


def giant_wav(path: Path, data_bytes: int, riff_bytes: int, field_bytes: int) -> Path:
    """A WAV of ``data_bytes`` with whatever sizes in its header; a second of voice, then a hole."""
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", riff_bytes, b"WAVE", b"fmt ", 16, 1, 1,
                         RATE_HZ, RATE_HZ * 2, 2, 16, b"data", field_bytes)  # fmt: skip
    with path.open("wb") as file:
        file.write(header + voice(1_000).tobytes())
        file.truncate(44 + data_bytes)
    return path


@pytest.mark.parametrize(
    ("data_bytes", "field_bytes"),
    [
        (3 << 30, 3 << 30),
        (3 << 30, 0xFFFFFFFF),  # written as a stream
        (3 << 30, 0),  # the recorder crashed
        (5 << 30, (5 << 30) & 0xFFFFFFFF),  # wrapped
    ],
)
def test_a_giant_wav_is_opened_at_once_and_known_in_length(
    tmp_path: Path, data_bytes: int, field_bytes: int
) -> None:
    path = giant_wav(tmp_path / "giant.wav", data_bytes, (field_bytes + 36) & 0xFFFFFFFF, field_bytes)
    source = open_media(path)
    heard = np.frombuffer(b"".join(source.read(1.0).pcm for _ in range(100)), "<i2")  # type: ignore[union-attr]
    assert likeness(heard, voice(1_000))[0] > 0.99
    assert source.duration_ms == pytest.approx(data_bytes // 32, rel=0.01)
    source.close()


def test_rf64_is_heard(tmp_path: Path) -> None:
    path = record(tmp_path / "long.wav", chirp(2.0, RATE_HZ), RATE_HZ, options={"rf64": "always"})
    assert path.read_bytes()[:4] == b"RF64"
    source = MediaSource(path)
    assert read_all(source).size / 16 == 2_000
    assert codes(source) == []


# ------------------------------------------------------------------- nothing but the file is opened


@pytest.fixture
def asked() -> object:
    """A web server that notes what it was asked for: ``(address, paths)``."""
    paths: list[str] = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Note)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join(5)
    server.server_close()


LISTS: dict[str, Callable[[str], str]] = {
    "list.m3u8": lambda where: (
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{where}\n#EXT-X-ENDLIST\n"
    ),
    "list.m3u": lambda where: f"#EXTM3U\n{where}\n",
    "concat.txt": lambda where: f"ffconcat version 1.0\nfile {where}\n",
    "called.mp3": lambda where: f"ffconcat version 1.0\nfile {where}\n",
    "dash.mpd": lambda where: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT1S" '
        'mediaPresentationDuration="PT6S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>'
        f"{where}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ),
    "call.sdp": lambda where: (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"
    ),
}


@pytest.mark.parametrize("name", sorted(LISTS))
@pytest.mark.parametrize("is_network", [True, False])
def test_lists_are_refused_and_what_they_name_is_not_opened(
    tmp_path: Path, asked: tuple[str, list[str]], name: str, is_network: bool
) -> None:
    address, paths = asked
    other = record(tmp_path / "other.ts", tone(1.0, 48_000), 48_000)
    (tmp_path / name).write_text(LISTS[name](f"{address}/other.ts" if is_network else str(other)))
    assert problem_of(tmp_path / name) == "file.is_list"
    assert problem_of(str(tmp_path / name)) == "file.is_list"
    assert paths == []


def test_a_list_that_hides_its_beginning_is_refused_too(tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    """Through a pipe the beginning cannot be looked at beforehand: the library itself is refused."""
    address, paths = asked
    other = record(tmp_path / "other.ts", tone(1.0, 48_000), 48_000)
    for where in (f"{address}/a.ts", str(other)):
        (tmp_path / "list").write_text(LISTS["list.m3u8"](where))
        with subprocess.Popen(["cat", tmp_path / "list"], stdout=subprocess.PIPE) as cat:
            assert cat.stdout is not None
            with pytest.raises(SourceFailed) as caught:
                open_media(cat.stdout.fileno())
        assert caught.value.problem.code in {"file.is_list", "file.needs_file"}
    assert paths == []


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/a.mp3", "concat:a.mp3|b.mp3", "file:/etc/passwd", "pipe:0", "rtp://127.0.0.1:5004"],
)
def test_an_address_is_only_ever_the_name_of_a_file(address: str) -> None:
    assert problem_of(address) == "file.missing"


# ------------------------------------------------------------------------------------ any damage


def damaged(content: bytes, chance: np.random.Generator) -> bytes:
    """Bytes changed, overwritten, or missing."""
    wrong, kind = bytearray(content), int(chance.integers(4))
    at = int(chance.integers(len(wrong)))
    if kind == 0:
        for place in chance.integers(len(wrong), size=20):
            wrong[place] = int(chance.integers(256))
    elif kind == 1:
        for place in chance.integers(min(400, len(wrong)), size=8):
            wrong[place] = int(chance.integers(256))
    elif kind == 2:
        wrong[at : at + 2_000] = chance.bytes(len(wrong[at : at + 2_000]))
    else:
        del wrong[at : at + 2_000]
    return bytes(wrong)


@pytest.mark.parametrize("ending", sorted(ENCODERS))
def test_no_damage_anywhere_is_more_than_a_sentence(tmp_path: Path, ending: str) -> None:
    codec, rate_hz = ENCODERS[ending]
    content = record(tmp_path / f"talk{ending}", chirp(1.0, rate_hz), rate_hz, codec).read_bytes()
    chance, path = np.random.default_rng(7), tmp_path / f"damaged{ending}"
    for _ in range(12):
        path.write_bytes(damaged(content, chance))
        source, said = MediaSource(path), list[str]()
        try:
            assert read_all(source).size < 16_000 * 3_600 * 3
        except SourceFailed as failed:
            said = [failed.problem.code]
        assert all(code.startswith("file.") for code in said + codes(source))
        source.close()


# ------------------------------------------------------------------------------------------ memory


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    code = r"""
import re, sys
from pathlib import Path
from audio.media_source import open_media

def peak_kib():
    return re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]

source, peaks = open_media(sys.argv[1]), []
for at in range(60_001):
    assert source.read(1.0) is not None
    if at in (3_000, 60_000):
        peaks.append(peak_kib())
print(*peaks)
"""
    path = giant_wav(tmp_path / "hour.wav", 32_000 * 3_600, 0xFFFFFFFF, 0xFFFFFFFF)
    command = [sys.executable, "-c", code, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout.split()
    early_kib, late_kib = map(int, told)
    assert late_kib - early_kib < 4 * 1024


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, audio.media_source; print([n for n in ('av', 'soxr', 'torch') if n in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_the_library_is_the_one_that_was_tested() -> None:
    assert int(av.__version__.split(".", 1)[0]) >= 14
