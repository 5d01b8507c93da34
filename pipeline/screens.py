"""screens: what was shown, from when to when, its best picture, and the text on it.

The detector finds stretches of video in which one screen is shown (see `pipeline.pictures` for what counts as
one). Here stretches become screens: those that return are recognised, each distinct one is decoded once at
full resolution at the moment of its completed state, its text is read, and its kind is judged.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.config import ScreensOptions
from pipeline.errors import StorageError
from pipeline.interfaces import Pixels, TextReader, Work
from pipeline.models import TIME_TOLERANCE_S, Screen, ScreenKind, Screens, SourceVideo
from pipeline.screen_kind import kind_of
from pipeline.store import sync_folder, temporary_name

if TYPE_CHECKING:
    from pipeline.pictures import Stretch

FRAMES = "work/frames"
FIND, READ = 0.4, 0.6
"""Shares of the time that finding the screens and reading them take, for the progress bar."""


class FindScreens(Protocol):
    """Finds the stretches of a video in which one screen is shown, in order."""

    def __call__(
        self, path: Path, detector: str, progress: Callable[[float, float], None]
    ) -> Sequence[Stretch]: ...


GetFrame = Callable[[Path, float], Pixels]
"""The picture shown at a moment of a video, at full resolution."""


def run(
    work: Work,
    *,
    find_screens: FindScreens,
    get_frame: GetFrame,
    make_text_reader: Callable[[str], TextReader | None],
) -> Screens:
    """Find the screens of the lecture, save their frames and read them.

    Raises:
        MediaError: the video cannot be decoded.
        MissingTool: the chosen OCR is not installed.
        StorageError: the frames cannot be written.
    """
    video = work.read(SourceVideo)
    options = work.config(ScreensOptions)
    if not video.has_video:
        return Screens(screens=())
    reader = make_text_reader(options.ocr)
    media = work.folder / video.media
    found = find_screens(media, options.detector, _part(work, 0.0, FIND, "looking for screens"))
    shown = _at_least(_clipped(found, video.duration_s), options.min_duration_s)
    with _frames_folder(work.folder / FRAMES) as folder:
        screens = _describe(work, shown, lambda time_s: get_frame(media, time_s), reader, folder)
    return Screens(screens=tuple(screens))


def _part(work: Work, begin: float, share: float, note: str) -> Callable[[float, float], None]:
    def progress(done: float, total: float) -> None:
        work.progress(begin + share * min(1.0, done / total if total > 0 else 1.0), 1.0, note)

    return progress


# ----------------------------------------------------------------------------------------------- stretches


def _clipped(stretches: Sequence[Stretch], end_s: float) -> list[Stretch]:
    """Within the lecture's length, which the container may state shorter than the pictures last."""
    return [
        replace(one, end_s=min(one.end_s, end_s), frame_s=min(one.frame_s, end_s))
        for one in stretches
        if one.start_s < end_s
    ]


def _at_least(stretches: Sequence[Stretch], min_s: float) -> list[Stretch]:
    return [one for one in stretches if one.end_s - one.start_s >= min_s]


# ------------------------------------------------------------------------------------------------- screens


def _describe(
    work: Work,
    stretches: Sequence[Stretch],
    get_frame: Callable[[float], Pixels],
    reader: TextReader | None,
    folder: Path,
) -> list[Screen]:
    # Here, not above: it needs OpenCV, and the program has to start fast.
    from pipeline.gallery import Gallery

    gallery = Gallery()
    screens: list[Screen] = []
    for index, stretch in enumerate(stretches):
        screen_id = f"f{len(screens) + 1:03d}"
        note = f"screen {index + 1} of {len(stretches)}"
        work.progress(FIND + READ * index / len(stretches), 1.0, note)
        if (known := gallery.find(stretch)) is not None:
            screens.append(_again(known, screen_id, stretch))
            continue
        screen = _new(screen_id, stretch, get_frame(stretch.frame_s), reader, folder)
        if screen.kind is not ScreenKind.PERSON:
            gallery.add(screen, stretch)
        elif screens and _goes_on(screens[-1], screen):
            screens[-1] = screens[-1].model_copy(update={"end_s": screen.end_s})
            continue
        screens.append(screen)
    work.progress(1.0, 1.0, f"{len(screens)} screens")
    return screens


def _again(known: Screen, screen_id: str, stretch: Stretch) -> Screen:
    first = known.same_as or known.id
    return known.model_copy(
        update={"id": screen_id, "start_s": stretch.start_s, "end_s": stretch.end_s, "same_as": first}
    )


def _goes_on(before: Screen, now: Screen) -> bool:
    """Whether the same stretch of a person talking was merely found in two parts."""
    return before.kind is ScreenKind.PERSON and now.start_s - before.end_s < TIME_TOLERANCE_S


def _new(screen_id: str, stretch: Stretch, pixels: Pixels, reader: TextReader | None, folder: Path) -> Screen:
    lines = reader.read(pixels) if reader is not None else ()
    kind = kind_of(pixels, lines, stretch.moving_share, was_read=reader is not None)
    frame = None
    if kind is not ScreenKind.PERSON:
        _save(pixels, folder / f"{screen_id}.png")
        frame = f"{FRAMES}/{screen_id}.png"
    height, width = pixels.shape[:2]
    return Screen(
        id=screen_id,
        start_s=stretch.start_s,
        end_s=stretch.end_s,
        frame=frame,
        frame_s=stretch.frame_s,
        width=width,
        height=height,
        kind=kind,
        lines=lines if frame else (),
    )


# --------------------------------------------------------------------------------------------------- files


@contextmanager
def _frames_folder(final: Path) -> Iterator[Path]:
    """A new folder for the frames, put in the place of the old one once all of them are in it."""
    partial = temporary_name(final)
    try:
        partial.mkdir(parents=True)
        yield partial
        sync_folder(partial)
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
    except OSError as error:
        raise StorageError(
            f"screens: the frames cannot be written to {final}: {error.strerror or error}",
            kept="what the stages before made",
            fix="free some space or make the folder writable, then run the same command again",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _save(pixels: Pixels, path: Path) -> None:
    """Write a PNG; with a palette where the picture has at most 256 colours, which loses nothing."""
    from PIL import Image

    image = Image.fromarray(pixels)
    if (colours := image.getcolors(256)) is not None:
        image = image.quantize(len(colours), dither=Image.Dither.NONE)
    with open(path, "wb") as file:
        image.save(file, "PNG", compress_level=6)
        file.flush()
        os.fsync(file.fileno())
