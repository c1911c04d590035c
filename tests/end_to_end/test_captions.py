"""Live captions by the real program: two voices at once, into the microphone and out of the loudspeakers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import soundfile
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from desktop.core.transcript_formats import written
from desktop.demo.stage import wait_for
from desktop.history.meeting import Transcript, about, said
from desktop.history.meetings import MeetingReader
from desktop.oslayer.virtual_desktop import MICROPHONE_FEED, SPEAKERS, VirtualDesktop
from tests.fakes.desk import Desk, is_heard
from tests.fakes.funasr_server import FunasrServer, text_of

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]

MINE = "good morning everyone and thank you for coming today"
THEIRS = "the weather is very nice today and we are going to the park"
MY_VOICE, THEIR_VOICE = "rms", "slt"
DEADLINE_S = 60.0


class MeetingDesk(Desk):
    """A desk in a meeting."""

    def captions(self, *arguments: str) -> str:
        return self.ask("captions", *arguments)

    def told(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.captions("status", "--json"))
        return answer

    def wait_told(self, is_so: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """How captions are doing when it is so. Fails with what was last told."""
        seen: list[dict[str, Any]] = [{}]

        def look() -> bool:
            seen[0] = self.told()
            return bool(is_so(seen[0]))

        assert wait_for(look, DEADLINE_S), (seen[0], self.log())
        return seen[0]

    def begin_meeting(self) -> str:
        """Captions of both sources, which are heard; the meeting's key."""
        self.captions("start")
        told = self.wait_told(lambda told: all(each["is_heard"] for each in told["sources"].values()))
        assert set(told["sources"]) == {"me", "others"}
        return str(told["meeting"])

    def spoken(self, name: str, voice: str, sentence: str) -> Path:
        path = self.desktop.folder / f"{name}.wav"
        self.desktop.run(["flite", "-voice", voice, "-t", sentence, "-o", str(path)])
        return path

    def speak_at_once(self) -> None:
        """I speak into the microphone while the others come out of the loudspeakers."""
        mine, theirs = self.spoken("mine", MY_VOICE, MINE), self.spoken("theirs", THEIR_VOICE, THEIRS)
        speaking = self.desktop.start(["paplay", f"--device={SPEAKERS}", str(theirs)])
        self.desktop.play_into_microphone(mine)
        assert speaking.wait(30.0) == 0

    def transcript(self, key: str) -> Transcript:
        """What the history holds of a meeting."""
        found = MeetingReader(lambda: self.desktop.folder / "data" / "plosive").transcript(key)
        assert found is not None, self.log()
        return found

    def lines(self, key: str) -> dict[str, str]:
        """Label → all that was said under it."""
        spoken: dict[str, str] = {}
        for line in said(self.transcript(key)):
            spoken[line.speaker] = f"{spoken.get(line.speaker, '')} {line.text}".strip()
        return spoken


@pytest.fixture
def desk() -> Iterator[MeetingDesk]:
    with VirtualDesktop(sound=True, tray=True) as desktop:
        desk = MeetingDesk(desktop)
        desk.start_program()
        yield desk


def words_shown(told: dict[str, Any]) -> dict[str, str]:
    """Label → text in the window."""
    shown: dict[str, str] = {}
    for line in told["lines"]:
        shown[line["speaker"]] = f"{shown.get(line['speaker'], '')} {line['text']}".strip()
    return shown


