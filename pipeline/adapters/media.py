"""Media files through PyAV (what is in them) and ffmpeg (taking parts out of them).

The exceptions of both end here, as errors of `pipeline.errors`. Files are strangers': demuxers that follow
addresses written inside a file (playlists) are refused, and ffmpeg may open nothing but files.
"""

from __future__ import annotations

__all__ = ["cut", "extract_subtitles", "ffmpeg_binary", "probe", "run_ffmpeg"]

import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import LecturebookError, MediaError, MissingTool, NoStreams, NotMedia, SourceMissing
from pipeline.interfaces import Probe
from pipeline.store import temporary_name

if TYPE_CHECKING:
    from av.container import InputContainer

# Formats that name other files or addresses, or draw text as a picture.
_REFUSED_FORMATS = {"hls", "dash", "concat", "sdp", "rtsp", "rtp", "tty", "imf", "webm_dash_manifest"}
_TEXT_SUBTITLES = {"subrip", "srt", "webvtt", "ass", "ssa", "mov_text", "text", "ttml"}
_LICENCE_TAGS = ("license", "licence", "copyright")
_AUTHOR_TAGS = ("artist", "author", "album_artist", "composer")
_DESCRIPTION_TAGS = ("description", "comment", "synopsis")
_DATE_TAGS = ("date", "com.apple.quicktime.creationdate", "year")


def probe(path: Path) -> Probe:
    """What the file at `path` holds, by its content; its name plays no part.

    Raises:
        SourceMissing: there is no such file.
        NotMedia: not a media file, a still picture, or a list of other files.
        NoStreams: a container without audio and without video.
        StorageError is left to the caller: an unreadable file is an `OSError` here.
    """
    import av

    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            return _describe(path, container)
    except FileNotFoundError:
        raise SourceMissing(
            f"download: there is no file {path}", kept="nothing was made", fix="check the path"
        ) from None
    except (PermissionError, IsADirectoryError):
        # Demuxers say "not permitted" of a damaged header too.
        if path.is_dir() or not os.access(path, os.R_OK):
            raise
        raise _no_media(path, "operation not permitted") from None
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        raise _no_media(path, _reason(error)) from error


def _no_media(path: Path, reason: str) -> NotMedia:
    return NotMedia(
        f"download: {path} is not a video or audio file ({reason})",
        kept="the file as it is",
        fix="name a video or audio file; one that plays nowhere may have been cut off: fetch it again",
    )


def _describe(path: Path, container: InputContainer) -> Probe:
    formats = set(container.format.name.split(","))
    if formats & _REFUSED_FORMATS or any(name.endswith("_pipe") for name in formats):
        raise NotMedia(
            f"download: {path} is not a recording but a {container.format.long_name or container.format.name}",
            kept="the file as it is",
            fix="name the video or audio file itself",
        )
    videos = [stream for stream in container.streams.video if not _is_cover(stream)]
    audios = container.streams.audio
    if not videos and not audios:
        raise NoStreams(
            f"download: {path} has neither a picture nor a sound track",
            kept="the file as it is",
            fix="export the lecture again; this file holds nothing to watch or hear",
        )
    tags = {name.lower(): value for name, value in container.metadata.items()}
    width, height = _displayed_size(videos[0]) if videos else (None, None)
    return Probe(
        duration_s=_duration_s(path, container),
        has_video=bool(videos),
        has_audio=bool(audios),
        width=width,
        height=height,
        frame_rate=float(videos[0].average_rate) if videos and videos[0].average_rate else None,
        title=tags.get("title"),
        author=_first(tags, _AUTHOR_TAGS),
        licence=_first(tags, _LICENCE_TAGS),
        comment=_first(tags, _DESCRIPTION_TAGS),
        date=_first(tags, _DATE_TAGS),
        language=_language(audios[0]) if audios else None,
        chapters=_chapters(container),
        subtitles=tuple(
            (stream.index, _language(stream), stream.codec_context.name)
            for stream in container.streams.subtitles
            if stream.codec_context is not None and stream.codec_context.name in _TEXT_SUBTITLES
        ),
        metadata=tags,
    )


def _is_cover(stream: Any) -> bool:
    """Cover art is a video stream of one picture to FFmpeg, and no moving picture to us."""
    return bool(stream.disposition & stream.disposition.__class__.attached_pic)


def _displayed_size(stream: Any) -> tuple[int | None, int | None]:
    """Width and height in square pixels, as stored (a rotation is not applied)."""
    context = stream.codec_context
    return (context.width or None, context.height or None) if context is not None else (None, None)


