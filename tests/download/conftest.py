"""A web server on this machine for the download stage, and the stage with its real adapters."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeWork

from pipeline import download
from pipeline.adapters import media, video_site
from pipeline.models import SourceVideo


@dataclass
class Site:
    """Pages by path, and what was asked for."""

    address: str
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    break_after: dict[str, list[int]] = field(default_factory=dict)
    """Bytes after which the next replies with a body break off, one number a reply."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and Range of each request."""

    def put(self, path: str, kind: str, content: bytes) -> str:
        self.pages[path] = (kind, content)
        return self.address + path


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, format: str, *args: Any) -> None: ...

    def do_HEAD(self) -> None:
        self._reply(body=False)

    def do_GET(self) -> None:
        self._reply(body=True)

    def _reply(self, *, body: bool) -> None:
        path, span = self.path.split("?")[0], self.headers.get("Range")
        self.site.asked.append((self.command, path, span))
        if path in self.site.redirects:
            self.send_response(302)
            self.send_header("Location", self.site.redirects[path])
            self.end_headers()
            return
        if path not in self.site.pages:
            self.send_error(404)
            return
        kind, content = self.site.pages[path]
        start = int(span.removeprefix("bytes=").split("-")[0]) if span else 0
        self.send_response(206 if span else 200)
        if span:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if body:
            self._send(path, content[start:])

    def _send(self, path: str, rest: bytes) -> None:
        breaks = self.site.break_after.get(path)
        limit = breaks.pop(0) if breaks and len(rest) > breaks[0] else None
        try:
            self.wfile.write(rest[:limit])
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            # yt-dlp looks at the first bytes of a media file and hangs up.
            pass
        self.close_connection = True


@pytest.fixture
def site() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    served = Site(f"http://127.0.0.1:{server.server_port}")
    handler = type("Handler", (_Handler,), {"site": served})
    server.RequestHandlerClass = handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
    # Connections that yt-dlp left open end here and not in somebody else's test.
    gc.collect()


@pytest.fixture(scope="session")
def clip(example: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of the example lecture, as an MP4 file."""
    target = tmp_path_factory.mktemp("clip") / "clip.mp4"
    media.cut(example, target, 2.0, 5.0)
    return target.read_bytes()


Have = Callable[..., tuple[SourceVideo, FakeWork]]


@pytest.fixture
def have(tmp_path: Path) -> Have:
    """Runs the stage with its real adapters; sections of the config as keywords."""

    def run(url: str, **sections: Any) -> tuple[SourceVideo, FakeWork]:
        work = FakeWork(tmp_path / "output", url=url, **sections)
        video = download.run(
            work, fetch=video_site.fetch, probe=media.probe, extract_subtitles=media.extract_subtitles
        )
        return video, work

    return run
