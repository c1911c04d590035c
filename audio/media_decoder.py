"""Bytes of a recording to 16 kHz mono, by the bundled FFmpeg (PyAV). The only module that knows it.

FFmpeg gets bytes from a ``MediaFile`` only: it is told no name and may open nothing, so neither addresses
nor playlists nor second files are ever followed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from audio import media_problems
from audio.events import Problem
from audio.media_file import HEAD_BYTES, MediaFile, ReadingCancelled, silent_pipe
from audio.media_samples import is_film, samples_of, tag_of
from audio.media_signs import (
    BARE_FORMATS,
    MOST_OGG_PAGE_BYTES,
    PROTECTED_TAGS,
    TAGS,
    WavHeader,
    is_headless_mp4,
    is_list,
    is_ogg_cut,
    is_protected,
    tells_length,
    wav_header,
)
from audio.media_sound import MediaSound, surround_weights
from audio.problems import file_cut_short, file_empty, file_not_audio
from audio.source import SourceFailed

logger = logging.getLogger(__name__)

READ_BYTES: Final = 64 * 1024
MOST_BAD_PACKETS: Final = 500
"""So many in a row before any sound, and it is none."""
MOST_JUNK_BYTES: Final = 512
"""So much between two frames is no missing sound."""
CUT_SHORT_S: Final = 1.0
"""Less sound than promised by more than this is a notice."""
LONGEST_S: Final = 1000 * 3600.0
"""A header that promises more is not believed."""


class MediaDecoder:
    """One pass through one recording.

    Constructing opens it and raises ``SourceFailed``; ``pieces`` decodes it. ``duration_ms`` is what its
    header says, or a guess from its size; ``endings`` are notices about how it ended, there at the end;
    ``tracks`` of sound there are, of which one is heard.
    """

    def __init__(self, file: MediaFile) -> None:
        self._file = file
        self.sound = MediaSound()
        self.bad_packets = 0
        self.endings: tuple[Problem, ...] = ()
        self._was_refused = False
        head = file.peek(0, HEAD_BYTES)
        self._wav = self._prepared_wav(head)
        self._container = self._opened(head)
        try:
            self._stream = self._best_stream()
        except SourceFailed:
            self.close()
            raise
        self.tracks = len(self._container.streams.audio)
        formats = self._container.format.name
        self._tells_length = tells_length(formats, file.peek)
        self._is_bare = bool(BARE_FORMATS & set(formats.split(",")))
        self._heard_to_byte = 0
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
            raise SourceFailed(self._why_unheard())
        yield self.sound.flush()
        self.endings = self.endings or self._how_it_ended()

    def _opened(self, head: bytes) -> Any:
        import av

        if is_list(head):
            raise SourceFailed(media_problems.recording_is_list(self._file.shown_name))
        if is_protected(head):
            raise SourceFailed(media_problems.recording_protected(self._file.shown_name))
        try:
            return av.open(
                self._file, "r", metadata_errors="replace", buffer_size=READ_BYTES,
                io_open=self._open_another, container_options={"protocol_whitelist": "none"},
            )  # fmt: skip
        except ReadingCancelled:
            raise
        except Exception as error:  # whatever the library makes of what is no recording
            logger.info("not opened as a recording: %s", type(error).__name__)
            raise SourceFailed(self._why_unheard()) from error

    def _prepared_wav(self, head: bytes) -> WavHeader | None:
        """The header of a WAV in a file, which FFmpeg is then shown as if it were right.

        It is read in order, for FFmpeg would step through whatever stands behind the sound, if need be
        eight bytes at a time through gigabytes.
        """
        header, size_bytes = wav_header(head), self._file.size_bytes
        if header is None or size_bytes is None or head[:4] != b"RIFF":
            return None
        self._file.is_read_in_order = True
        if header.is_wrapped(size_bytes):
            self._file.correction = (header.size_at, b"\xff\xff\xff\xff")
        return header

    def _open_another(self, url: str, flags: int, options: dict[str, str]) -> NoReturn:
        """A recording wants another file or an address opened: never."""
        self._was_refused = True
        raise PermissionError("a recording may not name other files")

    def _why_unheard(self) -> Problem:
        file, name = self._file, self._file.shown_name
        if file.nothing_came():
            raise silent_pipe(file)
        if self._was_refused:
            return media_problems.recording_is_list(name)
        head = file.peek(0, HEAD_BYTES)
        if is_headless_mp4(head):
            return media_problems.recording_headless(name)
        if self._wav is not None and len(head) <= self._wav.size_at + 4:
            return file_empty(name)
        if file.broke_off:
            return media_problems.recording_broke_off(name)
        return media_problems.recording_not_seekable(name) if not file.is_seekable else file_not_audio(name)

    def _best_stream(self) -> Any:
        """The sound track a player would choose. Raises ``SourceFailed`` when there is none to be heard."""
        name = self._file.shown_name
        tracks = self._container.streams
        if not tracks.audio:
            has_pictures = is_film(self._container)
            raise SourceFailed(
                media_problems.recording_without_sound(name) if has_pictures else file_not_audio(name)
            )
        stream = tracks.best("audio") or tracks.audio[0]
        codec = stream.codec_context
        if tag_of(codec) in PROTECTED_TAGS:
            raise SourceFailed(media_problems.recording_protected(name))
        if codec is None:
            raise SourceFailed(media_problems.recording_codec_unknown(name, "unknown"))
        rate_hz, channels = codec.sample_rate, codec.channels
        if rate_hz and channels and not (1_000 <= rate_hz <= 768_000 and channels <= 64):
            raise SourceFailed(media_problems.recording_odd(name, rate_hz, channels))
        return stream

    def _duration_ms(self) -> int | None:
        stream, container = self._stream, self._container
        if self._wav is not None:
            return self._wav.length_ms(self._file.size_bytes or 0) or None
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
                missing_s = self._skipped_s(packet) if self._is_bare else self._clock_gap_s(frame)
                yield from self.sound.fill(missing_s) if missing_s else ()
                yield from self._heard(frame)
            if packet.pos is not None:
                self._heard_to_byte = packet.pos + packet.size

    def _skipped_s(self, packet: Any) -> float:
        """How much sound stood between the packet before and this one, by the bytes that it took."""
        skipped_bytes = (packet.pos or 0) - self._heard_to_byte
        if self.sound.now_s == 0.0 or skipped_bytes < MOST_JUNK_BYTES or not packet.duration:
            return 0.0
        if self._file.peek(self._heard_to_byte, 3) in TAGS:
            return 0.0
        packet_s = float(packet.duration * packet.time_base)
        return float(skipped_bytes * packet_s / max(packet.size, 1))

    def _clock_gap_s(self, frame: Any) -> float:
        """How far the recording's own clock is ahead of what was heard."""
        clock_s = None if frame.pts is None else float(frame.pts * frame.time_base)
        return self.sound.gap_s(clock_s, self._starts_s())

    def _count_bad(self, packet: Any) -> None:
        self.bad_packets += 1
        if self.sound.now_s > 0.0:
            return
        if packet.has_sidedata("encryption_info"):
            raise SourceFailed(media_problems.recording_protected(self._file.shown_name))
        if self.bad_packets >= MOST_BAD_PACKETS:
            raise SourceFailed(self._why_unheard())

    def _heard(self, frame: Any) -> Iterator[bytes]:
        names = tuple(channel.name for channel in frame.layout.channels)
        try:
            yield self.sound.feed(samples_of(frame), frame.sample_rate, surround_weights(names))
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
            return (media_problems.recording_broke_off(name),)
        if growth_bytes > 0:
            return (media_problems.recording_grew(name),)
        is_less = self.sound.now_s + CUT_SHORT_S < promised_s
        is_less = is_less or (self._wav is not None and self._wav.is_cut(file.size_bytes or 0))
        if growth_bytes < 0 or is_less or self._is_ogg_cut():
            return (file_cut_short(name),)
        return ()

    def _is_ogg_cut(self) -> bool:
        if self._container.format.name != "ogg" or not self._file.is_seekable:
            return False
        return is_ogg_cut(self._file.peek(-2 * MOST_OGG_PAGE_BYTES, 2 * MOST_OGG_PAGE_BYTES))