def test_two_voices_at_once_are_told_apart_in_window_transcript_and_subtitles(desk: MeetingDesk) -> None:
    key = desk.begin_meeting()
    desk.speak_at_once()
    told = desk.wait_told(lambda told: told["lines_saved"] >= 2)
    shown = words_shown(told)
    assert is_heard(MINE, shown["Me"]) and is_heard(THEIRS, shown["Others"]), told
    windows = ["xdotool", "search", "--onlyvisible", "--name", "Captions"]
    assert desk.desktop.run(windows).split(), "the window is there"
    desk.captions("bookmark", "where we met")
    desk.captions("stop")
    desk.wait_told(lambda told: told["state"] == "off")
    desk.wait_status(lambda told: "captions" not in told["leases"])

    transcript = desk.transcript(key)
    assert is_heard(MINE, desk.lines(key)["Me"]) and is_heard(THEIRS, desk.lines(key)["Others"])
    assert [mark.note for mark in transcript.bookmarks] == ["where we met"]
    assert transcript.meeting.ended_utc is not None
    spans = {line.speaker: (line.start_ms, line.end_ms) for line in said(transcript)}
    assert spans["Me"][0] < spans["Others"][1] and spans["Others"][0] < spans["Me"][1], "at the same time"
    length_ms = sound_ms(desk.desktop.folder / "theirs.wav")
    assert abs(spans["Others"][1] - spans["Others"][0] - length_ms) < 1500
    subtitles = written("srt", said(transcript), about(transcript, "Meeting"))
    for label, sentence in (("Me", MINE), ("Others", THEIRS)):
        assert label in subtitles and sentence.split()[-1] in subtitles
    assert desk.quit_program() == 0


def sound_ms(path: Path) -> int:
    with wave.open(str(path)) as sound:
        return int(sound.getnframes() * 1000 / sound.getframerate())


def test_killed_in_the_middle_all_that_was_committed_is_there(desk: MeetingDesk) -> None:
    desk.ask("config", "set", "captions.keep_audio", "true")
    key = desk.begin_meeting()
    desk.speak_at_once()
    desk.wait_told(lambda told: told["lines_saved"] >= 2)
    speaking = desk.desktop.start(["paplay", f"--device={SPEAKERS}", str(desk.desktop.folder / "theirs.wav")])
    assert desk.program is not None
    os.kill(desk.program.pid, signal.SIGKILL)
    desk.program.wait(10.0)
    speaking.wait(30.0)
    desk.start_program()
    heard = desk.lines(key)
    assert is_heard(MINE, heard["Me"]) and is_heard(THEIRS, heard["Others"])
    assert wait_for(lambda: desk.transcript(key).meeting.ended_utc is not None, DEADLINE_S)
    meeting = desk.transcript(key).meeting
    assert meeting.ended_by == "crash"
    spoken_ms = sound_ms(desk.desktop.folder / "theirs.wav")
    for source in ("me", "others"):  # the kept sound can be played as far as it goes
        kept = list(Path(meeting.recording).glob(f"{source}*.flac"))
        assert [path.stat().st_mode & 0o077 for path in kept] == [0]
        with soundfile.SoundFile(kept[0]) as sound:
            assert sound.samplerate == 16_000 and len(sound.read()) * 1000 / 16_000 > spoken_ms
    assert desk.quit_program() == 0


def test_the_model_is_given_back_when_the_meeting_is_over(desk: MeetingDesk) -> None:
    desk.ask("config", "set", "model.idle_unload_s", "1")
    desk.begin_meeting()
    pid = desk.worker_pid()
    assert desk.wait_status(lambda told: told["leases"])["leases"] == ["captions"]
    desk.captions("stop")
    desk.wait_status(lambda told: told["model"]["state"] == "unloaded" and told["last_unload"])
    assert not psutil.pid_exists(pid)
    assert desk.quit_program() == 0


def test_a_dictation_during_a_meeting_lands_and_is_captioned_as_well(desk: MeetingDesk) -> None:
    key = desk.begin_meeting()
    desk.wait_status(lambda told: told["model"]["pid"])
    desk.open_editor()
    told = desk.dictate(MINE)
    assert told["landed"] and is_heard(MINE, told["text"])
    desk.wait_told(lambda told: told["lines_saved"] >= 1)
    desk.captions("stop")
    desk.wait_told(lambda told: told["state"] == "off")
    assert is_heard(MINE, desk.lines(key)["Me"])
    assert desk.quit_program() == 0