def _duration_s(path: Path, container: InputContainer) -> float:
    if container.duration:
        return float(container.duration) / 1_000_000
    known = [float(s.duration * s.time_base) for s in container.streams if s.duration and s.time_base]
    duration_s = max(known, default=0.0) or _last_moment_s(container)
    if duration_s <= 0:
        raise NotMedia(
            f"download: {path} lasts no time at all",
            kept="the file as it is",
            fix="name a video or audio file that plays",
        )
    return duration_s


def _last_moment_s(container: InputContainer) -> float:
    """Where the last packet ends: for files written by a recorder that never wrote the duration."""
    last_s = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base:
            last_s = max(last_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return last_s


def _chapters(container: InputContainer) -> tuple[tuple[float, str], ...]:
    found = []
    for chapter in container.chapters():
        start_s = float(chapter["start"] * (chapter["time_base"] or 1))
        title = {name.lower(): value for name, value in chapter["metadata"].items()}.get("title", "")
        found.append((max(start_s, 0.0), title))
    return tuple(found)


def _language(stream: Any) -> str | None:
    language = stream.metadata.get("language")
    return None if language in {None, "", "und", "unk", "mis", "zxx"} else str(language)


def _first(tags: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((tags[name] for name in names if tags.get(name)), None)


# ------------------------------------------------------------------------------------------------- ffmpeg


@lru_cache(maxsize=1)
def ffmpeg_binary() -> str:
    """Path of an ffmpeg: the system's, else the one in imageio-ffmpeg's wheel.

    Raises:
        MissingTool: where neither is there.
    """
    if system := shutil.which("ffmpeg"):
        return system
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise MissingTool(
            "ffmpeg is not installed, and imageio-ffmpeg has none for this machine",
            kept="nothing was made",
            fix="install ffmpeg, for instance with: apt install ffmpeg",
        ) from error


def run_ffmpeg(stream: Any) -> None:
    """Run what ffmpeg-python has put together.

    Raises:
        ffmpeg.Error: ffmpeg refuses; its `stderr` says why.
        LecturebookError: it was stopped from outside, which says nothing of the file and is not remembered.
    """
    import ffmpeg

    process = stream.run_async(cmd=ffmpeg_binary(), pipe_stdout=True, pipe_stderr=True)
    try:
        out, said = process.communicate()
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode < 0:
        raise LecturebookError(
            f"ffmpeg was stopped by signal {-process.returncode} before it was done",
            kept="every stage that was finished",
            fix="run the same command again; if it happens again, see whether the machine runs out of memory",
        )
    if process.returncode:
        raise ffmpeg.Error("ffmpeg", out, said)


def extract_subtitles(media: Path, stream: int, target: Path) -> None:
    """Write text track number `stream` (of all streams) of `media` to `target` as WebVTT.

    Raises:
        MediaError: the track cannot be read; the message is ffmpeg's.
    """
    _convert(media, target, lambda source: source[str(stream)], f="webvtt")


def cut(media: Path, target: Path, start_s: float, end_s: float) -> None:
    """Write `[start_s, end_s)` of `media` to `target`, whose suffix names the container; re-encoded, so that
    the cut is exact and not at the key frame before.

    Raises:
        MediaError: ffmpeg refuses.
    """
    _convert(media, target, lambda source: source, seek_s=start_s, t=end_s - start_s)


def _convert(
    media: Path, target: Path, select: Callable[[Any], Any], seek_s: float | None = None, **options: Any
) -> None:
    import ffmpeg

    seek = {"ss": seek_s} if seek_s else {}
    source = ffmpeg.input(f"file:{media}", protocol_whitelist="file,crypto,data", **seek)
    partial = temporary_name(target)
    stream = ffmpeg.output(select(source), f"file:{partial}", **options)
    stream = stream.global_args("-nostdin", "-hide_banner", "-loglevel", "error").overwrite_output()
    try:
        run_ffmpeg(stream)
        partial.replace(target)
    except ffmpeg.Error as error:
        raise _failed(media, target, (error.stderr or b"").decode("utf-8", "replace")) from error
    finally:
        partial.unlink(missing_ok=True)


def _failed(media: Path, target: Path, said: str) -> LecturebookError:
    last = said.strip().splitlines()[-1:] or ["no reason given"]
    return MediaError(
        f"ffmpeg: {target.name} cannot be made from {media}: {last[0][:300]}",
        kept="the media file as it is",
        fix="check the file with: ffmpeg -i FILE",
    )


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).lower()[:120]
