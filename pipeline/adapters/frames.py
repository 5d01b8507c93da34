"""Decoding with PyAV: key frames alone, a few frames a second, or the one picture at a moment.

Times are presentation times in seconds from the start of the video stream's own first frame; a picture is
shown until the next one comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import NoStreams, NotMedia, SourceMissing
from pipeline.interfaces import Pixels
from pipeline.pictures import Grey

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

MAX_BROKEN = 64
"""Packets in a row that fail to decode until the rest of the file is given up."""


@dataclass(frozen=True)
class VideoFacts:
    """What the container says of the video stream."""

    duration_s: float
    width: int
    height: int
    frame_rate: Fraction
    pixel_aspect: float


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file as a container with a video stream, closed at the end.

    Raises:
        SourceMissing, NotMedia, NoStreams: in the user's words.
    """
    import av

    try:
        container = av.open(str(path))
    except FileNotFoundError:
        raise SourceMissing(f"screens: there is no file {path}", fix="run the download stage again") from None
    except (av.FFmpegError, OSError) as error:
        raise NotMedia(
            f"screens: {path.name} cannot be opened: {error}", fix="check that it is a video file"
        ) from error
    with container:
        if not container.streams.video:
            raise NoStreams(f"screens: {path.name} has no video stream", fix="name another file")
        yield container


def facts(path: Path) -> VideoFacts:
    """Size, length and rate of the video stream."""
    with opened(path) as container:
        return facts_of(container)


def facts_of(container: InputContainer) -> VideoFacts:
    stream = container.streams.video[0]
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    if stream.duration is not None and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
    else:
        duration_s = (container.duration or 0) / 1_000_000
    aspect = stream.codec_context.sample_aspect_ratio
    return VideoFacts(
        duration_s=duration_s,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        frame_rate=Fraction(rate.numerator, rate.denominator),
        pixel_aspect=float(aspect) if aspect else 1.0,
    )


# ------------------------------------------------------------------------------------------------ pictures


EIGHT_BIT_LUMA = frozenset(
    [
        "yuv420p",
        "yuv422p",
        "yuv444p",
        "yuv440p",
        "yuv411p",
        "yuvj420p",
        "yuvj422p",
        "yuvj444p",
        "nv12",
        "nv21",
        "gray",
        "gray8",
    ]
)
"""Pixel formats whose first plane is the brightness, a byte a pixel."""


