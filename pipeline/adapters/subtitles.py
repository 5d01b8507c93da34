"""Puts captions into a copy of the video, as a track that a player can switch on."""

from __future__ import annotations

__all__ = ["mux"]

from pathlib import Path

from pipeline.adapters.media import run_ffmpeg
from pipeline.errors import MediaError
from pipeline.store import temporary_name

# What each container takes as soft subtitles; others become Matroska, which takes anything.
_CODECS = {".mp4": "mov_text", ".m4v": "mov_text", ".mov": "mov_text", ".mkv": "srt", ".webm": "webvtt"}


def mux(media: Path, captions: Path, target: Path, language: str) -> Path:
    """Copies the media, not a sample changed, with the captions as its first text track.

    Args:
        captions: a WebVTT or SRT file.
        target: the copy; its suffix is changed to .mkv if its container takes no subtitles.
        language: ISO 639-1 code.

    Returns:
        The copy that was written.

    Raises:
        MediaError: ffmpeg refuses; the message is its own.
    """
    import ffmpeg
    import langcodes

    if target.suffix.lower() not in _CODECS:
        target = target.with_suffix(".mkv")
    partial = temporary_name(target)
    video = ffmpeg.input(f"file:{media}", protocol_whitelist="file,crypto,data")
    text = ffmpeg.input(f"file:{captions}", protocol_whitelist="file,crypto,data")
    code = langcodes.Language.get(language).to_alpha3()
    # Text tracks that the video had stay, behind ours; attachments and data tracks not every container takes.
    output = ffmpeg.output(
        video["v?"], video["a?"], text["s:0"], f"file:{partial}",
        c="copy", **{"c:s": _CODECS[target.suffix.lower()], "metadata:s:s:0": f"language={code}"},
        map_metadata=0, map_chapters=0,
    )  # fmt: skip
    output = output.global_args("-nostdin", "-hide_banner", "-loglevel", "error").overwrite_output()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        run_ffmpeg(output)
        partial.replace(target)
    except ffmpeg.Error as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise MediaError(
            f"captions: {target.name} cannot be made from {media.name}: {said[-1][:300]}",
            kept="the video and the caption files",
            fix="leave out --mux and open the .vtt file in the player",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return target
