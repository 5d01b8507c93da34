"""The name of a lecture's folder, from its address alone: no network, no disk.

The same lecture always gets the same name, two lectures never share one, and a person can tell from it which
lecture it is: `youtube-zdusfxrajke-3b1f0c`, `bpe-lecture-3f9c2a`. Names are made of a readable part and, where
that could be ambiguous (YouTube's ids differ by case alone; two files are both called lecture.mp4), six hex
digits of a hash.
"""

from __future__ import annotations

__all__ = ["is_url", "lecture_id", "vimeo_id", "youtube_id"]

import hashlib
import os
import re
import unicodedata
from pathlib import PurePath
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

MAX_LENGTH = 60
HASH_DIGITS = 6

# A scheme of two letters or more (one letter is a Windows drive), not followed by a space ("part: two.mp4").
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?=\S)")
_YOUTUBE_HOSTS = {"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com", "youtu.be"}
_YOUTUBE_KEY = re.compile(r"[A-Za-z0-9_-]{11}")
_YOUTUBE_PATHS = {"embed", "shorts", "live", "v", "e"}
_VIMEO_HOSTS = {"vimeo.com", "player.vimeo.com"}
# Names that say nothing: the folder's is used in their place.
_NAMELESS = {"lecture", "video", "movie", "media", "recording", "index", "main", "output", "watch", "talk"}
# Query fields that say where a visitor came from or where to start, not which video it is.
_NOT_IDENTITY = re.compile(r"utm_.*|fbclid|gclid|si|feature|t|start|time_continue")


def is_url(source: str) -> bool:
    """Whether `source` is an address rather than a path.

    >>> is_url("https://youtu.be/zduSFxRajkE"), is_url("data:video/mp4;base64,AA")
    (True, True)
    >>> is_url("/lectures/bpe: part 1.mp4"), is_url("C:\\\\lectures\\\\bpe.mp4")
    (False, False)
    """
    return _SCHEME.match(source) is not None


def lecture_id(url: str) -> str:
    """The folder's name of the lecture at `url`: an http(s) URL, or a path (made absolute against the current
    folder). At most 60 lower-case ASCII letters, digits and hyphens; neither first nor last a hyphen.

    >>> lecture_id("https://youtu.be/zduSFxRajkE?t=90") == lecture_id(
    ...     "https://www.youtube.com/watch?v=zduSFxRajkE&list=PL1"
    ... )
    True
    >>> lecture_id("https://vimeo.com/76979871")
    'vimeo-76979871'
    """
    if not is_url(url):
        return _of_path(url)
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        # No address at all ("http://["): `download` will say so, and where to say it needs a name.
        return _join("", _digest(url))
    if key := youtube_id(url):
        # Lower-casing and `_` to `-` lose a difference that YouTube makes, so the hash is of the exact id.
        return _join(f"youtube-{_slug(key)}", _digest(key))
    if key := vimeo_id(url):
        return f"vimeo-{key}"
    host = _host(parts)
    last = PurePath(unquote(parts.path)).stem
    readable = "-".join(filter(None, (_slug(host), "" if last in _NAMELESS else _slug(last))))
    return _join(readable, _digest(_canonical(parts)))


def youtube_id(url: str) -> str | None:
    """YouTube's eleven characters, from any form of address it gives out.

    >>> youtube_id("https://m.youtube.com/shorts/zduSFxRajkE?feature=share")
    'zduSFxRajkE'
    >>> youtube_id("https://www.youtube.com/@AndrejKarpathy") is None
    True
    """
    parts = urlsplit(url.strip())
    host = _host(parts)
    if host not in _YOUTUBE_HOSTS:
        return None
    steps = [step for step in parts.path.split("/") if step]
    if host == "youtu.be":
        candidate = steps[0] if steps else ""
    elif len(steps) >= 2 and steps[0] in _YOUTUBE_PATHS:
        candidate = steps[1]
    else:
        candidate = dict(parse_qsl(parts.query)).get("v", "")
    return candidate if _YOUTUBE_KEY.fullmatch(candidate) else None


def vimeo_id(url: str) -> str | None:
    """Vimeo's number of the video.

    >>> vimeo_id("https://player.vimeo.com/video/76979871#t=10s")
    '76979871'
    """
    parts = urlsplit(url.strip())
    if _host(parts) not in _VIMEO_HOSTS:
        return None
    numbers = [step for step in parts.path.split("/") if re.fullmatch(r"[0-9]{1,20}", step)]
    return numbers[0] if numbers else None


def _of_path(path: str) -> str:
    absolute = os.path.abspath(os.path.expanduser(path))
    pure = PurePath(absolute)
    names_nothing = pure.stem.lower() in _NAMELESS and pure.parent.name
    return _join(_slug(pure.parent.name if names_nothing else pure.stem), _digest(absolute))


def _canonical(parts: SplitResult) -> str:
    query = sorted(
        (name, value) for name, value in parse_qsl(parts.query) if not _NOT_IDENTITY.fullmatch(name)
    )
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ":?"
    return f"{_host(parts)}{port}{unquote(parts.path).rstrip('/')}?{urlencode(query)}"


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower().rstrip(".").removeprefix("www.")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]


def _join(readable: str, digest: str) -> str:
    return f"{(readable or 'lecture')[: MAX_LENGTH - HASH_DIGITS - 1].strip('-')}-{digest}"
