"""The voice gate: synthetic voice, noises that fool webrtcvad, and recorded human sound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio.events import AudioFrame, SpeechAudio, SpeechEvent, SpeechStarted
from audio.level import LevelMeter, QuietLift, peak_dbfs
from audio.listen import segment_source
from audio.pcm import FRAME_BYTES, FRAME_MS, SILENCE_DBFS
from audio.segmenter import VadSegmenter
from audio.silero import SileroMissing, SileroModel
from audio.vad import VadSettings, VoiceGate
from audio.wav_source import WavSource
from tests.fakes.voice import RATE_HZ, silence, voice


@pytest.fixture(scope="module")
def silero() -> SileroModel:
    return SileroModel()


def flags(gate: VoiceGate, sound: np.ndarray) -> str:
    """S speech, v webrtcvad alone thinks so, . neither."""
    marks = []
    pcm = sound.astype("<i2").tobytes()
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        is_speech = gate.is_speech(pcm[at : at + FRAME_BYTES])
        marks.append("S" if is_speech else "v" if gate.is_voiced else ".")
    return "".join(marks)


def keyboard(seconds: float) -> np.ndarray:
    """Typing: short bursts, six keys a second."""
    rng = np.random.default_rng(7)
    sound = np.zeros(int(seconds * RATE_HZ))
    for at in rng.integers(0, sound.size - 400, int(6 * seconds)):
        burst = rng.standard_normal(int(rng.uniform(50, 130)))
        sound[at : at + burst.size] += 4_000 * burst * np.exp(-np.arange(burst.size) / 30)
    return sound.clip(-32_768, 32_767)


def hum(seconds: float) -> np.ndarray:
    """The mains and its harmonics."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return sum(1_500 / k * np.sin(2 * np.pi * 50 * k * t) for k in range(1, 9)) + silence(int(seconds * 1000))


