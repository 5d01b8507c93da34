"""The lecture itself, so that the site can play it: a copy, the user's address, or the file where it lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.config import RenderOptions
from pipeline.errors import MissingTool
from pipeline.models import Degradation, SourceVideo
from pipeline.site.links import safe_url
from pipeline.site.text import one_line
from pipeline.site.views import Book

Playable = Callable[[Path, Path], Path | None]
"""`make_playable(media, cache)`: the file itself where browsers play it, one made in the folder `cache`
otherwise, None where that cannot be done."""

PLAYED_BY_BROWSERS = frozenset(
    {".mp4", ".m4v", ".webm", ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac"}
)
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Lecture:
    """What the player plays: an address (relative to the pages, or absolute), and what the site has to carry."""

    source: str | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    fell_short: tuple[Degradation, ...] = ()


def find(
    folder: Path, video: SourceVideo, options: RenderOptions, make_playable: Playable | None, cache: Path
) -> Lecture:
    """What plays this lecture.

    A lecture whose site can be linked to moments needs no copy; else the user's `video_url` serves; else the
    site carries the file, unless it is larger than `copy_media_max_mb`: then the pages point at it where it
    lies, which works at home and is said.
    """
    if safe_url(video.moment_url):
        return Lecture()
    if options.video_url:
        return Lecture(source=safe_url(options.video_url))
    original = folder / video.media
    if not original.is_file():
        return Lecture(fell_short=(_missing(video),))
    missing = False
    try:
        playable = make_playable(original, cache / video.sha256[:16]) if make_playable else original
    except MissingTool:
        playable, missing = None, True
    fell_short: tuple[Degradation, ...] = ()
    if playable is None or playable.suffix.lower() not in PLAYED_BY_BROWSERS:
        playable, fell_short = original, (_unplayable(original, missing),)
    size_mb = playable.stat().st_size / MEGABYTE
    if size_mb > options.copy_media_max_mb:
        where = playable.relative_to(folder).as_posix()
        return Lecture(f"../{where}", {}, (*fell_short, _too_large(size_mb, options.copy_media_max_mb)))
    suffix = playable.suffix.lower() if playable.suffix.lower() in PLAYED_BY_BROWSERS else ".bin"
    return Lecture(f"media/lecture{suffix}", {f"media/lecture{suffix}": playable}, fell_short)


def captions(book: Book) -> str:
    """The transcript as WebVTT, for the player's captions.

    Source: W3C WebVTT; `<`, `&` and the arrow are escaped in cue text.
    """
    cues = ["WEBVTT\n"]
    for said in book.captions:
        text = one_line(said.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if text and said.end_s > said.start_s:
            cues.append(f"{said.id}\n{_cue_time(said.start_s)} --> {_cue_time(said.end_s)}\n{text}\n")
    return "\n".join(cues)


def _cue_time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{rest:03}"


def _missing(video: SourceVideo) -> Degradation:
    return Degradation(
        stage="render",
        what=f"{video.media} is not there any more",
        consequence="the site has no player and its times are not links",
        remedy="run make article again, or set render.video_url",
    )


def _unplayable(media: Path, no_ffmpeg: bool) -> Degradation:
    return Degradation(
        stage="render",
        what=f"browsers may not play a {media.suffix or 'nameless'} file",
        consequence="the player may stay dark",
        remedy="set render.video_url to an MP4 or WebM copy",
        passing=no_ffmpeg,
    )


def _too_large(size_mb: float, limit_mb: float) -> Degradation:
    return Degradation(
        stage="render",
        what=f"the lecture has {size_mb:.0f} MB, more than render.copy_media_max_mb ({limit_mb:.0f})",
        consequence="the site plays the file where it lies, on this machine only, and cannot be published so",
        remedy="raise render.copy_media_max_mb or set render.video_url",
    )
