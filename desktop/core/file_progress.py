"""How fast a job goes and how long it will take. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.core.file_job_facts import FileState, FileView, JobProgress
from desktop.core.file_track import Track
from recognizer.events import MemoryReported


class Pace:
    """Counts sound against time; pauses do not count, nor does what was kept from an earlier job."""

    def __init__(self) -> None:
        self._begun_ms: float | None = None
        self._paused_ms: float | None = None
        self._idle_ms = 0.0
        self._recognised_ms = 0
        self._last_ms = 0.0
        self.memory_bytes = 0
        self.peak_bytes = 0
        self.is_on_card = False

    def begin(self, now_ms: float) -> None:
        """The first segment was sent."""
        if self._begun_ms is None:
            self._begun_ms = now_ms

    def recognised(self, sound_ms: int, now_ms: float) -> None:
        """So much more sound has its text."""
        self._recognised_ms += sound_ms
        self._last_ms = now_ms

    def pause(self, now_ms: float, *, is_paused: bool) -> None:
        """A pause began or ended."""
        if is_paused and self._paused_ms is None:
            self._paused_ms = now_ms
        elif not is_paused and self._paused_ms is not None:
            self._idle_ms += now_ms - max(self._paused_ms, self._begun_ms or now_ms)
            self._paused_ms = None

    def report(self, event: MemoryReported) -> None:
        """What the worker holds: on its device, or of main memory if it has none."""
        is_card = event.reserved_bytes > 0
        self.memory_bytes = event.reserved_bytes if is_card else event.host_rss_bytes
        self.peak_bytes = max(self.peak_bytes, event.peak_bytes, self.memory_bytes)

    def active_ms(self, now_ms: float) -> float:
        """Time spent so far, without pauses."""
        if self._begun_ms is None:
            return 0.0
        end_ms = self._paused_ms if self._paused_ms is not None else now_ms
        return max(0.0, end_ms - self._begun_ms - self._idle_ms)

    def speed(self, now_ms: float) -> float:
        """Sound recognised per time; 0 while nothing is known."""
        active_ms = self.active_ms(now_ms)
        return self._recognised_ms / active_ms if self._recognised_ms and active_ms > 0 else 0.0

    def progress(
        self, tracks: Sequence[Track], current: FileView | None, now_ms: float, *, is_paused: bool
    ) -> JobProgress:
        """Figures for people."""
        done_ms, whole_ms = amounts(tracks)
        speed = self.speed(now_ms)
        left_s = max(0.0, whole_ms - done_ms) / speed / 1000.0 if speed and whole_ms else None
        return JobProgress(
            ended=sum(each.state.is_end for each in tracks),
            total=len(tracks),
            current=current,
            speed=speed,
            left_s=left_s,
            memory_bytes=self.memory_bytes,
            peak_bytes=self.peak_bytes,
            is_on_card=self.is_on_card,
            is_paused=is_paused,
            fraction=min(1.0, done_ms / whole_ms) if whole_ms else 0.0,
        )


def amounts(tracks: Sequence[Track]) -> tuple[float, float]:
    """Sound done and sound in all, in ms. A file not yet opened is judged by its size, and the length that
    the sizes of the others had."""
    known = [each for each in tracks if each.length_ms or each.is_read]
    known_ms = sum(_length_ms(each) for each in known)
    known_bytes = sum(each.file.size_bytes for each in known if _length_ms(each))
    per_byte = known_ms / known_bytes if known_bytes else 0.0
    open_bytes = sum(each.file.size_bytes for each in tracks if not (each.length_ms or each.is_read))
    done_ms = sum(_length_ms(each) if each.state.is_end else each.done_ms for each in known)
    return done_ms, known_ms + open_bytes * per_byte


def _length_ms(track: Track) -> int:
    if track.state in {FileState.FAILED, FileState.SKIPPED}:
        return 0
    return track.heard_ms if track.is_read else max(track.length_ms, track.heard_ms)
