"""The local server: byte ranges, loopback only, nothing but the site."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes import FakeWork

from pipeline import render
from pipeline.errors import SourceMissing, UsageError
from pipeline.site.library import write_library
from pipeline.site.serve import make_server, serve


@pytest.fixture
def address(lecture: FakeWork) -> Iterator[str]:
    render.run(lecture)
    (lecture.folder / "edits").mkdir()
    (lecture.folder / "edits/secret.md").write_text("mine")
    with_server = make_server(lecture.folder)
    yield from _answering(with_server)


def _answering(server: object) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pages_have_their_type(address: str) -> None:
    for name, kind in (
        ("", "text/html; charset=utf-8"),
        ("ch01.html", "text/html; charset=utf-8"),
        ("media/lecture.mp4", "video/mp4"),
        ("figures/f001-640.webp", "image/webp"),
        ("media/captions.vtt", "text/vtt; charset=utf-8"),
    ):
        answer = httpx.get(address + name)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def test_ranges(address: str) -> None:
    whole = b"not really a video"
    for asked, status, body in (
        ("bytes=0-2", 206, b"not"),
        ("bytes=4-", 206, whole[4:]),
        ("bytes=-5", 206, b"video"),
        ("bytes=0-999", 206, whole),
        ("bytes=99-", 416, b""),
        ("chapters=1-2", 200, whole),
        ("bytes=0-1,3-4", 200, whole),
    ):
        answer = httpx.get(address + "media/lecture.mp4", headers={"Range": asked})
        assert (answer.status_code, answer.content) == (status, body), asked
        if status == 206:
            assert answer.headers["content-range"].endswith(f"/{len(whole)}")
    head = httpx.head(address + "media/lecture.mp4")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(whole)), b"")


@pytest.mark.parametrize(
    "path",
    ["/../edits/secret.md", "/%2e%2e/edits/secret.md", "/..%2fedits%2fsecret.md", "/work/../edits/secret.md",
     "/work/media/../../edits/secret.md", "//etc/passwd", "/edits/secret.md", "/work/frames/f001.png", "/%00", "/a\\b"],
)  # fmt: skip
def test_nothing_else_is_shown(address: str, path: str) -> None:
    port = int(address.rsplit(":", 1)[1].strip("/"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", "127.0.0.1")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 404
    assert b"mine" not in answer.read()
    connection.close()


def test_a_symlink_does_not_lead_out(address: str, lecture: FakeWork) -> None:
    (lecture.folder / "site/link.md").symlink_to(lecture.folder / "edits/secret.md")
    assert httpx.get(address + "link.md").status_code == 404


def test_a_name_pointed_at_this_machine_is_not_answered(address: str) -> None:
    assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 421


def test_it_listens_on_loopback_alone(lecture: FakeWork) -> None:
    render.run(lecture)
    server = make_server(lecture.folder)
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()


def test_the_library_shows_sites_and_not_artifacts(lecture: FakeWork) -> None:
    render.run(lecture)
    output = lecture.folder.parent
    write_library(output)
    for address in _answering(make_server(output)):
        assert "Tokens, from the bytes up" in httpx.get(address).text
        assert httpx.get(address + "my-lecture/site/ch01.html").status_code == 200
        assert httpx.get(address + "my-lecture/site").status_code == 301
        assert httpx.get(address + "my-lecture/work/media/lecture.mp4").status_code == 200
        assert httpx.get(address + "my-lecture/work/frames/f001.png").status_code == 404


def test_a_taken_port_and_a_folder_without_a_site_are_said(lecture: FakeWork, tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        serve(tmp_path)
    render.run(lecture)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="cannot be had"):
            make_server(lecture.folder, taken.getsockname()[1])
