"""Bytes of a recording to 16 kHz mono, by the bundled FFmpeg (PyAV). The only module that knows it.

FFmpeg gets bytes from a ``MediaFile`` only: it is told no name and may open nothing, so neither addresses
nor playlists nor second files are ever followed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import numpy as np

from audio.events import Problem
from audio.media_file import HEAD_BYTES, MediaFile, ReadingCancelled, silent_pipe
from audio.media_problems import (
    recording_broke_off,
    recording_codec_unknown,
    recording_grew,
    recording_headless,
    recording_is_list,
    recording_not_seekable,
    recording_odd,
    recording_protected,
    recording_without_sound,
)
from audio.media_signs import (
    MOST_OGG_PAGE_BYTES,
    PROTECTED_TAGS,
    has_wrapped_wav_size,
    is_headless_mp4,
    is_list,
    is_ogg_cut,
    is_protected,
    tells_length,
)
from audio.media_sound import MediaSound, Samples, surround_weights
from audio.problems import file_cut_short, file_not_audio
from audio.source import SourceFailed

logger = logging.getLogger(__name__)

READ_BYTES: Final = 64 * 1024
MOST_BAD_PACKETS: Final = 500
"""So many in a row before any sound, and it is none."""
CUT_SHORT_S: Final = 1.0
"""Less sound than promised by more than this is a notice."""
LONGEST_S: Final = 1000 * 3600.0
"""A header that promises more is not believed."""
NO_SOUND_EITHER: Final = frozenset({"tty", "image2", "gif", "apng", "ico", "webp_anim", "svg_pipe"})
"""Formats of pictures and text that FFmpeg would show as films."""
SAMPLES: Final = {  # how a sample is held, and its loudest value
    "u8": ("u1", 2.0**7), "s16": ("<i2", 2.0**15), "s32": ("<i4", 2.0**31), "s64": ("<i8", 2.0**63),
    "flt": ("<f4", 1.0), "dbl": ("<f8", 1.0),
}  # fmt: skip


class MediaDecoder:
    """One pass through one recording.

    Constructing opens it and raises ``SourceFailed``; ``pieces`` decodes it. ``duration_ms`` is what its
    header says, or a guess from its size; ``endings`` are notices about how it ended, there at the end.
    """

    def __init__(self, file: MediaFile) -> None:
        self._file = file
        self.sound = MediaSound()
        self.bad_packets = 0
        self.endings: tuple[Problem, ...] = ()
        self._was_refused = False
        head = file.peek(0, HEAD_BYTES)
        self._container = self._opened(head)
        try:
            self._stream = self._best_stream()
        except SourceFailed:
            self.close()
            raise
        self._tells_length = tells_length(self._container.format.name, file.peek)
        self.duration_ms = self._duration_ms()

    def close(self) -> None:
        """Give up the library's memory; safe to repeat."""
        self._container.close()

    def pieces(self) -> Iterator[bytes]:
        """16 kHz mono s16le from the beginning to the end, or to where it breaks.

        Raises ``SourceFailed`` where nothing at all can be decoded, and ``ReadingCancelled``.
        """
        try:
            yield from self._decoded()
        except (SourceFailed, ReadingCancelled):
            raise
        except Exception as error:  # noqa: BLE001  # a decoder met what nobody thought of: keep what came
            logger.warning("decoding stopped: %s", type(error).__name__)
            self.endings = (file_cut_short(self._file.shown_name),)
        if self.sound.now_s == 0.0:
            self._refuse(None)
        yield self.sound.flush()
        self.endings = self.endings or self._how_it_ended()

    def _opened(self, head: bytes) -> Any:
        import av

        if is_list(head):
            raise SourceFailed(recording_is_list(self._file.shown_name))
        if is_protected(head):
            raise SourceFailed(recording_protected(self._file.shown_name))
        options = {"protocol_whitelist": "none"}  # belt; the braces are io_open
        if has_wrapped_wav_size(head, self._file.size_bytes):
            options["ignore_length"] = "1"
        try:
            return av.open(
                self._file, "r", container_options=options, metadata_errors="replace",
                buffer_size=READ_BYTES, io_open=self._open_another,
            )  # fmt: skip
        except ReadingCancelled:
            raise
        except Exception as error:  # noqa: BLE001  # whatever the library makes of what is no recording
            logger.info("not opened as a recording: %s", type(error).__name__)
            self._refuse(error)

    def _open_another(self, url: str, flags: int, options: dict[str, str]) -> NoReturn:
        """A recording wants another file or an address opened: never."""
        self._was_refused = True
        raise PermissionError("a recording may not name other files")

    def _refuse(self, error: Exception | None) -> NoReturn:
        """Say why nothing can be heard."""
        raise SourceFailed(self._why_unheard()) from error

    def _why_unheard(self) -> Problem:
        file, name = self._file, self._file.shown_name
        if file.nothing_came():
            raise silent_pipe(file)
        if self._was_refused:
            return recording_is_list(name)
        if is_headless_mp4(file.peek(0, 16)):
            return recording_headless(name)
        if file.broke_off:
            return recording_broke_off(name)
        return recording_not_seekable(name) if not file.is_seekable else file_not_audio(name)

    def _best_stream(self) -> Any:
        """The sound track a player would choose. Raises ``SourceFailed`` when there is none to be heard."""
        name = self._file.shown_name
        tracks = self._container.streams
        if not tracks.audio:
            formats = set(self._container.format.name.split(","))
            is_film = bool(tracks.video) and not formats & NO_SOUND_EITHER
            is_film = is_film and not any(each.endswith("_pipe") for each in formats)
            raise SourceFailed(recording_without_sound(name) if is_film else file_not_audio(name))
        stream = tracks.best("audio") or tracks.audio[0]
        codec = stream.codec_context
        if _tag(codec) in PROTECTED_TAGS:
            raise SourceFailed(recording_protected(name))
        if codec is None:
            raise SourceFailed(recording_codec_unknown(name, "unknown"))
        rate_hz, channels = codec.sample_rate, codec.channels
        if rate_hz and channels and not (1_000 <= rate_hz <= 768_000 and channels <= 64):
            raise SourceFailed(recording_odd(name, rate_hz, channels))
        return stream

    def _duration_ms(self) -> int | None:
        stream, container = self._stream, self._container
        length_s = float(stream.duration * stream.time_base) if stream.duration else 0.0
        if not length_s and container.duration:
            length_s = container.duration / 1_000_000
        is_known = 0 < length_s < LONGEST_S and (self._file.is_seekable or self._tells_length)
        return round(length_s * 1000) if is_known else None

    def _decoded(self) -> Iterator[bytes]:
        """Everything, packet by packet; a packet that cannot be decoded is skipped and leaves a gap."""
        import av

        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self._count_bad(packet)
                continue
            for frame in frames:
                yield from self._heard(frame)

    def _count_bad(self, packet: Any) -> None:
        self.bad_packets += 1
        if self.sound.now_s > 0.0:
            return
        if packet.has_sidedata("encryption_info"):
            raise SourceFailed(recording_protected(self._file.shown_name))
        if self.bad_packets >= MOST_BAD_PACKETS:
            self._refuse(None)

    def _heard(self, frame: Any) -> Iterator[bytes]:
        """One decoded frame, after the silence that is missing before it."""
        clock_s = None if frame.pts is None else float(frame.pts * frame.time_base)
        if gap_s := self.sound.gap_s(clock_s, self._starts_s()):
            yield from self.sound.fill(gap_s)
        names = tuple(channel.name for channel in frame.layout.channels)
        try:
            yield self.sound.feed(_samples(frame), frame.sample_rate, surround_weights(names))
        except ValueError:  # a rate that no sound has, in the middle of damage
            self.bad_packets += 1

    def _starts_s(self) -> float:
        """When the recording begins by its own clock: its pictures may begin before its sound."""
        start = self._container.start_time
        return 0.0 if start is None else start / 1_000_000

    def _how_it_ended(self) -> tuple[Problem, ...]:
        file, name = self._file, self._file.shown_name
        growth_bytes = file.growth_bytes()
        promised_s = (self.duration_ms or 0) / 1000 if self._tells_length else 0.0
        if file.broke_off:
            return (recording_broke_off(name),)
        if growth_bytes > 0:
            return (recording_grew(name),)
        is_less = self.sound.now_s + CUT_SHORT_S < promised_s
        if growth_bytes < 0 or is_less or self._is_ogg_cut():
            return (file_cut_short(name),)
        return ()

    def _is_ogg_cut(self) -> bool:
        if self._container.format.name != "ogg" or not self._file.is_seekable:
            return False
        return is_ogg_cut(self._file.peek(-2 * MOST_OGG_PAGE_BYTES, 2 * MOST_OGG_PAGE_BYTES))


def _tag(codec: Any) -> str:
    """The four letters by which an MP4 names its sound."""
    return "" if codec is None else str(codec.codec_tag)


def _samples(frame: Any) -> Samples:
    """A decoded frame as ``(n, channels)`` in −1 … 1."""
    kind, loudest = SAMPLES[frame.format.name.removesuffix("p")]
    channels, count = frame.layout.nb_channels, frame.samples
    if frame.format.is_planar:
        planes = [np.frombuffer(plane, kind, count) for plane in frame.planes]
        samples = np.stack(planes, axis=1)
    else:
        samples = np.frombuffer(frame.planes[0], kind, count * channels).reshape(count, channels)
    if loudest == 1.0:
        return np.nan_to_num(samples.astype(np.float32), posinf=1.0, neginf=-1.0)
    middle = loudest if kind == "u1" else 0.0
    return ((samples.astype(np.float32) - np.float32(middle)) / np.float32(loudest)).astype(np.float32)