def test_a_worker_that_dies_costs_no_word(desk: MeetingDesk) -> None:
    key = desk.begin_meeting()
    pid = desk.worker_pid()
    mine, theirs = desk.spoken("mine", MY_VOICE, MINE), desk.spoken("theirs", THEIR_VOICE, THEIRS)
    speaking = [
        desk.desktop.start(["paplay", f"--device={device}", str(path)])
        for device, path in ((SPEAKERS, theirs), (MICROPHONE_FEED, mine))
    ]
    desk.wait_told(lambda told: told["lines"])  # in the middle of a sentence
    os.kill(pid, signal.SIGKILL)
    assert [each.wait(30.0) for each in speaking] == [0, 0]
    desk.wait_told(lambda told: told["lines_saved"] >= 2)
    assert desk.worker_pid() != pid
    heard = desk.lines(key)
    assert is_heard(MINE, heard["Me"]) and is_heard(THEIRS, heard["Others"])
    assert desk.quit_program() == 0


def test_the_loudspeakers_heard_by_the_microphone_are_captioned_once(desk: MeetingDesk) -> None:
    """The microphone stands in the same room: what is played comes back a little later and weaker."""
    loop = ["module-loopback", f"source={SPEAKERS}.monitor", f"sink={MICROPHONE_FEED}", "latency_msec=60"]
    desk.desktop.run(["pactl", "load-module", *loop])
    inputs = desk.desktop.run(["pactl", "list", "short", "sink-inputs"]).split("\n")
    echo = next(line.split()[0] for line in inputs if "module-loopback" in line or line.split()[2:3] == ["-"])
    desk.desktop.run(["pactl", "set-sink-input-volume", echo, "40%"])
    key = desk.begin_meeting()
    desk.wait_status(lambda told: told["model"]["pid"])
    theirs, mine = desk.spoken("theirs", THEIR_VOICE, THEIRS), desk.spoken("mine", MY_VOICE, MINE)
    desk.desktop.run(["paplay", f"--device={SPEAKERS}", str(theirs)])
    desk.wait_told(lambda told: told["lines_saved"] >= 1 and told["echoes"] >= 1)
    desk.desktop.play_into_microphone(mine)
    desk.wait_told(lambda told: told["lines_saved"] >= 2)
    desk.captions("stop")
    desk.wait_told(lambda told: told["state"] == "off")
    heard = desk.lines(key)
    assert is_heard(MINE, heard["Me"]) and is_heard(THEIRS, heard["Others"])
    assert desk.quit_program() == 0


def test_quitting_in_the_middle_of_a_sentence_keeps_what_was_understood(desk: MeetingDesk) -> None:
    key = desk.begin_meeting()
    desk.wait_status(lambda told: told["model"]["pid"])
    theirs = desk.spoken("theirs", THEIR_VOICE, THEIRS)
    desk.desktop.start(["paplay", f"--device={SPEAKERS}", str(theirs)])
    desk.wait_told(lambda told: told["lines"] and len(told["lines"][0]["text"].split()) >= 4)
    assert desk.quit_program() == 0
    assert desk.lines(key)["Others"].lower().startswith("the weather")
    assert desk.transcript(key).meeting.ended_by == ""


def test_pause_leaves_out_what_is_said_and_keeps_the_times(desk: MeetingDesk) -> None:
    key = desk.begin_meeting()
    desk.captions("pause")
    desk.wait_told(lambda told: told["state"] == "paused" and not told["sources"])
    desk.speak_at_once()
    desk.captions("pause")
    desk.wait_told(lambda told: all(each["is_heard"] for each in told["sources"].values()))
    desk.desktop.play_into_microphone(desk.desktop.folder / "mine.wav")
    desk.wait_told(lambda told: told["lines_saved"] >= 1)
    desk.captions("stop")
    desk.wait_told(lambda told: told["state"] == "off")
    lines = said(desk.transcript(key))
    assert {line.speaker for line in lines} == {"Me"}
    assert lines[0].start_ms > sound_ms(desk.desktop.folder / "theirs.wav")
    assert desk.quit_program() == 0


