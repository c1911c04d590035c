"""Synthesises the short sounds of the program into resources/sounds. Standard library only.

    python3 build/make_earcons.py

Each is a soft mallet: a sine with a quiet octave and a fast decay. Up means go on, down means over:
``ready`` one high tone, ``landed`` two tones up, ``failed`` two tones down and lower, ``cancelled`` one low.
"""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path

RATE_HZ = 48_000
PEAK = 0.22  # quiet beside speech and music
ATTACK_S = 0.006
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "sounds"
# name: (starts at s, frequency Hz, decay s)
EARCONS = {
    "ready": ((0.0, 880.0, 0.055),),
    "landed": ((0.0, 659.26, 0.06), (0.075, 987.77, 0.085)),
    "failed": ((0.0, 392.0, 0.09), (0.13, 293.66, 0.14)),
    "cancelled": ((0.0, 329.63, 0.07),),
}


def tone(at_s: float, frequency_hz: float, decay_s: float) -> float:
    """One mallet stroke ``at_s`` after it was struck."""
    if at_s < 0.0:
        return 0.0
    rise = min(1.0, at_s / ATTACK_S)
    turn = 2.0 * math.pi * frequency_hz * at_s
    return rise * math.exp(-at_s / decay_s) * (math.sin(turn) + 0.18 * math.sin(2.0 * turn))


def samples(strokes: tuple[tuple[float, float, float], ...]) -> array.array[int]:
    """16-bit samples until the last stroke has died away, ending at exactly zero."""
    length = int(RATE_HZ * max(start + 7.0 * decay for start, _, decay in strokes))
    times = [index / RATE_HZ for index in range(length)]
    waves = [sum(tone(at_s - start, hz, decay) for start, hz, decay in strokes) for at_s in times]
    loudest, fade = max(map(abs, waves)), RATE_HZ // 100
    faded = [each * min(1.0, (length - 1 - index) / fade) for index, each in enumerate(waves)]
    return array.array("h", (round(each / loudest * PEAK * 32767) for each in faded))


def main() -> None:
    """Write every sound."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, strokes in EARCONS.items():
        pcm = samples(strokes)
        if sys.byteorder == "big":
            pcm.byteswap()
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE_HZ)
            sound.writeframes(pcm.tobytes())


if __name__ == "__main__":
    main()
