"""How long a server may take for what, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteDeadlines:
    """``answer_s``, and ``answer_per_s`` for each second of sound, is the longest silence after the end.

    ``grace_s`` is the silence after a sentence that may be the last one, for servers that never say that
    they are done. ``pong_s`` is long because older servers hear nothing while they compute. ``pauses_s`` lie
    between tries; after the end of an utterance there is one try more than pauses, none after ``give_up_s``.
    """

    connect_s: float = 10.0
    ask_s: float = 2.0
    send_s: float = 15.0
    answer_s: float = 15.0
    answer_per_s: float = 0.5
    grace_s: float = 2.0
    ping_s: float = 20.0
    pong_s: float = 60.0
    close_s: float = 1.0
    spare_s: float = 15.0
    give_up_s: float = 30.0
    pauses_s: tuple[float, ...] = (0.2, 1.0, 3.0, 5.0)
