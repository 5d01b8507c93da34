"""The sound of a lecture as the recognizers want it: mono, 16 kHz, block by block, on the video's clock.

Decoding goes through PyAV, so no ffmpeg program and no ffprobe is needed, and nothing is held but the block
at hand: two and a half hours take no more memory than five minutes.
"""

from __future__ import annotations

__all__ = ["read_audio"]

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import MediaError
from pipeline.interfaces import Samples
from pipeline.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

# A track's clock may be this far off what was decoded before silence is put in or sound is dropped. Below
# lies jitter: codecs' own delay, and containers that round their times to milliseconds.
CLOCK_TOLERANCE_S = 0.12
# A damaged file may claim any time; no jump is longer than this.
LONGEST_JUMP_S = 6 * 3600.0
BLOCK_S = 1.0
UNREADABLE_PLACES = 100


def _nobody(start_s: float, end_s: float) -> None:
    """Is told and says nothing."""


def read_audio(path: Path, missing: Callable[[float, float], None] = _nobody) -> Iterator[Samples]:
    """The first audio track, from the video's beginning, in blocks of about a second.

    Where the track starts late, pauses, or has packets that do not decode, there is silence of that length,
    so that the n-th sample always is the sound at n / 16,000 seconds of the video. All channels are mixed.

    Args:
        path: the media file.
        missing: is told where in the track's middle there is silence for want of sound, `(start_s, end_s)`.

    Yields:
        Mono samples at 16 kHz, in [-1, 1]; nothing at all for a track without a single frame.

    Raises:
        MediaError: there is no audio track, or nothing in it can be decoded.
    """
    import av

    try:
        with av.open(
            str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace"
        ) as container:
            if not container.streams.audio:
                raise _unreadable(path, "it has no audio track")
            yield from _in_blocks(_decoded(container, path, missing))
    except av.error.FFmpegError as error:
        raise _unreadable(path, str(error.strerror or error)) from error


def _unreadable(path: Path, reason: str) -> MediaError:
    return MediaError(
        f"transcribe: the sound of {path.name} cannot be decoded: {reason}",
        kept="the media file as it is",
        fix="export the lecture again, or name its captions with --set transcribe.captions=FILE",
    )


def _in_blocks(pieces: Iterator[Samples]) -> Iterator[Samples]:
    held: list[Samples] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK_S * SAMPLE_RATE:
            yield np.concatenate(held)
            held, size = [], 0
    if size:
        yield np.concatenate(held)


def _decoded(
    container: InputContainer, path: Path, missing: Callable[[float, float], None]
) -> Iterator[Samples]:
    """Decoded pieces, with silence put in wherever the track's clock runs ahead of them."""
    origin_s = (container.start_time or 0) / 1_000_000
    tolerance = CLOCK_TOLERANCE_S * SAMPLE_RATE
    convert = _Converter()
    position = damaged = 0
    for frame in _frames(container):
        if frame is None:
            damaged += 1
            continue
        if frame.pts is not None and frame.time_base is not None:
            lacking = round((float(frame.pts * frame.time_base) - origin_s) * SAMPLE_RATE) - position
            if tolerance < lacking < LONGEST_JUMP_S * SAMPLE_RATE:
                if position:  # a track that starts late lacks nothing
                    missing(position / SAMPLE_RATE, (position + lacking) / SAMPLE_RATE)
                position += lacking
                yield from _silence(lacking)
            elif lacking + frame.samples * SAMPLE_RATE / frame.sample_rate <= -tolerance:
                continue  # from before the video's beginning, or sent twice
        for samples in convert(frame):
            position += len(samples)
            yield samples
    yield from convert(None)
    if position == 0 and damaged:
        raise _unreadable(path, f"all {damaged} packets of its audio track are damaged")


def _frames(container: InputContainer) -> Iterator[AudioFrame | None]:
    """Frames in order; None for a packet that does not decode, or for where the file breaks off."""
    import av

    packets = container.demux(container.streams.audio[0])
    failures = 0
    while failures < UNREADABLE_PLACES:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            # The demuxer stands behind the damage now and finds its footing again, if anything follows.
            failures += 1
            packets = container.demux(container.streams.audio[0])
            yield None
            continue
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            yield None


class _Converter:
    """Turns decoded frames into mono samples at 16 kHz. A stream may change its format on the way
    (recordings that were joined), which takes a new resampler."""

    def __init__(self) -> None:
        self._resampler: Any = None
        self._format: object = None

    def __call__(self, frame: AudioFrame | None) -> Iterator[Samples]:
        from av.audio.resampler import AudioResampler

        if frame is not None:
            given = (frame.format.name, frame.layout.name, frame.sample_rate)
            if given != self._format:
                yield from self(None)
                self._format = given
                self._resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            frame.pts = None
        if self._resampler is not None:
            for piece in self._resampler.resample(frame):
                yield _samples(piece)


def _samples(frame: Any) -> Samples:
    samples: Samples = np.nan_to_num(frame.to_ndarray().reshape(-1).astype(np.float32))
    return np.clip(samples, -1.0, 1.0)


def _silence(size: int) -> Iterator[Samples]:
    block = 10 * SAMPLE_RATE
    for start in range(0, size, block):
        yield np.zeros(min(block, size - start), np.float32)
