"""Any recording behind the interface of a microphone: everything that the bundled FFmpeg decodes, films too.

Sound is decoded as it is read, so memory does not grow with length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from audio.events import AudioFrame
from audio.media_decoder import MediaDecoder
from audio.media_file import (
    PATIENCE_S,
    MediaFile,
    ReadingCancelled,
    never,
)
from audio.media_place import MediaPlace, is_one_way, shown_name
from audio.media_problems import recording_has_gaps, recording_has_tracks
from audio.problems import file_empty
from audio.resampler import Framer
from audio.source import SourceFailed, SourceHealth


def open_media(
    place: MediaPlace, is_cancelled: Callable[[], bool] = never, patience_s: float = PATIENCE_S
) -> MediaSource:
    """A recording that was opened and whose first sound was decoded. Raises ``SourceFailed``."""
    source = MediaSource(place, is_cancelled, patience_s)
    source.start()
    return source


class MediaSource:
    """An ``AudioSource`` on a recording, as fast as it is read.

    ``start`` raises ``SourceFailed`` for what cannot be heard at all; what breaks later is heard as far as
    it goes, with a notice in ``health``. Damage in the middle becomes silence of the same length. A pipe
    can be started once. ``is_cancelled`` is asked now and then; once it is true, the sound ends.
    """

    def __init__(
        self, place: MediaPlace, is_cancelled: Callable[[], bool] = never, patience_s: float = PATIENCE_S
    ) -> None:
        self._place = place
        self._is_cancelled = is_cancelled
        self._patience_s = patience_s
        self._frames: deque[AudioFrame] = deque()
        self._framer = Framer()
        self._file: MediaFile | None = None
        self._decoder: MediaDecoder | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._health = SourceHealth()
        self._is_read_out = False
        self.duration_ms: int | None = None
        """How long the recording says it is, a guess where it does not; ``None`` where nobody knows."""

    @property
    def name(self) -> str:
        """The file's name, as it can be shown."""
        return shown_name(self._place)

    @property
    def has_ended(self) -> bool:
        """Every frame has been read."""
        return self._is_read_out and not self._frames

    def prepare(self) -> None:
        """Look at the recording and close it again; what can be read only once is left alone.

        Raises ``SourceFailed``.
        """
        if not is_one_way(self._place):
            self.start()
            self.close()

    def start(self) -> None:
        """Begin at the beginning, with the first sound decoded. Raises ``SourceFailed``."""
        self.close()
        self._frames.clear()
        self._framer = Framer()
        self._is_read_out = False
        try:
            self._open()
        except ReadingCancelled:
            self.close()
        except SourceFailed:
            self.close()
            raise

    def read(self, timeout_s: float) -> AudioFrame | None:
        """The next frame; ``None`` at the end. A file does not make one wait, a pipe only so long."""
        while not self._frames and not self._is_read_out:
            self._take_piece()
        return self._frames.popleft() if self._frames else None

    def stop(self) -> None:
        """Read no further."""
        self._health = self.health()
        self._is_read_out = True
        self._frames.clear()

    def close(self) -> None:
        """Give the file back; safe to repeat."""
        self.stop()
        self._pieces = iter(())
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            decoder.close()
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def health(self) -> SourceHealth:
        """What was decoded, what was missing inside, and what the user should know."""
        decoder = self._decoder
        if decoder is None:
            return self._health
        lost_ms = round(decoder.sound.lost_s * 1000)
        gaps = (recording_has_gaps(self.name, lost_ms),) if lost_ms else ()
        others = (recording_has_tracks(self.name, decoder.tracks),) if decoder.tracks > 1 else ()
        notices = others + gaps + decoder.endings
        return SourceHealth(self._framer.next_at_ms, lost_ms, decoder.bad_packets, notices=notices)

    def _open(self) -> None:
        self._health = SourceHealth()
        self._file = MediaFile(self._place, self._is_cancelled, self._patience_s)
        self._decoder = MediaDecoder(self._file)
        self.duration_ms = self._decoder.duration_ms
        self._pieces = self._decoder.pieces()
        self._take_piece()
        if self.has_ended and not self._is_cancelled():
            raise SourceFailed(file_empty(self.name))

    def _take_piece(self) -> None:
        """Decode until there is at least one more frame, or the end. Raises ``SourceFailed``."""
        try:
            for pcm in self._pieces:
                self._frames.extend(self._framer.feed(pcm))
                if self._frames:
                    return
        except ReadingCancelled:
            pass
        self._frames.extend(self._framer.flush())
        self._is_read_out = True
