"""Lectures on the web, through yt-dlp: video sites, pages with a video element, media files.

yt-dlp's exceptions end here, in `_translate`. What is handed to it is fixed here too: no option of a user's
reaches it but a height, a cookie file's text and limits, so that none can run a command or write elsewhere.
"""

from __future__ import annotations

__all__ = ["fetch", "fetch_described"]

import errno
import io
import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline.adapters.address_guard import AddressGuard
from pipeline.adapters.media import ffmpeg_binary
from pipeline.config import DownloadOptions
from pipeline.errors import (
    ConfigError,
    DownloadBroken,
    LecturebookError,
    MediaError,
    NotFound,
    PrivateAddress,
    SourceError,
    StorageError,
    UnsupportedSource,
)
from pipeline.fetching import Fetched, FetchedTrack
from pipeline.interfaces import Progress
from pipeline.models import Mark

if TYPE_CHECKING:
    from yt_dlp import YoutubeDL

Info = dict[str, Any]
"""yt-dlp's description of a video; everything in it was written by a stranger."""
_Of = Callable[..., Any]
"""The first cause of an error that is of one of the types given, or None."""

GIGABYTE = 1_000_000_000
MAX_TRACK_BYTES = 20_000_000
MAX_TRACKS = 12
# Times for each word stand in json3 alone, which sites make for their automatic captions.
_HUMAN_FORMATS = ("vtt", "srt", "ttml", "json3")
_AUTOMATIC_FORMATS = ("json3", "vtt", "srt", "ttml")
_DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}


def fetch(url: str, *, folder: Path, options: DownloadOptions, progress: Progress) -> Fetched:
    """Bring the lecture at `url` into `folder`/work/media and its captions into `folder`/work/captions.

    A transfer that broke off is resumed where it stopped, within this call and by the next.

    Raises:
        NotFound: the server says 404 or 410.
        UnsupportedSource: no extractor knows the address, or it is a list, a live stream, or protected.
        PrivateAddress: it, or what it redirects to, lies in a private network.
        DownloadBroken: the transfer broke off again after `options.retries` resumptions.
        SourceError: the server refuses, or cannot be reached.
        StorageError: the disk is full or the folder cannot be written.
    """
    return _Visit(url, folder, options, progress).take(lambda site: site.extract_info(url, download=False))


def fetch_described(info: Info, *, folder: Path, options: DownloadOptions, progress: Progress) -> Fetched:
    """The same for a video that yt-dlp has described already (a `.info.json` with formats)."""
    url = str(info.get("webpage_url") or info.get("url") or info.get("id"))
    return _Visit(url, folder, options, progress).take(
        lambda site: site.process_ie_result(dict(info), download=False)
    )


