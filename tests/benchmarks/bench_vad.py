"""What the way in costs and how well it tells speech: JSON with ``--json``, a table without.

    python -m tests.benchmarks.bench_vad --json [--seconds 600]

Voice detectors on ``../shared/audio`` (left out where absent), their cost for a frame, and a real stream
from a virtual microphone (left out where PulseAudio is not installed) for ``--seconds``: duration of the
callback, blocks dropped, sound lost against the clock, time from start to the first sound.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import webrtcvad

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from audio.device_stream import Tap  # noqa: E402
from audio.events import AudioFrame, SpeechAudio, SpeechStarted  # noqa: E402
from audio.listen import segment_source  # noqa: E402 (the folder above must be known first)
from audio.microphone import Microphone  # noqa: E402
from audio.pcm import FRAME_BYTES, FRAME_MS  # noqa: E402
from audio.segmenter import SegmenterConfig, VadSegmenter  # noqa: E402
from audio.silero import SileroModel, SileroStream  # noqa: E402
from audio.vad import VadSettings, VoiceGate  # noqa: E402
from audio.wav_source import WavSource  # noqa: E402
from tests.benchmarks.figures import report  # noqa: E402
from tests.fakes.sound_server import SoundServer  # noqa: E402
from tests.fakes.voice import silence, voice, write_wav  # noqa: E402

SHARED_AUDIO = ROOT.parent / "shared" / "audio"
SPEECH_KINDS = ("en", "zh", "yue", "en_l2", "en_cmd", "en_noise", "libri_test_other")


def frames_of(sound: np.ndarray) -> list[bytes]:
    """20 ms pieces."""
    pcm = sound.tobytes()
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def median_us(call: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    """Of one call; the median, because other programs run too."""
    durations_s = []
    for argument in arguments:
        begun_s = time.perf_counter()
        call(argument)
        durations_s.append(time.perf_counter() - begun_s)
    return statistics.median(durations_s) * 1e6


def cost_per_frame() -> dict[str, float]:
    """Microseconds for 20 ms of voice, and of silence for the whole gate."""
    model = SileroModel()
    spoken, quiet = frames_of(voice(20_000)), frames_of(silence(20_000))
    webrtc, gate, still = webrtcvad.Vad(2), VoiceGate(None, lambda: model), VoiceGate(None, lambda: model)
    stream, segmenter = SileroStream(model), VadSegmenter(SegmenterConfig())
    numbered = [AudioFrame(frame, index * FRAME_MS) for index, frame in enumerate(spoken)]
    return {
        "webrtcvad_us": median_us(lambda frame: webrtc.is_speech(frame, 16_000), spoken),
        "gate_on_voice_us": median_us(gate.is_speech, spoken),
        "gate_on_silence_us": median_us(still.is_speech, quiet),
        "silero_us_per_32_ms": median_us(stream.feed, [np.zeros(512, np.float32)] * 500),
        "segmenter_us": median_us(lambda frame: segmenter.feed(frame, True), numbered),
    }


def quality(settings: VadSettings, model: SileroModel) -> dict[str, Any]:
    """How much of the clips is taken for speech, and which clips are judged wrong as a whole."""
    found: dict[str, Any] = {}
    for kind in ("noise", *SPEECH_KINDS):
        total_ms = kept_ms = utterances = wrong = clips = 0
        for path in sorted((SHARED_AUDIO / kind).glob("*.flac")):
            source = WavSource(path)
            events = list(segment_source(source, VoiceGate(settings, lambda: model), VadSegmenter()))
            started = sum(isinstance(event, SpeechStarted) for event in events)
            total_ms += source.health().delivered_ms
            kept_ms += FRAME_MS * sum(isinstance(event, SpeechAudio) for event in events)
            utterances, clips = utterances + started, clips + 1
            wrong += (started > 0) == (kind == "noise")
        found[kind] = {
            "clips": clips,
            "clips_wrong": wrong,
            "utterances": utterances,
            "kept_percent": round(100 * kept_ms / max(1, total_ms), 2),
        }
    return found


class TimedTap(Tap):
    """Measures its own callback."""

    def __init__(self) -> None:
        super().__init__()
        self.durations_s: list[float] = []

    def on_block(self, indata: Any, frames: int, moment: Any, status: Any) -> None:
        """PortAudio's callback."""
        begun_s = time.perf_counter()
        super().on_block(indata, frames, moment, status)
        self.durations_s.append(time.perf_counter() - begun_s)


