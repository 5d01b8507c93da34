"""What an address may lead to: http(s) alone, nothing private, no command, within limits, over checked TLS."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeWork

from pipeline import download
from pipeline.adapters import media, video_site
from pipeline.config import DownloadOptions, load
from pipeline.errors import ConfigError, DownloadBroken, LecturebookError, SourceError, UnsupportedSource

# Everything that yt-dlp could be told to run, to load, or to write elsewhere.
DANGEROUS = {
    "exec_cmd", "exec_before_dl_cmd", "postprocessors", "external_downloader", "cookiesfrombrowser", "plugin_dirs",
    "usenetrc", "netrc_cmd", "netrc_location", "load_info_filename", "enable_file_urls", "nocheckcertificate",
    "client_certificate", "proxy", "geo_verification_proxy", "writeinfojson", "print_to_file", "remote_components",
    "legacyserverconnect", "download_archive", "batchfile", "extractor_args", "compat_opts", "prefer_insecure",
}  # fmt: skip


def have(folder: Path, url: str, **options: Any) -> Any:
    work = FakeWork(folder, url=url, download={"retries": 0, **options})
    return download.run(
        work, fetch=video_site.fetch, probe=media.probe, extract_subtitles=media.extract_subtitles
    )


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "FILE:///etc/passwd", "ftp://example.org/a.mp4", "data:video/mp4;base64,AAAA",
        "javascript:alert(1)", "rtmp://example.org/live", "concat:/etc/passwd|/etc/hosts", "pipe:0", "gopher://x/1",
        "http:///nohost", "http://[", "https://", "ytsearch:anything", "exec:touch /tmp/x",
    ],
)  # fmt: skip
def test_only_http_addresses_are_taken(tmp_path: Path, url: str) -> None:
    with pytest.raises(UnsupportedSource):
        have(tmp_path, url)
    assert not list(tmp_path.rglob("*.mp4"))


def test_nothing_that_runs_a_command_can_be_reached(tmp_path: Path) -> None:
    """Whatever the config holds, what yt-dlp is given has none of the options that run, load or write elsewhere."""
    options = DownloadOptions(max_height=1, retries=1)
    visit = video_site._Visit("https://example.org/--exec=id", tmp_path, options, lambda *_: None)
    given = visit._parameters()
    assert not DANGEROUS & {name for name, value in given.items() if value}
    # The only programs named are ffmpeg, by the path that we found, and no shell is among what goes to it.
    assert given["external_downloader_args"] == {"ffmpeg_i": ["-protocol_whitelist", "file,crypto,data"]}
    assert Path(given["paths"]["home"]).is_relative_to(tmp_path)


@pytest.mark.parametrize(
    "setting",
    [
        "download.exec=id", "download.postprocessors=[]", "download.proxy=http://x", "download.nocheckcertificate=true",
        "download.cookiesfrombrowser=chrome", "download.external_downloader=sh", "download.yt_dlp={exec: id}",
        "download.extractor_args=x", "download.outtmpl=/etc/x",
    ],
)  # fmt: skip
def test_no_option_passes_anything_on(setting: str) -> None:
    with pytest.raises(ConfigError, match="no such option"):
        load(None, [setting], {})


def test_a_file_of_yt_dlps_own_settings_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """yt-dlp as a program reads a config file, in which --exec may stand; as a library it must not."""
    for place in (tmp_path / "yt-dlp", tmp_path):
        place.mkdir(exist_ok=True)
        for name in ("config", "yt-dlp.conf", "config.txt"):
            if not (place / name).exists():
                (place / name).write_text(f"--exec 'touch {tmp_path / 'was-run'}'\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    content = b"no media at all"
    with (
        serve(lambda path: (200, {"Content-Type": "video/mp4"}, content)) as address,
        pytest.raises(LecturebookError),
    ):
        have(tmp_path / "out", f"{address}/talk.mp4", allow_private_addresses=True)
    assert not (tmp_path / "was-run").exists()


class _Handler(BaseHTTPRequestHandler):
    answer: Any

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self._reply(body=False)

    def do_GET(self) -> None:
        self._reply(body=True)

    def _reply(self, *, body: bool) -> None:
        status, headers, content = self.answer(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in [content] if isinstance(content, bytes) else content:
                if body:
                    self.wfile.write(piece)
        except OSError:
            pass
        self.close_connection = True


@contextmanager
def serve(answer: Any, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server on this machine; `answer(path)` gives a status, headers and a body (bytes, or pieces of it)."""

    handler = type("Bound", (_Handler,), {"answer": staticmethod(answer)})

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None: ...

    server: HTTPServer = Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/a.mp4", "data:video/mp4;base64,AAAA"]
)
def test_no_redirect_leads_to_another_kind_of_address(tmp_path: Path, target: str) -> None:
    with (
        serve(lambda path: (302, {"Location": target, "Content-Length": "0"}, b"")) as address,
        pytest.raises(SourceError) as ended,
    ):
        have(tmp_path, f"{address}/talk.mp4", allow_private_addresses=True)
    assert "root:" not in str(ended.value)
    assert "leads to an address that is neither http nor https" in str(ended.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size]


