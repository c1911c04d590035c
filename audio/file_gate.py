"""Is this frame of a recording speech? The gate of ``audio.vad``, in blocks: several times as fast.

What comes is known before it is judged, so webrtcvad hears a whole block and Silero hears pieces of it side
by side, each after a little of what stands before it, and none of a piece in which webrtcvad hears nothing.
It lets more pass than the gate for dictation: what it leaves out of a recording is lost.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio.events import Problem
from audio.level import QuietLift
from audio.pcm import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, to_float32
from audio.problems import SILERO_MISSING
from audio.silero import CONTEXT_SAMPLES, WINDOW_SAMPLES, SileroMissing, SileroModel
from audio.vad import BACKLOG_FRAMES, EXIT_DROP, GATE_HOLD_FRAMES, LoadSilero, VadSettings, WebrtcGate

MOST_WEBRTC_MODE: Final = 1
THRESHOLD_DROP: Final = 0.15
"""Of 101 utterances in seven minutes of a meeting the gate for dictation leaves out 16, this one 5; of noise
4 % instead of 2 is then heard, which costs time, while what is left out is lost."""
LANE_FRAMES: Final = 4_000 // FRAME_MS
LANE_WINDOWS: Final = LANE_FRAMES * FRAME_SAMPLES // WINDOW_SAMPLES
"""A lane is 125 of Silero's windows, without a rest."""
WARM_UP_WINDOWS: Final = 20
"""What Silero hears before a lane, 640 ms, so that it is awake."""
BEFORE_SAMPLES: Final = WARM_UP_WINDOWS * WINDOW_SAMPLES + CONTEXT_SAMPLES
BLOCK_FRAMES: Final = 8 * LANE_FRAMES

Flags = npt.NDArray[np.bool_]


class FileGate:
    """Decides on blocks of frames, in order; one for each recording. Best fed ``BLOCK_FRAMES`` at a time.

    Where ``load_silero`` raises ``SileroMissing`` webrtcvad decides alone and ``notices`` says so.
    """

    def __init__(self, settings: VadSettings | None = None, load_silero: LoadSilero = SileroModel) -> None:
        settings = settings or VadSettings()
        self._webrtc = WebrtcGate(min(settings.webrtc_mode, MOST_WEBRTC_MODE))
        self._threshold = max(0.05, settings.silero_threshold - THRESHOLD_DROP)
        self._exit = max(0.01, self._threshold - EXIT_DROP)
        self._wants_silero = settings.use_silero
        self._load_silero = load_silero
        self._silero: SileroModel | None = None
        self._lift = QuietLift()
        self._before: npt.NDArray[np.float32] | None = None
        self._hold_frames = 0
        self._is_speech = False
        self.notices: tuple[Problem, ...] = ()

    def flags(self, pcm: bytes) -> list[bool]:
        """Whether each 20 ms of ``pcm``, which is whole frames, are speech."""
        if not pcm:
            return []
        lifted = self._lift.lift_many(pcm)
        voiced = self._webrtc.voiced(lifted)
        is_open = self._opened(voiced)
        sound = to_float32(lifted)
        if self._before is None:  # from nothing into a room's noise would sound like a word
            self._before = np.resize(sound[:BEFORE_SAMPLES][::-1], BEFORE_SAMPLES)
        sound = np.concatenate([self._before, sound])
        self._before = sound[-BEFORE_SAMPLES:]
        if not self._wants_silero or not is_open.any():
            self._is_speech = False
            return voiced
        silero = self._awake()
        return voiced if silero is None else self._confirmed(silero, sound, is_open)

    def _opened(self, voiced: list[bool]) -> Flags:
        """From a little before webrtcvad's first voiced frame to a while after its last."""
        is_open = np.zeros(len(voiced), np.bool_)
        for at, is_voiced in enumerate(voiced):
            if is_voiced:
                is_open[max(0, at - BACKLOG_FRAMES) : at + 1] = True
                self._hold_frames = GATE_HOLD_FRAMES
            elif self._hold_frames:
                self._hold_frames -= 1
                is_open[at] = True
        return is_open

    def _awake(self) -> SileroModel | None:
        if self._silero is None:
            try:
                self._silero = self._load_silero()
            except SileroMissing:
                self._wants_silero = False
                self.notices = (SILERO_MISSING,)
        return self._silero

    def _confirmed(self, silero: SileroModel, sound: npt.NDArray[np.float32], is_open: Flags) -> list[bool]:
        frames = len(is_open)
        lanes = [at for at in range(0, frames, LANE_FRAMES) if is_open[at : at + LANE_FRAMES].any()]
        probabilities = np.zeros(frames + LANE_FRAMES, np.float32)
        for at, found in zip(lanes, _probabilities(silero, sound, lanes), strict=True):
            probabilities[at : at + LANE_FRAMES] = found
        flags = []
        for at, probability in enumerate(probabilities[:frames].tolist()):
            self._is_speech = probability >= (self._exit if self._is_speech else self._threshold)
            flags.append(bool(self._is_speech and is_open[at]))
        return flags


def _probabilities(
    silero: SileroModel, sound: npt.NDArray[np.float32], lanes: list[int]
) -> npt.NDArray[np.float32]:
    """``(lanes, frames of a lane)``: of speech. ``sound`` begins ``BEFORE_SAMPLES`` before frame 0."""
    padded = np.concatenate([sound, np.zeros(LANE_FRAMES * FRAME_SAMPLES, np.float32)])
    begins = np.array(lanes)[:, np.newaxis] * FRAME_SAMPLES + np.arange(CONTEXT_SAMPLES + WINDOW_SAMPLES)
    states = np.zeros((2, len(lanes), 128), np.float32)
    heard = np.zeros((len(lanes), LANE_WINDOWS), np.float32)
    for number in range(-WARM_UP_WINDOWS, LANE_WINDOWS):
        window = padded[begins + (number + WARM_UP_WINDOWS) * WINDOW_SAMPLES]
        found, states = silero.run_many(window, states)
        if number >= 0:
            heard[:, number] = found
    centres = (np.arange(LANE_FRAMES) * FRAME_SAMPLES + FRAME_SAMPLES // 2) // WINDOW_SAMPLES
    spread: npt.NDArray[np.float32] = heard[:, centres]
    return spread


assert LANE_WINDOWS * WINDOW_SAMPLES == LANE_FRAMES * FRAME_SAMPLES == LANE_FRAMES * FRAME_BYTES // 2