class TimedMicrophone(Microphone):
    """A microphone whose callback is measured."""

    def make_tap(self) -> Tap:
        """The measured one."""
        return TimedTap()


def stream_figures(seconds: float) -> dict[str, Any]:
    """A real stream while the detectors run, as in the program."""
    with tempfile.TemporaryDirectory(prefix="plosive-pulse-") as folder:
        server = SoundServer(Path(folder))
        os.environ["PULSE_SERVER"] = f"unix:{server.socket}"
        server.start()
        try:
            server.say(write_wav(Path(folder, "said.wav"), voice(min(60_000, int(seconds * 1000)))))
            return _listen(seconds) | {"start": _start_figures()}
        finally:
            server.kill()


def _listen(seconds: float) -> dict[str, Any]:
    microphone = TimedMicrophone()
    gate, frames = VoiceGate(), 0
    gate.is_speech(voice(20).tobytes())
    microphone.start()
    cpu_s, begun_s = time.process_time(), time.monotonic()
    while time.monotonic() - begun_s < seconds:
        frame = microphone.read(0.1)
        if frame is not None:
            frames += 1
            gate.is_speech(frame.pcm)
    cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - begun_s
    health, tap = microphone.health(), microphone._tap
    microphone.close()
    assert isinstance(tap, TimedTap)
    ordered_ms = sorted(1e3 * duration_s for duration_s in tap.durations_s)
    return {
        "seconds": round(took_s, 1),
        "frames": frames,
        "dropped_blocks": health.dropped_blocks,
        "lost_ms": health.lost_ms,
        "callback_p50_ms": ordered_ms[len(ordered_ms) // 2],
        "callback_p99_ms": ordered_ms[int(len(ordered_ms) * 0.99)],
        "callback_max_ms": ordered_ms[-1],
        "cpu_percent_of_a_core": 100 * cpu_s / took_s,
    }


def _start_figures(times: int = 10) -> dict[str, float]:
    """Cold starts: from asking until the device is open, and until the first frame is there."""
    microphone = Microphone()
    microphone.prepare()
    open_ms, frame_ms = [], []
    for _ in range(times):
        begun_s = time.perf_counter()
        microphone.start()
        open_ms.append(1e3 * (time.perf_counter() - begun_s))
        assert microphone.read(3.0) is not None
        frame_ms.append(1e3 * (time.perf_counter() - begun_s))
        microphone.stop()
    return {
        "open_p50_ms": statistics.median(open_ms),
        "first_frame_complete_p50_ms": statistics.median(frame_ms),
        "first_frame_began_p50_ms": max(0.0, statistics.median(frame_ms) - FRAME_MS),
    }


def measure(seconds: float) -> dict[str, Any]:
    """Everything; parts that this machine cannot measure are told with the reason."""
    found: dict[str, Any] = {"cost": cost_per_frame()}
    if SHARED_AUDIO.is_dir():
        model = SileroModel()
        found["webrtcvad_alone"] = quality(VadSettings(use_silero=False), model)
        found["with_silero"] = quality(VadSettings(), model)
    else:
        found["with_silero"] = "left out: no ../shared/audio"
    can_stream = shutil.which("pulseaudio") is not None
    found["stream"] = stream_figures(seconds) if can_stream else "left out: no pulseaudio"
    return found


def flat(found: dict[str, Any]) -> dict[str, Any]:
    """One figure a line; what is spread over clips stays together."""
    figures: dict[str, Any] = {}
    for part, measured in found.items():
        if not isinstance(measured, dict):
            figures[part] = measured
            continue
        for name, value in measured.items():
            if part == "stream" and name == "start":
                figures |= {f"start_{key}": round(figure, 1) for key, figure in value.items()}
            else:
                key = name if part == "cost" else f"{part}_{name}"
                figures[key] = round(value, 3) if isinstance(value, float) else value
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to stream (600 for the soak)")
    chosen = parser.parse_args(arguments)
    figures = flat(measure(chosen.seconds))
    targets = {
        "webrtcvad_us": 10.0,
        "stream_callback_p99_ms": 1.0,
        "stream_dropped_blocks": 0,
        "stream_lost_ms": 0,
        "start_first_frame_began_p50_ms": 20.0,
    }
    report("vad", figures, {name: limit for name, limit in targets.items() if name in figures})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
