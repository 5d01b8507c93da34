"""Which Content-Security-Policy a page needs: what it carries itself runs, by its hash, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

from pipeline.site.links import Moments


def hash_source(text: str) -> str:
    """The policy's name for an inline script or style.

    >>> hash_source("alert(1)")
    "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def content_security_policy(
    scripts: Iterable[str], style: str, moments: Moments, *, search: bool, inline_media: bool = False
) -> str:
    """The policy of a page.

    Args:
        scripts: the inline scripts, exactly as they stand between the tags.
        style: the inline style.
        moments: names the hosts that a player needs.
        search: whether the page loads pagefind (its module, its worker and its WebAssembly).
        inline_media: whether fonts and pictures stand in the page itself, as `data:`.
    """
    script_sources = [hash_source(script) for script in scripts]
    if search:
        script_sources += ["'self'", "'wasm-unsafe-eval'"]
    data = " data:" if inline_media else ""
    directives = {
        "default-src": "'none'",
        "script-src": " ".join(script_sources),
        "style-src": hash_source(style),
        "img-src": "'self' data:",
        "font-src": f"'self'{data}",
        "media-src": f"'self'{_origin(moments)}",
        "connect-src": "'self'",
        "worker-src": "'self'" if search else "'none'",
        "frame-src": "https://www.youtube-nocookie.com" if moments.player == "youtube" else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _origin(moments: Moments) -> str:
    if moments.player != "file" or not moments.source:
        return ""
    parts = urlsplit(moments.source)
    # A host that could end the directive cannot come out of `safe_url`, which quotes ";" never; so check here.
    if parts.scheme in ("http", "https") and not set(parts.netloc) & set("; ,'\""):
        return f" {parts.scheme}://{parts.netloc}"
    return ""