def test_a_download_without_a_length_stops_at_the_limit(tmp_path: Path) -> None:
    sent = []

    def endless() -> Iterator[bytes]:
        for _ in range(400):
            sent.append(1)
            yield b"\0" * 100_000

    with (
        serve(lambda path: (200, {"Content-Type": "video/mp4"}, endless())) as address,
        pytest.raises(SourceError, match="over the limit"),
    ):
        have(tmp_path, f"{address}/talk.mp4", allow_private_addresses=True, max_size_gb=0.002)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 8_000_000


def test_a_download_that_takes_too_long_is_broken_off(tmp_path: Path) -> None:
    import time

    def slow() -> Iterator[bytes]:
        for _ in range(1200):  # a minute
            time.sleep(0.05)
            yield b"\0" * 20_000

    began = time.monotonic()
    with (
        serve(
            lambda path: (200, {"Content-Type": "video/mp4", "Content-Length": "24000000"}, slow())
        ) as address,
        pytest.raises(DownloadBroken, match="takes longer than"),
    ):
        have(tmp_path, f"{address}/talk.mp4", allow_private_addresses=True, max_time_s=1.0)
    assert time.monotonic() - began < 40


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody has signed."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with (
        serve(
            lambda path: (200, {"Content-Type": "video/mp4"}, b"x" * 1000), certificate(tmp_path)
        ) as address,
        pytest.raises(SourceError, match=r"(?i)certificate"),
    ):
        have(tmp_path / "out", f"{address}/talk.mp4", allow_private_addresses=True)


def test_cookies_come_from_the_named_file_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        have(tmp_path, "https://example.org/a.mp4", cookies=str(tmp_path / "none.txt"))
    visit = video_site._Visit("https://example.org/a", tmp_path, DownloadOptions(), lambda *_: None)
    assert visit._parameters()["cookiefile"] is None


def test_importing_the_program_asks_the_network_nothing(root: Path) -> None:
    """Every module, with a resolver and sockets that refuse: what is fetched is fetched when it is needed, and said."""
    code = """
import pkgutil, importlib, socket, sys
def refuse(*arguments, **named):
    raise AssertionError(f"asked the network: {arguments}")
socket.getaddrinfo = socket.create_connection = refuse
class Refusing(socket.socket):
    connect = connect_ex = refuse
socket.socket = Refusing
import pipeline, bpe_reference
count = 0
for package in (pipeline, bpe_reference):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if found.name.endswith("__main__"):
            continue
        importlib.import_module(found.name)
        count += 1
pipeline.adapters.llama.refuse_early()  # finds the library that xllamacpp may lack
for library in ("yt_dlp", "faster_whisper", "openai", "rapidocr", "scenedetect", "av", "xllamacpp", "pagefind"):
    importlib.import_module(library)
print(count)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=root
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) > 100
