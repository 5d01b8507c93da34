"""Addresses: which ones may be linked to, and where a moment of the lecture is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pipeline.models import SourceVideo

SAFE_SCHEMES = frozenset({"http", "https", "mailto"})

# Browsers strip these inside a scheme, so that "java\tscript:" runs.
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")
_YOUTUBE_KEY = re.compile(r"[A-Za-z0-9_-]{11}")


def safe_url(address: str | None) -> str | None:
    """The address if a reader may be sent there: an absolute http(s) or mailto one; else None.

    >>> safe_url("https://arxiv.org/abs/1508.07909"), safe_url("java\\tscript:alert(1)"), safe_url("//x.org")
    ('https://arxiv.org/abs/1508.07909', None, None)
    """
    if not address:
        return None
    address = address.strip()
    if _IGNORED_BY_BROWSERS.search(address) or "\\" in address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme.lower() not in SAFE_SCHEMES:
        return None
    if parts.scheme.lower() != "mailto" and not parts.netloc:
        return None
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]")


@dataclass(frozen=True)
class Moments:
    """How a page links to a moment, and what plays it.

    `template` is an address with `{seconds}`. `player` says what the page can embed: the site's own
    player ("youtube"), a file ("file"), or nothing ("none": links only).
    """

    template: str | None
    player: str
    source: str | None = None
    """For "file": address of the media, relative to the page or absolute. For "youtube": the video's key."""
    page: str | None = None
    """Where people would watch the lecture."""

    def href(self, seconds: float) -> str | None:
        """Link to a moment, in whole seconds; None where nothing plays it."""
        if self.template is None:
            return None
        return self.template.replace("{seconds}", str(int(seconds)))


def moments(video: SourceVideo, media_source: str | None) -> Moments:
    """Links for this lecture.

    Args:
        video: the lecture.
        media_source: address of a playable file (the site's copy or the user's `video_url`), or None.
    """
    page = safe_url(video.url)
    template = _safe_template(video.moment_url)
    if video.site == "youtube" and _YOUTUBE_KEY.fullmatch(video.video_key or "") and template:
        return Moments(template, "youtube", video.video_key, page)
    if template:
        return Moments(template, "none", None, page)
    if media_source:
        return Moments(media_source + "#t={seconds}", "file", media_source, page)
    return Moments(None, "none", None, page)


def _safe_template(template: str | None) -> str | None:
    if template is None or "{seconds}" not in template:
        return None
    marked = template.replace("{seconds}", "0123456789")
    safe = safe_url(marked)
    return safe.replace("0123456789", "{seconds}") if safe else None