def plucked_music(seconds: float) -> np.ndarray:
    """Notes of a plucked string."""
    rng = np.random.default_rng(3)
    sound = np.zeros(int(seconds * RATE_HZ))
    for at in range(0, sound.size - RATE_HZ, RATE_HZ // 4):
        string = rng.standard_normal(int(rng.choice([36, 40, 48, 54, 61])))
        note = []
        for _ in range(RATE_HZ // string.size):
            note.append(string)
            string = 0.996 * 0.5 * (string + np.roll(string, 1))
        tones = np.concatenate(note)
        sound[at : at + tones.size] += 2_000 * tones
    return sound.clip(-32_768, 32_767)


def test_the_synthetic_voice_is_speech_and_the_room_is_not(silero: SileroModel) -> None:
    sound = np.concatenate([silence(1_000), voice(1_500), silence(1_500)])
    marks = flags(VoiceGate(None, lambda: silero), sound)
    assert "S" not in marks[:48]
    assert marks[50:125].count("S") > 60
    assert marks.index("S") <= 54
    assert "S" not in marks[140:]


@pytest.mark.parametrize("noise", [keyboard, hum, plucked_music])
def test_noises_that_open_the_gate_are_not_confirmed(noise: object, silero: SileroModel) -> None:
    sound = noise(6.0)  # type: ignore[operator]
    simple = flags(VoiceGate(VadSettings(use_silero=False)), sound)
    assert simple.count("S") > 20, "this noise does not even fool webrtcvad"
    assert flags(VoiceGate(None, lambda: silero), sound).count("S") <= 3


def test_silero_sleeps_while_nothing_is_heard() -> None:
    def load() -> SileroModel:
        raise AssertionError("loaded in silence")

    assert set(flags(VoiceGate(None, load), np.zeros(RATE_HZ))) == {"."}


def test_the_gate_depends_on_its_own_history_only(silero: SileroModel) -> None:
    sound = np.concatenate([silence(500), voice(800), silence(900), voice(500, seed=4)])
    first, second = VoiceGate(None, lambda: silero), VoiceGate(None, lambda: silero)
    flags(VoiceGate(None, lambda: silero), voice(300))
    assert flags(first, sound) == flags(second, sound)


class MadeUpNetwork:
    """Says what it was told to, whatever it hears."""

    def __init__(self, *probabilities: float) -> None:
        self._probabilities = list(probabilities)

    def run(self, _window: np.ndarray, state: np.ndarray) -> tuple[float, np.ndarray]:
        """The next probability; the last one for ever."""
        is_last = len(self._probabilities) == 1
        return self._probabilities[0] if is_last else self._probabilities.pop(0), state


@pytest.mark.parametrize(
    ("threshold", "noise", "is_over"), [(0.2, 0.08, True), (0.2, 0.12, False), (0.6, 0.3, True)]
)
def test_speech_ends_in_noise_however_low_the_threshold(
    threshold: float, noise: float, is_over: bool
) -> None:
    network = MadeUpNetwork(*[0.9] * 20, noise)
    gate = VoiceGate(VadSettings(silero_threshold=threshold), lambda: network)  # type: ignore[arg-type, return-value]
    marks = flags(gate, voice(2_000))
    assert "S" in marks[:40]
    assert ("S" not in marks[60:]) is is_over


def test_without_silero_webrtcvad_decides_and_it_is_said() -> None:
    def missing() -> SileroModel:
        raise SileroMissing("no")

    gate = VoiceGate(None, missing)
    marks = flags(gate, np.concatenate([silence(500), voice(800)]))
    assert marks[30:].count("S") > 25
    assert [one.code for one in gate.notices] == ["vad.no_silero"]


def test_quiet_speech_is_lifted_and_loud_speech_left_alone() -> None:
    loud, quiet = voice(200).tobytes(), (voice(200) // 50).astype("<i2").tobytes()
    lift = QuietLift()
    assert all(
        lift.lift(loud[at : at + FRAME_BYTES]) == loud[at : at + FRAME_BYTES]
        for at in range(FRAME_BYTES * 3, len(loud), FRAME_BYTES)
    )
    lift = QuietLift()
    lifted = b"".join(lift.lift(quiet[at : at + FRAME_BYTES]) for at in range(0, len(quiet), FRAME_BYTES))
    assert peak_dbfs(lifted) == pytest.approx(peak_dbfs(quiet) + 20, abs=1.0)


def test_levels() -> None:
    meter = LevelMeter()
    half = (np.ones(320, "<i2") * 16_384).tobytes()
    assert meter.feed(half) is None
    assert meter.feed(half) == pytest.approx(-6.02, abs=0.01)
    assert meter.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert (peak_dbfs(b""), peak_dbfs(bytes(640))) == (SILENCE_DBFS, SILENCE_DBFS)
    assert peak_dbfs(np.array([-32_768], "<i2").tobytes()) == 0.0


def speech_of(path: Path, silero: SileroModel, gain: float = 1.0) -> tuple[list[SpeechEvent], int]:
    """All events of a file, and its length in ms."""
    if gain == 1.0:
        source = WavSource(path)
        events = list(segment_source(source, VoiceGate(None, lambda: silero), VadSegmenter()))
        return events, source.health().delivered_ms
    source, segmenter, gate = WavSource(path), VadSegmenter(), VoiceGate(None, lambda: silero)
    source.start()
    events = []
    while not source.has_ended:
        if (frame := source.read(0.1)) is not None:
            quiet = np.rint(np.frombuffer(frame.pcm, "<i2") * gain).astype("<i2").tobytes()
            events += segmenter.feed(AudioFrame(quiet, frame.at_ms), gate.is_speech(quiet))
    return events + segmenter.flush(), source.health().delivered_ms


def kept_ms(events: list[SpeechEvent]) -> int:
    return sum(FRAME_MS for event in events if isinstance(event, SpeechAudio))


def test_recorded_noise_is_not_taken_for_speech(shared_audio: Path, silero: SileroModel) -> None:
    heard = {path.stem: speech_of(path, silero) for path in sorted((shared_audio / "noise").glob("*.flac"))}
    assert len(heard) >= 10
    total_ms = sum(length_ms for _, length_ms in heard.values())
    false_ms = sum(kept_ms(events) for events, _ in heard.values())
    assert false_ms < 0.01 * total_ms
    false = {name: events for name, (events, _) in heard.items() if events}
    assert len(false) <= 1, sorted(false)


@pytest.mark.parametrize("gain", [1.0, 10 ** (-30 / 20)])
def test_recorded_speech_is_found_also_when_it_is_quiet(
    shared_audio: Path, silero: SileroModel, gain: float
) -> None:
    paths = [path for kind in ("en", "zh", "yue") for path in sorted((shared_audio / kind).glob("*.flac"))]
    assert len(paths[::3]) >= 15
    found = {
        path.name: any(isinstance(event, SpeechStarted) for event in speech_of(path, silero, gain)[0])
        for path in paths[::3]
    }
    assert [name for name, is_found in found.items() if not is_found] == []


def test_every_timed_word_is_kept(shared_audio: Path, silero: SileroModel) -> None:
    tables = sorted((shared_audio / "refs" / "word_times").glob("*"))
    if not tables:
        pytest.skip("no word times beside this checkout")
    words, lost = 0, []
    for table in tables:
        (path,) = shared_audio.glob(f"*/{table.stem}.flac")
        pieces = [event for event in speech_of(path, silero)[0] if isinstance(event, SpeechAudio)]
        kept = {piece.at_ms // FRAME_MS for piece in pieces}
        for line in table.read_text(encoding="utf-8").splitlines():
            begin, end, word = line.split("\t")[:3]
            frames = range(int(float(begin) * 50) + 1, int(float(end) * 50))
            words += 1
            lost += [f"{path.name}: {word}"] if not kept.issuperset(frames) else []
    assert words > 10
    assert lost == []


@pytest.mark.parametrize("module", ["audio.listener", "audio.listen", "audio.devices", "audio.wav_source"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    heavy = ["sounddevice", "onnxruntime", "pulsectl", "soundfile", "soxr", "torch", "PySide6"]
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    assert run_python(code) == "[]"


def test_silero_brings_no_torch() -> None:
    code = "import sys; from audio.silero import SileroModel; SileroModel(); print('torch' in sys.modules)"
    assert run_python(code) == "False"


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
