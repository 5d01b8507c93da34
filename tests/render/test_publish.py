"""Publishing: to a folder, a bare repository's gh-pages and by rsync; what is refused; what a dry run does."""

from __future__ import annotations

import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeWork
from lecture_fixture import make_lecture, with_video

from pipeline import render
from pipeline.errors import SourceMissing, StorageError, UsageError
from pipeline.site.publish import MANIFEST, parse_target, publish

CLIP = Path(__file__).parents[3] / "shared/data/media/ari-five-slides-38s.mp4"


@pytest.fixture
def work(tmp_path: Path) -> FakeWork:
    work = make_lecture(tmp_path / "my-lecture", options={"base_url": "https://example.org/book"})
    render.run(work)
    return work


@pytest.fixture
def rsync_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that drops the host's name and runs the command here stands in for ssh."""
    shell = tmp_path / "shell"
    shell.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    shell.chmod(0o755)
    monkeypatch.setenv("RSYNC_RSH", str(shell))


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_gets_the_site_and_a_dry_run_changes_nothing(work: FakeWork, tmp_path: Path) -> None:
    target = tmp_path / "www/book"
    dry = publish(work.folder / "site", str(target), dry_run=True)
    assert "index.html" in dry.changes.new
    assert not target.exists()
    done = publish(work.folder / "site", str(target))
    assert done.changes == dry.changes
    assert {k: v for k, v in tree(target).items() if k != MANIFEST} == tree(work.folder / "site")
    assert not publish(work.folder / "site", str(target)).changes


def test_a_folder_keeps_what_is_not_ours(work: FakeWork, tmp_path: Path) -> None:
    target = tmp_path / "www"
    publish(work.folder / "site", str(target))
    (target / "mine.txt").write_text("mine")
    (work.folder / "site/ch03.html").unlink()
    (work.folder / "site/ch01.html").write_text("changed")
    changes = publish(work.folder / "site", str(target)).changes
    assert (changes.new, changes.changed, changes.gone) == ((), ("ch01.html",), ("ch03.html",))
    assert (target / "mine.txt").read_text() == "mine"
    assert not (target / "ch03.html").exists()