class _Visit:
    """One lecture being fetched: the limits it is held to and how far it is."""

    def __init__(self, url: str, folder: Path, options: DownloadOptions, progress: Progress) -> None:
        self.url = url
        self.folder = folder
        self.media = folder / "work" / "media"
        self.options = options
        self.progress = progress
        self.warnings: list[str] = []
        self.transferring = False
        self.started = time.monotonic()
        self.arrived: dict[str, int] = {}
        self.expected: dict[str, int] = {}
        self.guard = AddressGuard(trusted=_proxy_hosts())

    def take(self, describe: Callable[[YoutubeDL], Info | None]) -> Fetched:
        import yt_dlp

        if not self.options.allow_private_addresses:
            with self.guard.watching():
                return self._take(yt_dlp, describe)
        return self._take(yt_dlp, describe)

    def _take(self, yt_dlp: Any, describe: Callable[[YoutubeDL], Info | None]) -> Fetched:
        try:
            self.media.mkdir(parents=True, exist_ok=True)
            with yt_dlp.YoutubeDL(self._parameters()) as site:
                info = self._single(site, describe(site))
                self._accept(info)
                self.transferring = True
                site.process_info(info)
                self.transferring = False
                media = self._settle(info)
                tracks = tuple(self._tracks(site, info))
        except Exception as error:
            raise self._translate(error) from error
        return self._fetched(info, media, tracks)

    # -------------------------------------------------------------------------------------- what yt-dlp is told

    def _parameters(self) -> dict[str, Any]:
        height = self.options.max_height
        return {
            "quiet": True,
            "noprogress": True,
            "no_color": True,
            "logger": _Log(self.warnings),
            "progress_hooks": [self._hook],
            "cachedir": False,
            "paths": {"home": str(self.media)},
            "outtmpl": {"default": "lecture-%(format_id).40B.%(ext)s"},
            "restrictfilenames": True,
            "overwrites": False,
            "continuedl": True,
            "updatetime": False,
            "format": "bv*+ba/b",
            # The best not taller than asked; among equals what every browser plays.
            "format_sort": [f"res:{height}", "vcodec:h264", "acodec:aac"],
            "noplaylist": True,
            "extract_flat": "in_playlist",
            "playlist_items": "1:20",
            "retries": self.options.retries,
            "fragment_retries": self.options.retries,
            "extractor_retries": min(self.options.retries, 3),
            "file_access_retries": 0,
            "retry_sleep_functions": {"http": _pause, "fragment": _pause},
            "skip_unavailable_fragments": False,
            "socket_timeout": self.options.timeout_s,
            "cookiefile": self._cookies(),
            "ffmpeg_location": ffmpeg_binary(),
            # Where yt-dlp would hand an address to ffmpeg, the guard could not see it: ffmpeg may open files only.
            "external_downloader_args": {"ffmpeg_i": ["-protocol_whitelist", "file,crypto,data"]},
            "allow_unplayable_formats": False,
            "check_formats": None,
        }

    def _cookies(self) -> io.StringIO | None:
        """The named file's text: given the name itself, yt-dlp would write the file anew on its way out."""
        if self.options.cookies is None:
            return None
        path = Path(self.options.cookies).expanduser()
        try:
            return io.StringIO(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"config: download.cookies names {path}, which cannot be read: {error}",
                kept="nothing was fetched",
                fix="name a cookies.txt file in Netscape format, or take the option out",
            ) from error

    # ------------------------------------------------------------------------------------------ what it found

    def _single(self, site: YoutubeDL, info: Info | None) -> Info:
        """The one video that `info` describes."""
        if info is None:
            raise self._unsupported("nothing was found there")
        if info.get("_type") in {"playlist", "multi_video"}:
            entries = [entry for entry in info.get("entries") or () if entry]
            if len(entries) != 1:
                some = ", ".join(str(entry.get("url") or entry.get("webpage_url")) for entry in entries[:5])
                raise self._unsupported(
                    f"it is a list of videos ({some or 'none'})", "name one of its videos"
                )
            entry = entries[0]
            if entry.get("_type") in {"url", "url_transparent"}:
                return self._single(site, site.extract_info(entry["url"], download=False))
            return self._single(site, site.process_ie_result(entry, download=False))
        return info

    def _accept(self, info: Info) -> None:
        if info.get("is_live") or info.get("live_status") in {"is_live", "is_upcoming"}:
            raise self._unsupported("it is a live stream", "come back when the recording is out")
        formats = info.get("requested_formats") or [info]
        for chosen in formats:
            self._check_address(chosen)
        size = sum(int(chosen.get("filesize") or chosen.get("filesize_approx") or 0) for chosen in formats)
        self._check_size(size)
        if size:
            self.progress(0, size, f"{size / 1e6:,.0f} MB from {urlsplit(self.url).hostname}")

    def _check_address(self, chosen: Info) -> None:
        scheme = urlsplit(str(chosen.get("url") or chosen.get("manifest_url") or "")).scheme.lower()
        if scheme not in {"http", "https"} and not chosen.get("fragments"):
            raise self._unsupported(
                f"its media come by {scheme or 'no'} address; only http and https are taken"
            )

    def _check_size(self, size: float) -> None:
        limit = self.options.max_size_gb * GIGABYTE
        if size > limit:
            raise SourceError(
                f"download: {self.url} is {size / GIGABYTE:.1f} GB, over the limit of "
                f"{self.options.max_size_gb:g} GB",
                kept=self._kept(),
                fix="raise download.max_size_gb, or lower download.max_height for a smaller format",
            )

    def _hook(self, status: Mapping[str, Any]) -> None:
        """Called by yt-dlp after each piece."""
        name = str(status.get("filename"))
        self.arrived[name] = int(status.get("downloaded_bytes") or 0)
        expected = status.get("total_bytes") or status.get("total_bytes_estimate") or 0
        self.expected[name] = max(int(expected), self.arrived[name])
        self._check_size(max(sum(self.arrived.values()), sum(self.expected.values())))
        if time.monotonic() - self.started > self.options.max_time_s:
            raise self._broken(f"it takes longer than {self.options.max_time_s:g} s")
        self.progress(sum(self.arrived.values()), sum(self.expected.values()), _megabytes(self.arrived))

    def _settle(self, info: Info) -> Path:
        """Give the finished file its plain name."""
        written = info.get("filepath") or next(
            (done.get("filepath") for done in info.get("requested_downloads") or ()), None
        )
        if not written or not Path(written).is_file():
            raise self._broken("yt-dlp wrote no file: " + "; ".join(self.warnings[-2:]))
        source = Path(written)
        target = self.media / f"lecture{source.suffix}"
        source.replace(target)
        return target

    # ----------------------------------------------------------------------------------------------- captions

    def _tracks(self, site: YoutubeDL, info: Info) -> Iterator[FetchedTrack]:
        """The site's captions; one that cannot be had is a note, not the end."""
        spoken = _base(info.get("language"))
        human = _usable(info.get("subtitles"))
        automatic = {
            tag: forms
            for tag, forms in _usable(info.get("automatic_captions")).items()
            # Sites translate theirs into a hundred languages: only what was spoken counts.
            if tag.endswith("-orig") or (_base(tag) == spoken if spoken else _base(tag) == "en")
        }
        if any(tag.endswith("-orig") for tag in automatic):
            automatic = {tag: forms for tag, forms in automatic.items() if tag.endswith("-orig")}
        wanted = sorted(human, key=lambda tag: (_base(tag) != spoken, _base(tag) != "en", tag))[:MAX_TRACKS]
        for tag in wanted:
            yield from self._track(site, info, tag, human[tag], automatic=False)
        for tag in sorted(automatic)[:2]:
            yield from self._track(site, info, tag, automatic[tag], automatic=True)

    def _track(
        self, site: YoutubeDL, info: Info, tag: str, forms: list[Info], *, automatic: bool
    ) -> Iterator[FetchedTrack]:
        order = _AUTOMATIC_FORMATS if automatic else _HUMAN_FORMATS
        form = min(
            (f for f in forms if f.get("ext") in order), key=lambda f: order.index(f["ext"]), default=None
        )
        if form is None:
            return
        folder = self.folder / "work" / "captions"
        folder.mkdir(parents=True, exist_ok=True)
        origin = "automatic" if automatic else "site"
        target = folder / f"{origin}.{re.sub(r'[^A-Za-z0-9-]', '', tag)[:20] or 'und'}.{form['ext']}"
        try:
            target.write_bytes(self._track_bytes(site, info, form))
        except OSError as error:
            if _disk_trouble(error):
                raise
            self.warnings.append(f"captions {tag}: {error}")
        except Exception as error:
            self.warnings.append(f"captions {tag}: {error}")
        else:
            path = target.relative_to(self.folder).as_posix()
            language = tag.removesuffix("-orig")
            yield FetchedTrack(
                path=path, language=language if language != "und" else None, automatic=automatic
            )

    def _track_bytes(self, site: YoutubeDL, info: Info, form: Info) -> bytes:
        if form.get("data") is not None:
            return str(form["data"]).encode()
        from yt_dlp.networking import Request

        self._check_address(form)
        headers = {**(info.get("http_headers") or {}), **(form.get("http_headers") or {})}
        with site.urlopen(Request(str(form["url"]), headers=headers)) as reply:
            text: bytes = reply.read(MAX_TRACK_BYTES + 1)
        if len(text) > MAX_TRACK_BYTES:
            raise ValueError(f"over {MAX_TRACK_BYTES / 1e6:.0f} MB")
        return text

    # ------------------------------------------------------------------------------------------------- result

    def _fetched(self, info: Info, media: Path, tracks: tuple[FetchedTrack, ...]) -> Fetched:
        return Fetched(
            media=media.relative_to(self.folder).as_posix(),
            page_url=str(info.get("webpage_url") or info.get("original_url") or self.url),
            site=str(info.get("extractor_key") or "generic").lower(),
            video_key=_text(info.get("id")),
            direct=bool(info.get("direct")),
            title=_title(info),
            author=_text(info.get("uploader") or info.get("channel") or info.get("creator")),
            licence=_text(info.get("license")),
            published=_day(info.get("release_date") or info.get("upload_date")),
            language=_text(info.get("language")),
            description=_text(info.get("description")) or "",
            chapters=tuple(_chapters(info)),
            tracks=tracks,
            notes=tuple(note for note in self.warnings if note.startswith("captions ")),
        )

    # ------------------------------------------------------------------------------------------------- errors

    def _translate(self, error: Exception) -> LecturebookError:
        """`error`, of whatever library, as one of ours."""
        causes = list(_causes(error))

        def of(*kinds: type[BaseException]) -> Any:
            return next((cause for cause in causes if isinstance(cause, kinds)), None)

        # By its name, since yt-dlp takes whichever HTTP library it finds, and each has an error of that name.
        if any(type(cause).__name__ == "InvalidSchema" for cause in causes):
            return self._unsupported("it leads to an address that is neither http nor https")
        return self._certain(of) or self._as_yt_dlp_says(error, of)

    def _certain(self, of: _Of) -> LecturebookError | None:
        """What is clear whenever it happens, whatever yt-dlp made of it; None if it is nothing of that kind."""
        from yt_dlp.cookies import CookieLoadError
        from yt_dlp.networking.exceptions import HTTPError, TransportError

        if ours := of(LecturebookError):
            return ours  # type: ignore[no-any-return]
        if self.guard.refused:
            return PrivateAddress(
                f"download: {self.url} leads to {self.guard.refused[-1]}, which is in a private network",
                kept=self._kept(),
                fix="if you trust it: --set download.allow_private_addresses=true",
            )
        if (full := of(OSError)) and _disk_trouble(full) and not of(TransportError):
            return StorageError(
                f"download: {self.media} cannot be written: {full.strerror}",
                kept=self._kept(),
                fix="make room or choose another folder with output.folder, then run the same command again",
            )
        if refusal := of(HTTPError):
            return self._refused(int(refusal.status))
        if of(CookieLoadError):
            return ConfigError(
                f"config: {self.options.cookies} is not a cookies.txt file in Netscape format",
                kept="nothing was fetched",
                fix="export the cookies anew, or take download.cookies out",
            )
        return None

    def _as_yt_dlp_says(self, error: Exception, of: _Of) -> LecturebookError:
        """What depends on how far the visit was, told in yt-dlp's words."""
        from yt_dlp.networking.exceptions import RequestError, TransportError
        from yt_dlp.utils import ExtractorError, GeoRestrictedError, PostProcessingError, UnsupportedError

        said = _said(error)
        if of(UnsupportedError):
            return self._unsupported("no extractor knows what to do with it")
        if of(PostProcessingError):
            return MediaError(
                f"download: picture and sound of {self.url} could not be put together: {said}",
                kept=self._kept(),
                fix="try another format with download.max_height",
            )
        if self.transferring:
            return self._broken(said)
        if of(GeoRestrictedError):
            return self._unsupported(f"it is not shown in this country ({said})")
        if of(TransportError) or (of(RequestError) and not of(ExtractorError)):
            return SourceError(
                f"download: {urlsplit(self.url).hostname or self.url} cannot be reached: {said}",
                kept=self._kept(),
                fix="check the address and the connection, then run the same command again",
            )
        if of(ExtractorError):
            return self._unsupported(said)
        return SourceError(
            f"download: yt-dlp failed on {self.url}: {type(error).__name__}: {said}",
            kept=self._kept(),
            fix="update yt-dlp, or download the lecture by hand and name the file",
        )

    def _refused(self, status: int) -> SourceError:
        if status in {404, 410}:
            return NotFound(
                f"download: there is nothing at {self.url} (HTTP {status})",
                kept=self._kept(),
                fix="check the address",
            )
        fix = {
            401: "name a cookies.txt of your login with download.cookies",
            403: "name a cookies.txt of your login with download.cookies, or update yt-dlp",
            429: "the server wants fewer requests: wait, then run the same command again",
        }.get(status, "run the same command again later")
        kind = DownloadBroken if self.transferring and status >= 500 else SourceError
        return kind(f"download: the server refuses {self.url} (HTTP {status})", kept=self._kept(), fix=fix)

    def _unsupported(self, reason: str, fix: str | None = None) -> UnsupportedSource:
        return UnsupportedSource(
            f"download: no lecture can be had from {self.url}: {reason}",
            kept=self._kept(),
            fix=fix
            or "name the page of one video, or a media file; or download it by hand and name the file",
        )

    def _broken(self, reason: str) -> DownloadBroken:
        return DownloadBroken(
            f"download: the transfer of {self.url} broke off: {reason}",
            kept=self._kept(),
            fix="run the same command again: it goes on from there",
        )

    def _kept(self) -> str:
        with suppress(OSError):
            partial = sorted(self.media.glob("*.part"), key=lambda path: path.stat().st_size)
            if partial:
                return f"{partial[-1]} ({partial[-1].stat().st_size / 1e6:,.1f} MB so far)"
        return "nothing was fetched"