def upright(pixels: np.ndarray[Any, Any], rotation: int) -> np.ndarray[Any, Any]:
    """The picture turned as its display matrix asks: `rotation` in degrees, counter-clockwise."""
    quarters = round(rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else pixels


def brightness(frame: av.VideoFrame) -> Grey:
    """The luma of a decoded frame, `(height, width)`; taken from its plane without conversion if possible."""
    if frame.format.name not in EIGHT_BIT_LUMA:
        return upright(frame.to_ndarray(format="gray"), frame.rotation)
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return upright(rows[: frame.height, : frame.width], frame.rotation)


def colours(frame: av.VideoFrame) -> Pixels:
    """The frame as RGB at full resolution."""
    return upright(frame.to_ndarray(format="rgb24"), frame.rotation)


# ------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class KeyFrame:
    """A decoded key frame, and what lies between it and the one before in the file."""

    time_s: float
    frame: av.VideoFrame


@dataclass(frozen=True)
class Group:
    """What one look at the packets tells of the pictures between two decoded key frames."""

    gap_s: float
    packets: int
    """How many packets lie between them."""
    largest: int
    """Bytes of the largest of these; 0 where there is none."""
    key: int
    """Bytes of the later key frame."""


class Reader:
    """Decodes parts of one video file; `key_frames` and `between` may be used alternately.

    Two decoders are open, so that looking closer does not disturb the pass over the key frames. Memory does
    not depend on the length of the video.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened(path) as container:
            self.facts = facts_of(container)
            self._origin_s = (container.start_time or 0) / 1_000_000
        self.end_s = 0.0
        """End of the last frame met so far."""

    def _time_of(self, pts: int, time_base: Fraction) -> float:
        return max(0.0, round(float(pts * time_base) - self._origin_s, 6))

    def key_frames(self, min_gap_s: float) -> Iterator[tuple[KeyFrame, Group]]:
        """Key frames at least `min_gap_s` apart, each with what lies before it.

        Only their packets reach the decoder. A file may yield none at all.
        """
        import av

        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            decoder = stream.codec_context
            waiting: dict[int, Group] = {}
            sizes: list[int] = []
            last_s = -min_gap_s
            for packet in container.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    time_s = self._time_of(packet.pts, packet.time_base)
                    length_s = float((packet.duration or 0) * packet.time_base)
                    self.end_s = max(self.end_s, time_s + length_s)
                    if not packet.is_keyframe or time_s < last_s + min_gap_s:
                        sizes.append(packet.size)
                        continue
                    waiting[packet.pts] = Group(
                        time_s - max(0.0, last_s), len(sizes), max(sizes, default=0), packet.size
                    )
                    sizes, last_s = [], time_s
                elif packet.size:
                    continue
                try:
                    frames = decoder.decode(packet if packet.size else None)
                except av.FFmpegError:
                    continue
                for frame in frames:
                    if frame.pts is not None and frame.time_base is not None and frame.pts in waiting:
                        moment = self._time_of(frame.pts, frame.time_base)
                        yield KeyFrame(moment, frame), waiting.pop(frame.pts)

    def length_s(self) -> float:
        """Where the video ends: its last frame's end, but not beyond what the container says."""
        told_s = self.facts.duration_s
        return min(self.end_s, told_s) if told_s > 0 else self.end_s

    def between(
        self, start_s: float, end_s: float | None, step_s: float, thin: bool = False
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """What is shown every `step_s` from `start_s` to before `end_s` (None: the end of the video).

        Yields a moment and the picture shown then. A frame that is held for long is yielded again shortly
        before the next, for to be seen to stand still. `thin` leaves out frames that no other frame needs,
        which is twice as fast; only where frames come in quick succession does this lose nothing.
        """
        held: tuple[float, av.VideoFrame] | None = None
        told_s = start_s - step_s
        for time_s, frame in self.decoded(start_s, end_s, thin):
            if held is not None and time_s - held[0] > HELD_S:
                for moment in _hold(held[0], time_s):
                    yield moment, held[1]
                told_s = -step_s
            held = (time_s, frame)
            if time_s >= told_s + step_s - 1e-6:
                yield held
                told_s = time_s
        last_s = self.length_s() if end_s is None else end_s
        if held is not None:
            for moment in _hold(max(held[0], told_s - 1e-3), last_s):
                yield moment, held[1]

    def decoded(
        self, start_s: float, end_s: float | None, thin: bool = False
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Every frame from the key frame at or before `start_s` on that is shown in `[start_s, end_s)`."""
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            if thin:
                stream.codec_context.skip_frame = "NONREF"
            if start_s > 0 and stream.time_base is not None:
                target = int((start_s + self._origin_s) / float(stream.time_base))
                _seek(container, target)
            for frame in _tolerant(container):
                if frame.pts is None or frame.time_base is None:
                    continue
                time_s = self._time_of(frame.pts, frame.time_base)
                length_s = float((frame.duration or 0) * frame.time_base)
                self.end_s = max(self.end_s, time_s + length_s)
                if end_s is not None and time_s >= end_s - 1e-6:
                    return
                if time_s >= start_s - 1e-6:
                    yield time_s, frame

    def at(self, time_s: float) -> tuple[float, Pixels]:
        """The picture shown at a moment, RGB at full resolution, and when it came up."""
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            if stream.time_base is not None:
                target = int((time_s + self._origin_s) / float(stream.time_base))
                _seek(container, target)
            best: tuple[float, av.VideoFrame] | None = None
            for frame in _tolerant(container):
                if frame.pts is None or frame.time_base is None:
                    continue
                moment = self._time_of(frame.pts, frame.time_base)
                if best is not None and moment > time_s + 1e-4:
                    break
                best = (moment, frame)
                if abs(moment - time_s) < 1e-4:
                    break
        if best is None:
            raise NotMedia(
                f"screens: no picture of {self.path.name} at {time_s:.1f} s can be decoded",
                fix="check that the video plays",
            )
        return best[0], colours(best[1])


HELD_S = 1.2
"""A frame held for longer than this has stood still long enough to be seen again."""


def _hold(from_s: float, to_s: float) -> list[float]:
    """Moments at which to show a held frame again: once it has settled, and just before the next."""
    if to_s - from_s <= HELD_S:
        return []
    moments = [from_s + HELD_S - 0.1]
    if to_s - 0.15 > moments[0] + 0.1:
        moments.append(to_s - 0.15)
    return moments


def _seek(container: InputContainer, target: int) -> None:
    """Go to the key frame before; where a damaged index does not allow it, what can still be read counts."""
    import av

    with suppress(av.FFmpegError):
        container.seek(target, stream=container.streams.video[0], backward=True)


def _tolerant(container: InputContainer) -> Iterator[av.VideoFrame]:
    """Decoded frames; broken packets are passed over, a file that is broken from here on ends."""
    import av

    broken = 0
    stream = container.streams.video[0]
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            broken += 1
            if broken > MAX_BROKEN:
                return
            continue
        for frame in frames:
            broken = 0
            yield frame
