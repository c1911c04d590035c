"""A process of its own under a ceiling of memory: batches grow until one does not fit, and nothing is lost.

Used by ``test_batch_ceiling.py``; prints one line of JSON. Arguments: the model's folder, how much more
memory than at rest it may have (MiB), how many utterances.
"""

from __future__ import annotations

import json
import queue
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from recognizer import messages
from recognizer.events import ModelSpec, Priority
from recognizer.worker.batch_plan import BatchLimits, BatchPlan, Piece
from recognizer.worker.server import Server
from tests.recognizer.worker.test_second_pass import noise


class Greedy(BatchPlan):
    """Does not look at the free memory, nor at the time: only a failure stops it."""

    def __init__(self) -> None:
        super().__init__(BatchLimits(take_ms=1e12))
        self.failures = 0
        self.largest = 0

    def choose(self, waiting: Sequence[Piece], room_bytes: int | None) -> tuple[Piece, ...]:
        batch = super().choose(waiting, None)
        self.largest = max(self.largest, len(batch))
        return batch

    def ran_out_of_memory(self, padded_ms: int) -> None:
        self.failures += 1
        super().ran_out_of_memory(padded_ms)


def address_space_bytes() -> int:
    """What this process has mapped."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def main(folder: str, more_mib: int, count: int) -> None:
    """Hear ``count`` utterances of twelve seconds."""
    inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
    said: list[messages.FromWorker] = []
    server = Server(inbox, said.append)
    inbox.put(messages.Load(ModelSpec("whole", "m", folder, "cpu", "fp32")))
    server.turn()
    assert server._batches is not None, said
    plan = server._batches._plan = Greedy()
    sounds = [noise(16_000 * 12, seed) for seed in range(4)]

    def hear(first: int, last: int) -> None:
        for number in range(first, last):
            inbox.put(messages.Begin(number, Priority.FILE))
            inbox.put(messages.Audio(number, sounds[number % 4]))
            inbox.put(messages.End(number))
        while not inbox.empty() or server.has_work:
            server.turn()

    hear(0, 4)  # threads and caches are there
    ceiling = address_space_bytes() + (more_mib << 20)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, resource.RLIM_INFINITY))
    hear(4, count)
    done = [each for each in said if isinstance(each, messages.UtteranceDone)]
    texts = {each.utterance_id % 4: each.text for each in done}
    print(
        json.dumps(
            {
                "answered": sorted(each.utterance_id for each in done) == list(range(count)),
                "all_say_the_same": all(texts[each.utterance_id % 4] == each.text != "" for each in done),
                "refused": sum(isinstance(each, messages.UtteranceRefused) for each in said),
                "failures": plan.failures,
                "largest_batch": plan.largest,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
