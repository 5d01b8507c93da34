"""Shows a site on this machine: loopback only, with byte ranges so that the video seeks.

Python's own `http.server` answers every request with the whole file, and a browser then cannot jump in a video.
Source for ranges: RFC 9110, section 14.
"""

from __future__ import annotations

import contextlib
import email.utils
import errno
import mimetypes
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from pipeline.errors import SourceMissing, StorageError, UsageError

HOST = "127.0.0.1"
CHUNK = 1 << 18
_TYPES = {
    ".wasm": "application/wasm",
    ".vtt": "text/vtt",
    ".md": "text/markdown",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".js": "text/javascript",
    ".epub": "application/epub+zip",
    ".xml": "application/xml",
    ".mp4": "video/mp4",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def serve(folder: Path, port: int = 0, *, ready: Callable[[str], None] | None = None) -> None:
    """Shows a lecture's site, or all of them, until interrupted.

    Args:
        folder: a lecture's folder (its site is at `/`), or the output folder (the library is).
        port: 0 for a free one.
        ready: told the address once it answers.

    Raises:
        SourceMissing: there is no site in that folder.
        UsageError: the port is taken.
    """
    server = make_server(folder, port)
    if ready:
        ready(f"http://{HOST}:{server.server_address[1]}/")
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.2)
    server.server_close()


def make_server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """The server, listening but not yet answering: `serve_forever()` answers, `shutdown()` ends it.

    Raises:
        SourceMissing, UsageError: as `serve` does.
    """
    locate = _locator(folder)

    class Handler(_Handler):
        find = staticmethod(locate)

    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise StorageError(f"serve: {error}", fix="try again") from error
        raise UsageError(
            f"serve: port {port} cannot be had on {HOST}: {error}",
            fix="name another with PORT=…, or 0 for any that is free",
        ) from error
    server.daemon_threads = True
    return server


def _locator(folder: Path) -> Callable[[str], Path | None]:
    folder = folder.resolve()
    if (folder / "site/index.html").is_file():
        # The pages point at `../work/media/…` where the lecture was too large to copy.
        roots = {"": folder / "site", "work/media/": folder / "work/media"}
        return lambda path: _inside(roots, path)
    if (folder / "index.html").is_file():
        return lambda path: _inside({"": folder}, path) if _is_public(path) else None
    raise SourceMissing(
        f"serve: there is no site in {folder}",
        fix="make one first: make article URL=…",
    )


def _is_public(path: str) -> bool:
    """In the output folder, pages and lectures are shown; artifacts and a person's edits are not."""
    parts = path.split("/")
    return len(parts) < 2 or parts[1] == "site" or parts[1:3] == ["work", "media"] or parts == [parts[0], ""]


def _inside(roots: dict[str, Path], path: str) -> Path | None:
    prefix = max((one for one in roots if path.startswith(one)), key=len)
    root = roots[prefix].resolve()
    found = (root / path.removeprefix(prefix)).resolve()
    if not found.is_relative_to(root):
        return None
    if found.is_dir():
        found /= "index.html"
    return found if found.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    server_version = "lecturebook"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30
    find: Callable[[str], Path | None]

    def handle(self) -> None:
        # A browser that leaves, or seeks elsewhere, drops its connection: that is no failure of ours.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not printed."""

    def _answer(self, *, body: bool) -> None:
        # A page elsewhere whose name was pointed at 127.0.0.1 must not read the lecture.
        name = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if name not in (HOST, "localhost"):
            return self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        path = unquote(urlsplit(self.path).path).lstrip("/")
        found = None if "\0" in path or "\\" in path else type(self).find(path)
        if found is None:
            return self.send_error(HTTPStatus.NOT_FOUND)
        if found.name == "index.html" and path and not path.endswith(("/", "index.html")):
            return self._redirect(f"/{path}/")
        with contextlib.suppress(ConnectionError), found.open("rb") as file:
            self._send(found, file, body=body)
        return None

    def _redirect(self, to: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", to.replace("\r", "").replace("\n", ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, path: Path, file: IO[bytes], *, body: bool) -> None:
        size = path.stat().st_size
        asked = byte_range(self.headers.get("Range"), size)
        if asked == "unsatisfiable":
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first, last = asked if isinstance(asked, tuple) else (0, size - 1)
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Type", content_type(path))
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Last-Modified", email.utils.formatdate(path.stat().st_mtime, usegmt=True))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if body:
            self._copy(file, first, last - first + 1)

    def _copy(self, file: IO[bytes], first: int, length: int) -> None:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            self.wfile.write(chunk)
            length -= len(chunk)


def byte_range(header: str | None, size: int) -> tuple[int, int] | str | None:
    """The first and last byte asked for; None for all of it; "unsatisfiable" for none of it.

    Several ranges at once, and units other than bytes, may be answered with everything.

    >>> byte_range("bytes=0-99", 1000), byte_range("bytes=-10", 1000), byte_range("bytes=990-", 1000)
    ((0, 99), (990, 999), (990, 999))
    >>> byte_range("bytes=1000-", 1000), byte_range("bytes=5-2", 1000), byte_range(None, 1000)
    ('unsatisfiable', None, None)
    """
    match = _RANGE.match((header or "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    start, end = match.groups()
    if not start:
        length = min(int(end), size)
        return (size - length, size - 1) if length else "unsatisfiable"
    if end and int(end) < int(start):
        return None
    if int(start) >= size:
        return "unsatisfiable"
    return int(start), min(int(end), size - 1) if end else size - 1


def content_type(path: Path) -> str:
    """The file's media type, with UTF-8 for text."""
    kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/xml" else kind