def test_a_folder_with_a_page_of_somebody_else_is_refused(work: FakeWork, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www/index.html").write_text("somebody's")
    with pytest.raises(UsageError, match=r"index\.html that was not published by Lecturebook"):
        publish(work.folder / "site", str(tmp_path / "www"))
    assert (tmp_path / "www/index.html").read_text() == "somebody's"


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_a_bare_repository_gets_a_branch_and_keeps_its_history(work: FakeWork, tmp_path: Path) -> None:
    bare = tmp_path / "book.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    assert publish(work.folder / "site", str(bare), dry_run=True).changes
    assert git(bare, "for-each-ref") == ""
    publish(work.folder / "site", str(bare))
    assert "index.html" in git(bare, "ls-tree", "--name-only", "gh-pages").splitlines()
    assert ".nojekyll" in git(bare, "ls-tree", "--name-only", "gh-pages").splitlines()
    (work.folder / "site/ch01.html").write_text("changed")
    assert publish(work.folder / "site", str(bare)).changes.changed == ("ch01.html",)
    assert git(bare, "rev-list", "--count", "gh-pages").strip() == "2"
    assert git(bare, "show", "gh-pages:ch01.html") == "changed"
    assert not publish(work.folder / "site", str(bare)).changes
    assert git(bare, "rev-list", "--count", "gh-pages").strip() == "2"


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_a_branch_that_is_not_ours_is_left_alone(work: FakeWork, tmp_path: Path) -> None:
    bare, theirs = tmp_path / "book.git", tmp_path / "theirs"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    git(tmp_path, "clone", "--quiet", str(bare), str(theirs))
    (theirs / "index.html").write_text("theirs")
    git(theirs, "checkout", "--quiet", "-b", "gh-pages")
    git(theirs, "add", ".")
    git(theirs, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "--quiet", "-m", "theirs")
    git(theirs, "push", "--quiet", "origin", "gh-pages")
    before = git(bare, "rev-parse", "gh-pages")
    with pytest.raises(UsageError, match="did not put there"):
        publish(work.folder / "site", str(bare))
    assert git(bare, "rev-parse", "gh-pages") == before


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_a_remote_that_does_not_answer_is_said(work: FakeWork, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not answer"):
        publish(work.folder / "site", str(tmp_path / "nowhere.git"))


@pytest.mark.skipif(shutil.which("rsync") is None, reason="no rsync on this machine")
def test_rsync(work: FakeWork, tmp_path: Path, rsync_here: None) -> None:
    target = tmp_path / "remote"
    target.mkdir()
    dry = publish(work.folder / "site", f"host:{target}", dry_run=True)
    assert dry.kind == "rsync"
    assert "index.html" in dry.changes.new
    assert tree(target) == {}
    publish(work.folder / "site", f"host:{target}")
    assert {k: v for k, v in tree(target).items() if k != MANIFEST} == tree(work.folder / "site")
    assert not publish(work.folder / "site", f"host:{target}").changes
    (target / "mine.txt").write_text("mine")
    (work.folder / "site/ch01.html").write_text("changed")
    (work.folder / "site/ch03.html").unlink()
    changes = publish(work.folder / "site", f"host:{target}").changes
    assert (changes.new, changes.changed, changes.gone) == ((), ("ch01.html",), ("ch03.html",))
    assert not (target / "ch03.html").exists()
    assert (target / "mine.txt").read_text() == "mine"
    assert not publish(work.folder / "site", f"host:{target}").changes


@pytest.mark.skipif(shutil.which("rsync") is None, reason="no rsync on this machine")
def test_rsync_replaces_no_page_of_somebody_else(work: FakeWork, tmp_path: Path, rsync_here: None) -> None:
    (tmp_path / "remote").mkdir()
    (tmp_path / "remote/index.html").write_text("somebody's")
    with pytest.raises(UsageError, match=r"index\.html that was not published by Lecturebook"):
        publish(work.folder / "site", f"host:{tmp_path / 'remote'}")
    assert tree(tmp_path / "remote") == {"index.html": b"somebody's"}


def test_a_player_that_would_be_dead_is_refused(tmp_path: Path) -> None:
    work = make_lecture(tmp_path / "large", options={"copy_media_max_mb": 0.000001})
    render.run(work)
    with pytest.raises(UsageError, match="player would be dead"):
        publish(work.folder / "site", str(tmp_path / "www"))
    assert not (tmp_path / "www").exists()


@pytest.mark.parametrize("licence", [None, "All rights reserved", "CC BY-ND 4.0", "Standard YouTube License"])
def test_a_licence_that_does_not_allow_it_needs_permission(
    tmp_path: Path, lecture: FakeWork, licence: str | None
) -> None:
    with_video(lecture, licence=licence)
    render.run(lecture)
    with pytest.raises(UsageError, match="republished"):
        publish(lecture.folder / "site", str(tmp_path / "www"))
    assert not (tmp_path / "www").exists()
    publish(lecture.folder / "site", str(tmp_path / "www"), have_permission=True)
    assert (tmp_path / "www/index.html").is_file()


def test_what_is_not_a_site_or_not_a_place_is_refused(work: FakeWork, tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        publish(tmp_path / "nothing/site", str(tmp_path / "www"))
    for to in ("", "--upload-pack=x"):
        with pytest.raises(UsageError):
            publish(work.folder / "site", to)
    with pytest.raises(UsageError, match="holds the site itself"):
        publish(work.folder / "site", str(work.folder))


def test_what_kind_of_place_an_address_is(tmp_path: Path) -> None:
    assert parse_target("https://github.com/ada/book")[0] == "git"
    assert parse_target("book.git")[0] == "git"
    assert parse_target("ada@example.org:book")[0] == "rsync"
    assert parse_target("rsync://example.org/book")[0] == "rsync"
    assert parse_target(str(tmp_path))[0] == "folder"


@pytest.mark.browser
def test_the_published_copy_plays_from_a_sub_path(tmp_path: Path, browser: Any) -> None:
    if not CLIP.is_file():
        pytest.skip("the shared clips are not here")
    work = make_lecture(tmp_path / "my-lecture", media=CLIP, options={"search": True})
    render.run(work)
    publish(work.folder / "site", str(tmp_path / "www/some/book"))
    shutil.rmtree(work.folder)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "www"))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        page = browser.new_page()
        page.set_default_timeout(30000)
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/some/book/ch01.html")
        page.keyboard.press("t")
        page.wait_for_selector(".speaking")
        page.keyboard.press("/")
        page.fill("#search-field", "weirdness")
        page.locator("#results a[href='ch01.html#s0003']").first.wait_for()
        page.close()
        server.shutdown()
