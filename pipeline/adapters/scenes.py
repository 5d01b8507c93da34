"""scenedetect: our detector and our reader for its `SceneManager`, and its own detectors for filmed lectures.

`ScreenDetector` is a `SceneDetector` and `ScreencastStream` a `VideoStream`; each works with scenedetect's own
counterparts:

    manager = SceneManager()
    manager.add_detector(ScreenDetector())
    manager.detect_scenes(ScreencastStream(path))
    manager.get_scene_list()
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scenedetect import (
    AdaptiveDetector,
    ContentDetector,
    FrameTimecode,
    SceneManager,
    ThresholdDetector,
    open_video,
)
from scenedetect.common import Timecode
from scenedetect.detector import SceneDetector
from scenedetect.video_stream import VideoStream

from pipeline import pictures
from pipeline.adapters.frames import Group, Reader, brightness
from pipeline.interfaces import Pixels
from pipeline.pictures import Change, Grey, Grid, Stretch, View
from pipeline.restless import Restless
from pipeline.tracker import Tracker

if TYPE_CHECKING:
    import av

MIN_KEY_GAP_S = 1.0
"""Key frames nearer than this to the one before are not decoded."""
LONG_GAP_S = 12.0
"""Where key frames are further apart than this, frames between them are decoded as well."""
LOW_RATE_S = 0.5
"""Seconds between the samples then."""
CLOSE_S = 0.2
"""Seconds between the samples around a change."""
STAYS_S = 0.9
"""Once the picture has been that of the next key frame for so long, the rest up to there is taken as read."""
CLEAN_SHARE = 0.1
"""Largest packet, as a share of the key frame's, where nothing happened before a key frame out of turn."""
GAPS, USUAL = 24, 0.8
"""Distances of key frames remembered, and the share of them that are not above the usual one."""
SUCCESSION_S = 0.1
"""Frames nearer to the one before than this are in quick succession."""
MICROSECOND = Fraction(1, 1_000_000)


# ------------------------------------------------------------------------------------------------ detector


class ScreenDetector(SceneDetector):  # type: ignore[misc]  # scenedetect has no types
    """Finds where the screen of a screencast or a slide talk changes: a cut is where something shown goes.

    A moving inset, the cursor and compression noise are passed over; a slide building up and code being
    typed are one scene. Cuts are told once the new screen has stood for a second, hence in the past.

    After `post_process`, `stretches` holds each screen with the moment of its completed state.
    """

    def __init__(self, settle_s: float = 1.0) -> None:
        super().__init__()
        self._tracker = Tracker(settle_s)
        self._rate: Fraction | None = None
        self._looked_s = -1.0
        self._held: tuple[float, np.ndarray] | None = None

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        return tuple(self._tracker.stretches)

    def process_frame(self, timecode: FrameTimecode, frame_img: np.ndarray) -> list[FrameTimecode]:
        """Take a frame, BGR or grey, of any size. Of frames in quick succession the last is looked at."""
        self._rate = timecode.frame_rate or self._rate
        time_s = timecode.seconds
        cuts: list[float] = []
        if self._held is not None and time_s - self._held[0] >= SUCCESSION_S:
            cuts += self._look(*self._held)
        if time_s - self._looked_s < SUCCESSION_S:
            self._held = (time_s, frame_img)
        else:
            cuts += self._look(time_s, frame_img)
        return [self._code(cut) for cut in cuts]

    def _look(self, time_s: float, image: np.ndarray) -> list[float]:
        self._held, self._looked_s = None, time_s
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        return self._tracker.see(time_s, pictures.shrink(np.asarray(grey, np.uint8)))

    def post_process(self, timecode: FrameTimecode) -> list[FrameTimecode]:
        """End the last screen at the last position."""
        cuts = self._look(*self._held) if self._held is not None else []
        return [self._code(cut) for cut in cuts + self._tracker.finish(timecode.seconds)]

    @property
    def event_buffer_length(self) -> int:
        """Cuts come a second or two late; so many frames at 5 a second."""
        return 16

    def _code(self, time_s: float) -> FrameTimecode:
        return time_code(time_s, self._rate or Fraction(25))


def time_code(time_s: float, rate: Fraction) -> FrameTimecode:
    """A moment in scenedetect's terms, exact to the microsecond whatever the frame rate."""
    return FrameTimecode(Timecode(round(time_s * 1_000_000), MICROSECOND), rate)


# -------------------------------------------------------------------------------------------------- stream


@dataclass(frozen=True)
class Sample:
    time_s: float
    grey: Grey
    frame: av.VideoFrame


