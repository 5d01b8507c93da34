"""`lecturebook publish` as a person runs it, over a lecture whose artifacts lie in the store."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lecture_fixture import make_lecture
from typer.testing import CliRunner, Result

from pipeline import render
from pipeline.cli import app
from pipeline.errors import LecturebookError, UsageError
from pipeline.lecture_id import lecture_id
from pipeline.models import CheckedChapter, Site
from pipeline.site.changes import MANIFEST
from pipeline.store import Store

CLIP = Path(__file__).parents[3] / "shared/data/media/ari-five-slides-38s.mp4"


@pytest.fixture
def lecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lecture's folder, with artifacts and site as a run leaves them."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "output" / lecture_id(str(tmp_path / "talk.mp4"))
    return stored(folder)


def stored(folder: Path, **video: Any) -> Path:
    work = make_lecture(
        folder, media=CLIP if CLIP.is_file() else None, options={"single_file": True}, **video
    )
    site = render.run(work)
    store = Store(folder)
    for artifact in (*work.inputs, site):
        chapter = artifact.draft.chapter if isinstance(artifact, CheckedChapter) else None
        store.write(artifact, chapter, {}, ())
    assert store.read(Site) == site
    return folder


def run(*arguments: str) -> Result:
    """The command; what it raises is raised here."""
    done = CliRunner().invoke(app, ["publish", "talk.mp4", *arguments])
    if isinstance(done.exception, LecturebookError):
        raise done.exception
    assert done.exception is None, done.output
    return done


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_dry_run_lists_what_would_change_and_changes_nothing(lecture: Path, tmp_path: Path) -> None:
    before = files(lecture / "site")
    done = run("--to", "www", "--dry-run")
    assert "+ index.html" in done.stdout.splitlines()
    assert "licence: CC BY 4.0" in done.stderr
    assert "dry run, nothing was changed" in done.stderr
    assert not (tmp_path / "www").exists()
    assert files(lecture / "site") == before


def test_the_published_pages_know_their_address_and_the_site_at_hand_stays(lecture: Path) -> None:
    before = files(lecture / "site")
    done = run("--to", "www", "--base-url", "https://example.org/a/book")
    assert "read it at https://example.org/a/book/" in done.stderr
    page = Path("www/ch02.html").read_text()
    assert '<link rel="canonical" href="https://example.org/a/book/ch02.html">' in page
    assert "<loc>https://example.org/a/book/ch02.html</loc>" in Path("www/sitemap.xml").read_text()
    assert json.loads(Path("www/lecture.json").read_text())["base_url"] == "https://example.org/a/book/"
    assert files(lecture / "site") == before


def test_forms_made_for_one_run_are_published_too(lecture: Path) -> None:
    run("--to", "www")
    assert Path("www/downloads/my-lecture.html").is_file()


def test_without_an_address_it_says_what_is_missing(lecture: Path) -> None:
    done = run("--to", "www")
    assert "no address is known" in done.stderr
    assert not Path("www/sitemap.xml").exists()
    assert "nothing to do" in run("--to", "www").stderr


def test_an_unknown_licence_needs_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stored(tmp_path / "output" / lecture_id(str(tmp_path / "talk.mp4")), licence=None)
    with pytest.raises(UsageError, match="republished: it is not known"):
        run("--to", "www")
    assert not Path("www").exists()
    assert "licence: not known (you vouch" in run("--to", "www", "--i-have-permission").stderr
    assert Path("www/index.html").is_file()


def test_a_player_that_would_be_dead_is_refused_until_it_has_an_address(lecture: Path) -> None:
    with pytest.raises(UsageError, match="player would be dead"):
        run("--to", "www", "--set", "render.copy_media_max_mb=0.000001")
    assert not Path("www").exists()
    elsewhere = "render.video_url=https://example.org/talk.mp4"
    run("--to", "www", "--set", "render.copy_media_max_mb=0.000001", "--set", elsewhere)
    assert 'src="https://example.org/talk.mp4#t=1"' in Path("www/ch01.html").read_text()
    assert not Path("www/media/lecture.mp4").exists()


def test_what_is_not_made_and_the_lectures_own_folder_are_refused(lecture: Path) -> None:
    with pytest.raises(UsageError, match="own folder"):
        run("--to", str(lecture / "site"))
    (lecture / "work/chapters.json").unlink()
    with pytest.raises(UsageError, match="not made yet"):
        run("--to", "www")
    (lecture / "site/index.html").unlink()
    with pytest.raises(UsageError, match="no site"):
        run("--to", "www")
    assert not Path("www").exists()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder as any web server would: no ranges, nothing known of lectures."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    servers = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.browser
def test_what_was_pushed_plays_from_a_sub_path(
    lecture: Path, tmp_path: Path, browser: Any, serve: Callable[[Path], str]
) -> None:
    if not CLIP.is_file():
        pytest.skip("the shared clips are not here")
    subprocess.run(["git", "init", "--quiet", "--bare", "book.git"], check=True)
    run("--to", "book.git", "--base-url", "https://example.org/some/book")
    # GitHub's pages stand at /<repository>/: a checkout of the branch below a sub-path is the same.
    subprocess.run(
        ["git", "clone", "--quiet", "--branch", "gh-pages", "book.git", "www/some/book"], check=True
    )
    assert not (tmp_path / "www/some/book" / MANIFEST).exists()
    page = browser.new_page()
    page.set_default_timeout(30000)
    missing: list[str] = []
    page.on("response", lambda got: missing.append(got.url) if got.status >= 400 else None)
    page.goto(f"{serve(tmp_path / 'www')}/some/book/")
    page.click("text=Read from the beginning")
    page.click("a.time >> nth=1")
    page.wait_for_selector(".speaking")
    assert page.evaluate("document.querySelector('#media').currentTime") > 0
    page.keyboard.press("/")
    page.fill("#search-field", "weirdness")
    page.locator("#results a[href='ch01.html#s0003']").first.wait_for()
    assert missing == []
    page.close()