def test_a_server_captions_both_sides(desk: MeetingDesk) -> None:
    server = FunasrServer()
    server.start()
    try:
        assert desk.quit_program() == 0
        desk.ask("config", "set", "server.url", server.url)
        desk.start_program()
        key = desk.begin_meeting()
        desk.speak_at_once()
        desk.wait_told(lambda told: told["lines_saved"] >= 2)
        desk.captions("stop")
        desk.wait_told(lambda told: told["state"] == "off")
        said_by_server = {text_of(pcm) for pcm in server.seen.sounds}
        assert {line.text.lower() for line in said(desk.transcript(key))} == said_by_server
        assert set(desk.lines(key)) == {"Me", "Others"}
        assert desk.quit_program() == 0
    finally:
        server.stop()


def test_what_was_said_while_the_model_stayed_away_is_captioned_when_it_is_back(desk: MeetingDesk) -> None:
    desk.ask("unload", "--stay")
    key = desk.begin_meeting()
    told = desk.wait_told(lambda told: told["view"] == "trouble" and "unloaded" in told["notice"])
    assert told["lines_saved"] == 0
    desk.speak_at_once()
    assert desk.told()["lines_saved"] == 0 and not desk.status()["model"]["pid"]
    desk.ask("load")
    told = desk.wait_told(lambda told: told["lines_saved"] >= 2)
    assert "unloaded" not in told["notice"]
    heard = desk.lines(key)
    assert is_heard(MINE, heard["Me"]) and is_heard(THEIRS, heard["Others"])
    assert desk.quit_program() == 0


def test_a_program_with_the_token_reads_along(desk: MeetingDesk) -> None:
    desk.ask("config", "set", "captions.live_output", "true")
    told = desk.wait_told(lambda told: told["live_output"]["url"])["live_output"]
    token = Path(told["token_file"]).read_text().strip()
    with pytest.raises(InvalidStatus):
        connect(told["url"])
    with connect(f"{told['url']}/?token={token}") as reader:
        desk.begin_meeting()
        desk.speak_at_once()
        finals: dict[str, str] = {}
        while set(finals) != {"Me", "Others"}:
            heard = json.loads(reader.recv(timeout=DEADLINE_S))
            if heard["is_final"] and heard["text"]:
                finals[heard["wav_name"]] = heard["text"]
    assert is_heard(MINE, finals["Me"]) and is_heard(THEIRS, finals["Others"])
    desk.ask("config", "set", "captions.live_output", "false")
    desk.wait_told(lambda told: not told["live_output"]["url"])
    assert desk.quit_program() == 0


def test_keys_start_pause_mark_and_end_captions(desk: MeetingDesk) -> None:
    for name, key in (("toggle", "F7"), ("pause", "F8"), ("bookmark", "Ctrl+F9"), ("lock", "F10")):
        desk.ask("config", "set", f"captions.key_{name}", key)
    press = lambda key: desk.desktop.run(["xdotool", "key", key])  # noqa: E731
    press("F7")
    meeting = desk.wait_told(lambda told: told["state"] == "on" and len(told["sources"]) == 2)["meeting"]
    press("ctrl+F9")
    desk.wait_told(lambda told: told["notice"].startswith("Bookmark"))
    press("F8")
    desk.wait_told(lambda told: told["state"] == "paused")
    press("F10")
    desk.wait_told(lambda told: told["is_locked"])
    press("F7")
    desk.wait_told(lambda told: told["state"] == "off")
    assert len(desk.transcript(meeting).bookmarks) == 1
    assert desk.quit_program() == 0


def test_without_captions_the_command_says_so(desk: MeetingDesk) -> None:
    assert desk.captions("status").strip() == "Captions are off."
    with pytest.raises(subprocess.CalledProcessError):
        desk.captions("sing")
    assert desk.quit_program() == 0
