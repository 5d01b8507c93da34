"""A copy of the lecture that browsers play: the file itself, its streams in an MP4, or these encoded anew.

Sources: MDN, "Media container formats" and "Web video codec guide": H.264, VP8, VP9, AV1 with AAC, MP3, Opus,
Vorbis or FLAC play in all current browsers, 4:2:0 and 8 bits alone where it is H.264.
"""

from __future__ import annotations

__all__ = ["make_playable"]

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.adapters.media import run_ffmpeg
from pipeline.site.kept import is_whole, seal
from pipeline.store import temporary_name

_VIDEO = {"mp4": {"h264", "av1", "vp9"}, "webm": {"vp8", "vp9", "av1"}}
_AUDIO = {"mp4": {"aac", "mp3", "opus", "flac"}, "webm": {"opus", "vorbis"}}
_SOUND_FILES = {".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac"}
_SUFFIXES = {".mp4": "mp4", ".m4v": "mp4", ".webm": "webm"}
_ENCODE_VIDEO = {"c:v": "libx264", "preset": "veryfast", "crf": 25, "pix_fmt": "yuv420p"}
_ENCODE_AUDIO = {"c:a": "aac", "b:a": "128k"}


@dataclass(frozen=True)
class _Streams:
    video: str | None
    pixels: str | None
    audio: str | None

    def video_plays(self, container: str) -> bool:
        plain = self.video != "h264" or self.pixels in (None, "yuv420p", "yuvj420p")
        return self.video is None or (self.video in _VIDEO[container] and plain)

    def audio_plays(self, container: str) -> bool:
        return self.audio is None or self.audio in _AUDIO[container]


def make_playable(media: Path, cache: Path) -> Path | None:
    """The file itself where browsers play it, else a copy in the folder `cache` that they do.

    Streams are kept as they are wherever an MP4 can hold them. None where ffmpeg cannot make a copy.

    Raises:
        MissingTool: there is no ffmpeg, or it was stopped while it was tried out.
        LecturebookError: it was stopped at its work.

    Args:
        media: the lecture.
        cache: a folder for this lecture alone; a copy made before is used again.
    """
    streams = _look(media)
    if streams is None:
        return None
    container = _SUFFIXES.get(media.suffix.lower())
    if container and streams.video_plays(container) and streams.audio_plays(container):
        return media
    if streams.video is None and media.suffix.lower() in _SOUND_FILES:
        return media
    target = cache / ("playable.m4a" if streams.video is None else "playable.mp4")
    if is_whole(target) or _convert(media, target, streams):
        return target
    return None


def _look(media: Path) -> _Streams | None:
    import av

    try:
        with av.open(str(media), metadata_errors="replace") as container:
            video = next(iter(container.streams.video), None)
            audio = next(iter(container.streams.audio), None)
            return _Streams(
                video.codec_context.name.removeprefix("lib") if video else None,
                video.codec_context.pix_fmt if video else None,
                audio.codec_context.name if audio else None,
            )
    except (OSError, ValueError):
        return None


def _convert(media: Path, target: Path, streams: _Streams) -> bool:
    import ffmpeg

    source = ffmpeg.input(f"file:{media}", protocol_whitelist="file,crypto,data")
    wanted = [source[kind] for kind, there in (("v:0", streams.video), ("a:0", streams.audio)) if there]
    options: dict[str, Any] = {"movflags": "+faststart", "map_metadata": -1, "fflags": "+bitexact"}
    options |= {"c:v": "copy"} if streams.video_plays("mp4") else _ENCODE_VIDEO
    options |= {"c:a": "copy"} if streams.audio_plays("mp4") else _ENCODE_AUDIO
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = temporary_name(target)
    stream = ffmpeg.output(*wanted, f"file:{partial}", **options)
    stream = stream.global_args("-nostdin", "-hide_banner", "-loglevel", "error").overwrite_output()
    try:
        run_ffmpeg(stream)
        partial.replace(target)
        seal(target)
    except ffmpeg.Error:
        # The stage says that the player may stay dark; the article does not hang on it.
        return False
    finally:
        partial.unlink(missing_ok=True)
    return True