class ScreencastStream(VideoStream):  # type: ignore[misc]
    """Reads a screencast fast: key frames, and more frames only around changes that matter.

    Frames come in order, at times that are not evenly spaced (`position` is exact); between two of them
    nothing of weight happened. Where key frames are rare, samples twice a second take their place.

    Args:
        path: the video file.
        grey: hand out small grey pictures (`pictures.WIDTH` wide), which is what `ScreenDetector` works on,
            instead of BGR ones at full size.

    Raises:
        LecturebookError: the file is missing, or is no video.
    """

    BACKEND_NAME = "lecturebook"

    def __init__(self, path: str | Path, grey: bool = False) -> None:
        self._path = Path(path)
        self._grey = grey
        self._reader = Reader(self._path)
        self._facts = self._reader.facts
        self._now: Sample | None = None
        self._samples = samples(self._reader)

    @property
    def path(self) -> str:
        return str(self._path)

    @property
    def name(self) -> str:
        return self._path.stem

    @property
    def is_seekable(self) -> bool:
        return True

    @property
    def frame_rate(self) -> Fraction:
        return self._facts.frame_rate

    @property
    def duration(self) -> FrameTimecode:
        return time_code(self._facts.duration_s or self._reader.end_s, self.frame_rate)

    @property
    def frame_size(self) -> tuple[int, int]:
        if self._grey and self._now is not None:
            return self._now.grey.shape[1], self._now.grey.shape[0]
        return self._facts.width, self._facts.height

    @property
    def aspect_ratio(self) -> float:
        return self._facts.pixel_aspect

    @property
    def position(self) -> FrameTimecode:
        return time_code(self._now.time_s if self._now else 0.0, self.frame_rate)

    @property
    def position_ms(self) -> float:
        return self._now.time_s * 1000 if self._now else 0.0

    @property
    def frame_number(self) -> int:
        """Number of the frame by its time; samples in between are not counted."""
        return round(self._now.time_s * float(self.frame_rate)) + 1 if self._now else 0

    @property
    def end_s(self) -> float:
        """Where the video ends: known once all of it has been read."""
        return max(self._reader.length_s(), self._now.time_s if self._now else 0.0)

    def read(self, decode: bool = True) -> np.ndarray | bool:
        sample = next(self._samples, None)
        if sample is None:
            return False
        self._now = sample
        if not decode:
            return True
        return sample.grey if self._grey else _bgr(sample.frame)

    def reset(self) -> None:
        self._now = None
        self._samples = samples(self._reader)

    def seek(self, target: float | int | str | FrameTimecode | Timecode) -> None:
        """Go on at the first sample at or after the target.

        Raises:
            ValueError: the target is negative.
        """
        if isinstance(target, int | float) and target < 0:
            raise ValueError("target cannot be negative")
        wanted_s = FrameTimecode(target, self.frame_rate).seconds
        self.reset()
        samples_left = self._samples

        def rest() -> Iterator[Sample]:
            return (sample for sample in samples_left if sample.time_s >= wanted_s - 1e-6)

        self._samples = rest()


def _bgr(frame: av.VideoFrame) -> np.ndarray:
    from pipeline.adapters.frames import upright

    return upright(frame.to_ndarray(format="bgr24"), frame.rotation)


def samples(reader: Reader) -> Iterator[Sample]:
    """Samples of the video, dense where its screen changes."""
    closer = _Closer(reader)
    before: Sample | None = None
    before_view: View | None = None
    for key, group in reader.key_frames(MIN_KEY_GAP_S):
        now = _sample(key.time_s, key.frame)
        view = View.of(now.grey)
        if before is None or before_view is None:
            if key.time_s > MIN_KEY_GAP_S:
                yield from (_sample(*shown) for shown in reader.between(0.0, key.time_s, LOW_RATE_S))
        elif group.gap_s > LONG_GAP_S:
            yield from closer.look(before, now, view, group, LOW_RATE_S, to_the_end=True)
        elif closer.is_clean_cut(group):
            # Nothing happened up to here: the picture before was shown until now.
            yield Sample(now.time_s - 1.5 * SUCCESSION_S, before.grey, before.frame)
            closer.note(now.time_s - 1.5 * SUCCESSION_S, before_view, before_view)
            closer.note(now.time_s, before_view, view)
        elif closer.is_worth_it(before_view, view):
            yield from closer.look(before, now, view, group, CLOSE_S)
        else:
            closer.note(now.time_s, before_view, view)
        yield now
        before, before_view = now, view
    last_s = before.time_s if before is not None else 0.0
    for time_s, frame in reader.between(last_s, None, LOW_RATE_S):
        if before is None or time_s > last_s + 1e-6:
            yield _sample(time_s, frame)


def _sample(time_s: float, frame: av.VideoFrame) -> Sample:
    return Sample(time_s, pictures.shrink(brightness(frame)), frame)