class _Log:
    """yt-dlp's logger: silent, but what went wrong is remembered."""

    def __init__(self, warnings: list[str]) -> None:
        self.warnings = warnings

    def debug(self, message: str) -> None: ...

    def info(self, message: str) -> None: ...

    def warning(self, message: str) -> None:
        self.warnings.append(_plain(message))

    def error(self, message: str) -> None:
        self.warnings.append(_plain(message))


def _pause(n: int) -> float:
    """Seconds before resumption number `n`, from 0."""
    return float(min(0.5 * 2**n, 15.0))


def _proxy_hosts() -> frozenset[str]:
    """Proxies that the environment names: the user's own choice, wherever they stand."""
    found = (urlsplit(address).hostname for address in urllib.request.getproxies().values())
    return frozenset(host.lower() for host in found if host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and everything it came from; yt-dlp keeps causes in attributes of its own."""
    queue: list[Any] = [error]
    seen: set[int] = set()
    while queue:
        one = queue.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        queue += [one.__cause__, one.__context__, getattr(one, "cause", None), getattr(one, "reason", None)]
        info = getattr(one, "exc_info", None)
        if isinstance(info, tuple) and len(info) > 1:
            queue.append(info[1])


def _disk_trouble(error: OSError) -> bool:
    return error.errno in _DISK_TROUBLE


def _said(error: BaseException) -> str:
    text = _plain(str(error)) or type(error).__name__
    return text.removeprefix("ERROR: ")[:300]


def _plain(message: str) -> str:
    """yt-dlp's message without colours, its bug-report advice, and line breaks."""
    message = re.sub(r"\x1b\[[0-9;]*m", "", message)
    message = re.split(r"; please report this issue|\(caused by", message)[0]
    return re.sub(r"\s+", " ", re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", message)).strip()


def _megabytes(arrived: Mapping[str, int]) -> str:
    return f"{sum(arrived.values()) / 1e6:,.1f} MB"


def _usable(tracks: Any) -> dict[str, list[Info]]:
    """Caption tracks by language; a site's chat replay is none."""
    if not isinstance(tracks, dict):
        return {}
    return {str(tag): list(forms) for tag, forms in tracks.items() if forms and tag != "live_chat"}


def _base(tag: Any) -> str:
    return str(tag or "").split("-")[0].lower()


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _title(info: Info) -> str | None:
    """The video's title. Those of a page's video elements yt-dlp numbers, also where there is but one."""
    title = _text(info.get("title"))
    numbered = title and str(info.get("extractor_key")).lower() in {"generic", "html5mediaembed"}
    return title.removesuffix(" (1)") if title and numbered else title


def _day(value: Any) -> date | None:
    """`20240220` as a date; None if it is no date."""
    digits = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", str(value or ""))
    if digits:
        with suppress(ValueError):
            return date(*(int(part) for part in digits.groups()))
    return None


def _chapters(info: Info) -> Iterator[Mark]:
    for chapter in info.get("chapters") or ():
        start = chapter.get("start_time")
        # yt-dlp calls what lies before the first chapter so.
        invented = str(chapter.get("title") or "").startswith("<Untitled Chapter")
        if isinstance(start, int | float) and 0 <= start < float("inf") and not invented:
            yield Mark(start_s=float(start), title=str(chapter.get("title") or ""))
