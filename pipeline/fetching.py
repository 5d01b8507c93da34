"""What `download` needs of the outside world, and what it gets back."""

from __future__ import annotations

__all__ = ["ExtractSubtitles", "Fetch", "Fetched", "FetchedTrack", "ProbeMedia"]

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Protocol

from pipeline.config import DownloadOptions
from pipeline.interfaces import Probe, Progress
from pipeline.models import Mark, Model, RelativePath, Seconds


class FetchedTrack(Model):
    """A caption file that came from the site."""

    path: RelativePath
    language: str | None
    automatic: bool


class Fetched(Model):
    """A lecture as a site gave it. Every text in it is as the site wrote it: untrusted."""

    media: RelativePath
    page_url: str
    site: str
    """yt-dlp's extractor key in lower case."""
    video_key: str | None = None
    direct: bool = False
    """The address was the media file's own, so that there is no page to know a title from."""
    title: str | None = None
    author: str | None = None
    licence: str | None = None
    published: date | None = None
    language: str | None = None
    description: str = ""
    duration_s: Seconds | None = None
    chapters: tuple[Mark, ...] = ()
    tracks: tuple[FetchedTrack, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be had beside the video (a caption track that failed)."""


class Fetch(Protocol):
    """Brings the lecture at an http(s) URL to the disk."""

    def __call__(self, url: str, *, folder: Path, options: DownloadOptions, progress: Progress) -> Fetched:
        """Put the media under `folder`/work/media and captions under `folder`/work/captions.

        Raises:
            NotFound, UnsupportedSource, PrivateAddress, DownloadBroken (its partial file stays), SourceError,
            StorageError.
        """


ProbeMedia = Callable[[Path], Probe]
"""What a file holds. Raises `NotMedia`, `NoStreams`."""

ExtractSubtitles = Callable[[Path, int, Path], None]
"""`(media, stream index, target.vtt)`: writes a text track out as WebVTT. Raises `MediaError`."""