class _Closer:
    """Decides between which key frames to look closer, and learns there what moves all the time."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._restless: Restless | None = None
        self._gaps: deque[float] = deque(maxlen=GAPS)

    def is_worth_it(self, before: View, now: View) -> bool:
        """Whether the two differ by more than the cursor and what moves anyway."""
        if before.grey.shape != now.grey.shape:
            return True
        change = Change.between(before, now)
        calm = self._calm(change.lost)
        if pictures.is_weighty(change.lost & calm):
            return True
        if (change.replaced & calm).any() and len(pictures.blobs(change.changed & calm)) == 1:
            return True
        return bool((change.added & calm).sum() > 0.02 * calm.size and before.content.mean() < 0.02)

    def is_clean_cut(self, group: Group) -> bool:
        """The encoder put a key frame here out of turn, and nothing of weight came before it.

        Then the change is where the key frame is, and need not be looked for.
        """
        self._gaps.append(group.gap_s)
        gaps = sorted(self._gaps)
        usual_s = gaps[round(USUAL * (len(gaps) - 1))]
        # Where key frames come at all distances, none is out of turn; and one long gap makes no rule.
        regular = sum(abs(gap_s - usual_s) < 0.1 * usual_s for gap_s in gaps) >= len(gaps) / 3
        out_of_turn = regular and group.gap_s < usual_s - 0.5
        return out_of_turn and group.packets > 5 and group.largest < CLEAN_SHARE * group.key

    def _calm(self, grid: Grid) -> Grid:
        if self._restless is None or self._restless.grid.shape != grid.shape:
            return np.ones_like(grid)
        return ~self._restless.grid

    def note(self, time_s: float, before: View, now: View) -> None:
        """Two samples in a row, the later at `time_s`."""
        if before.grey.shape != now.grey.shape:
            self._restless = None
            return
        change = Change.between(before, now)
        if self._restless is None or self._restless.grid.shape != change.changed.shape:
            self._restless = Restless(change.changed.shape, time_s)
        self._restless.note(time_s, change.changed)

    def look(
        self,
        before: Sample,
        now: Sample,
        now_view: View,
        group: Group,
        step_s: float,
        to_the_end: bool = False,
    ) -> Iterator[Sample]:
        """Samples between two key frames, until the picture is that of the later one and stays so."""
        thin = group.packets > 10 * group.gap_s
        last = View.of(before.grey)
        arrived_s: float | None = None
        for time_s, frame in self._reader.between(before.time_s, now.time_s, step_s, thin):
            if time_s <= before.time_s + 1e-6:
                continue
            sample = _sample(time_s, frame)
            view = View.of(sample.grey)
            self.note(time_s, last, view)
            last = view
            yield sample
            arrived_s = None if self._differ(view, now_view) else time_s if arrived_s is None else arrived_s
            if arrived_s is not None and time_s - arrived_s > STAYS_S and not to_the_end:
                break
        self.note(now.time_s, last, now_view)

    def _differ(self, view: View, other: View) -> bool:
        if view.grey.shape != other.grey.shape:
            return True
        change = Change.between(view, other)
        calm = self._calm(change.lost)
        return pictures.is_weighty(change.changed & calm) or bool((change.replaced & calm).any())


# ------------------------------------------------------------------------------------------------- finding

Progress = Callable[[float, float], None]


def find_screens(
    path: Path, detector: str = "screens", progress: Progress = lambda done, total: None
) -> list[Stretch]:
    """The screens of a video in order, by our detector or one of scenedetect's.

    Args:
        path: the video.
        detector: "screens", or scenedetect's "content", "adaptive" or "threshold".
        progress: told seconds done and seconds in all.
    """
    if detector != "screens":
        return _find_shots(path, detector)
    stream = ScreencastStream(path, grey=True)
    found = ScreenDetector()
    total_s = stream.duration.seconds
    while (grey := stream.read()) is not False:
        assert isinstance(grey, np.ndarray)
        found.process_frame(stream.position, grey)
        progress(stream.position.seconds, total_s)
    found.post_process(time_code(stream.end_s, stream.frame_rate))
    return list(found.stretches)


STOCK = {"content": ContentDetector, "adaptive": AdaptiveDetector, "threshold": ThresholdDetector}
"""scenedetect's own detectors, for filmed lectures."""


def stock_detector(name: str) -> SceneDetector:
    """One of scenedetect's detectors with its defaults."""
    return STOCK[name]()


def _find_shots(path: Path, detector: str) -> list[Stretch]:
    """Shots by a stock detector; the frame is taken shortly before each one's end."""
    video = open_video(str(path), backend="pyav")
    manager = SceneManager()
    manager.add_detector(stock_detector(detector))
    manager.detect_scenes(video)
    reader = Reader(path)
    shots = []
    for start, end in manager.get_scene_list(start_in_scene=True):
        frame_s = max(start.seconds, end.seconds - min(0.5, (end.seconds - start.seconds) / 4))
        _, pixels = reader.at(frame_s)
        grey = pictures.shrink(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
        known = np.ones(View.of(grey).content.shape, np.bool_)
        shots.append(
            Stretch(start.seconds, end.seconds, frame_s, pictures.to_png(grey), pictures.pack(known), 0.0)
        )
    return shots


def get_frame(path: Path, time_s: float) -> Pixels:
    """The picture shown at a moment, RGB at full resolution."""
    return Reader(path).at(time_s)[1]
