"""Puts a finished site where others can read it: a folder, a git remote's `gh-pages` branch, an rsync target.

Nothing is ever taken away that a publication of ours did not put there, and nothing is force-pushed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pipeline.errors import MissingTool, SourceMissing, StorageError, UsageError
from pipeline.site.changes import MANIFEST, Changes, last_line, manifest, read_manifest, site_files
from pipeline.site.library import CARD, Card
from pipeline.site.press import write_file
from pipeline.site.publish_rsync import to_rsync

Kind = Literal["folder", "git", "rsync"]
BRANCH = "gh-pages"

_RSYNC = re.compile(r"rsync://.+|(?!git@)[A-Za-z0-9_.@-]+:(?!//).*|[A-Za-z0-9_.@-]+::.+")
_GIT = re.compile(r"(git@|ssh://|git://|https?://|file://).+")
_GITHUB = re.compile(
    r"(?:https://github\.com/|git@github\.com:|ssh://git@github\.com/)([\w.-]+)/([\w.-]+?)(?:\.git)?/?"
)

# Reuse with changes, for anyone, is what a chapter made of a lecture needs; "ND" forbids just that.
_OPEN = re.compile(
    r"\bcc0\b|public domain|\bcc[ -]by\b|creative commons attribution|creativecommons\.org/(licenses/by|publicdomain)"
    r"|\bmit\b|apache[ -]2|\bbsd\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"\bnd\b|no[ -]?deriv|all rights reserved", re.IGNORECASE)


@dataclass(frozen=True)
class Published:
    """What was (or, dry, would be) done."""

    kind: Kind
    target: str
    changes: Changes
    dry_run: bool


def publish(site: Path, to: str, *, dry_run: bool = False, have_permission: bool = False) -> Published:
    """Publishes a lecture's site.

    Args:
        site: the site's folder.
        to: a folder; a git URL, a bare repository, or the name of a remote; `host:path` or `rsync://…`.
        dry_run: change nothing, only say what would change.
        have_permission: the user vouches for it where the lecture's licence does not.

    Raises:
        SourceMissing: there is no finished site.
        UsageError: the player would be dead there, or the licence does not allow it, or what is at the target
            is not ours.
        StorageError, MissingTool: the target cannot be written; git or rsync is not installed.
    """
    check_publishable(site, have_permission=have_permission)
    kind, target = parse_target(to)
    if kind == "folder":
        changes = _to_folder(site, Path(target), dry_run=dry_run)
    elif kind == "git":
        changes = _to_git(site, target, dry_run=dry_run)
    else:
        changes = to_rsync(site, target, dry_run=dry_run)
    return Published(kind, target, changes, dry_run)


def parse_target(to: str) -> tuple[Kind, str]:
    """What kind of target an address is.

    >>> parse_target("git@example.org:me/book.git"), parse_target("me@example.org:www/book")
    (('git', 'git@example.org:me/book.git'), ('rsync', 'me@example.org:www/book'))

    Raises:
        UsageError: it is empty, or would be read as an option.
    """
    to = to.strip()
    if not to or to.startswith("-"):
        raise UsageError(f"publish: {to!r} is not a place", fix="TO=folder, TO=git-address or TO=host:path")
    path = Path(to).expanduser()
    if _is_repository(path) or (to.endswith(".git") and not _RSYNC.fullmatch(to)) or _GIT.fullmatch(to):
        return "git", str(path.resolve()) if path.exists() else to
    if _RSYNC.fullmatch(to):
        return "rsync", to
    if "/" not in to and not path.exists() and (remote := _remote(to)):
        return "git", remote
    return "folder", str(path)


def likely_base_url(to: str) -> str | None:
    """The address that a GitHub repository's pages get, for `render.base_url`; None for other targets.

    >>> likely_base_url("git@github.com:ada/book.git"), likely_base_url("https://github.com/ada/ada.github.io")
    ('https://ada.github.io/book/', 'https://ada.github.io/')
    """
    kind, target = parse_target(to)
    match = _GITHUB.fullmatch(target) if kind == "git" else None
    if match is None:
        return None
    owner, name = match.group(1).lower(), match.group(2)
    return f"https://{owner}.github.io/" + ("" if name.lower() == f"{owner}.github.io" else f"{name}/")


def allows_republishing(licence: str | None) -> bool:
    """Whether a licence lets anyone publish a text made from the lecture.

    >>> [allows_republishing(one) for one in ("CC BY-SA 4.0", "CC BY-ND 4.0", "Standard YouTube License", None)]
    [True, False, False, False]
    """
    return bool(licence and _OPEN.search(licence) and not _CLOSED.search(licence.replace("-", " ")))


def check_publishable(site: Path, *, have_permission: bool = False) -> Card:
    """The site's card, if the site may go out.

    Raises:
        SourceMissing, UsageError: as `publish` does.
    """
    try:
        card = Card.model_validate_json((site / CARD).read_bytes())
    except (OSError, ValidationError):
        raise SourceMissing(
            f"publish: there is no finished site in {site}", fix="make article URL=…"
        ) from None
    dead = (
        card.media is not None
        and "://" not in card.media
        and not (site / card.media).resolve().is_relative_to(site.resolve())
    )
    if dead or card.moment is None:
        raise UsageError(
            "publish: the player would be dead: the site does not carry the lecture, only points at it here",
            kept="nothing was published",
            fix="set render.video_url to an address of the video, or raise render.copy_media_max_mb",
        )
    if not have_permission and not allows_republishing(card.licence):
        known = f"“{card.licence}” does not allow it" if card.licence else "it is not known"
        raise UsageError(
            f"publish: whether this lecture may be republished: {known}",
            kept="nothing was published",
            fix="ask the lecturer, then add --i-have-permission; or set lecture.licence if you know it",
        )
    return card


# ------------------------------------------------------------------------------------------------ folder


def _to_folder(site: Path, target: Path, *, dry_run: bool) -> Changes:
    if target.exists() and not target.is_dir():
        raise UsageError(f"publish: {target} is a file", fix="name a folder")
    if target.resolve().is_relative_to(site.resolve()) or site.resolve().is_relative_to(target.resolve()):
        raise UsageError(f"publish: {target} holds the site itself, or lies in it", fix="name another folder")
    ours = read_manifest(target)
    files = site_files(site)
    strange = sorted(name for name in files if name not in ours and (target / name).exists())
    if strange:
        raise UsageError(
            f"publish: {target} has a {strange[0]} that was not published by Lecturebook",
            kept="nothing was changed there",
            fix="name an empty folder, or remove that file",
        )
    changes = _compare(site, files, target, ours)
    if not dry_run:
        _copy(site, files, target, changes)
    return changes


def _copy(site: Path, files: frozenset[str], target: Path, changes: Changes) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        # Before the copy, so that a publication cut short is still known as ours.
        write_file(target / MANIFEST, manifest(files | read_manifest(target)))
        for name in sorted((*changes.new, *changes.changed), key=lambda name: (name.endswith(".html"), name)):
            place = target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_name(f".{place.name}.{os.getpid()}")
            shutil.copy2(site / name, temporary)
            os.replace(temporary, place)
        for name in changes.gone:
            (target / name).unlink(missing_ok=True)
        write_file(target / MANIFEST, manifest(files))
    except OSError as error:
        raise StorageError(
            f"publish: {target} cannot be written: {error.strerror or error}",
            kept="what was copied so far",
            fix="make it writable, then publish again",
        ) from error


def _compare(site: Path, files: frozenset[str], target: Path, ours: frozenset[str]) -> Changes:
    here = {name for name in files if (target / name).is_file()}
    return Changes(
        new=tuple(sorted(files - here)),
        changed=tuple(sorted(name for name in here if not _equal(site / name, target / name))),
        gone=tuple(sorted(name for name in ours - files if (target / name).is_file())),
    )


def _equal(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


# --------------------------------------------------------------------------------------------------- git


def _to_git(site: Path, remote: str, *, dry_run: bool) -> Changes:
    with _clone(remote) as clone:
        there = clone / "there"
        exists = _git(clone, "rev-parse", "--verify", "--quiet", BRANCH, check=False).returncode == 0
        there.mkdir()
        if exists:
            _git(clone, "--work-tree", str(there), "checkout", "--quiet", BRANCH, "--", ".")
        ours = frozenset(name for name in site_files(there) if name not in (".nojekyll", "CNAME"))
        if ours and CARD not in ours:
            raise UsageError(
                f"publish: the branch {BRANCH} of {remote} holds something that Lecturebook did not put there",
                kept="nothing was pushed",
                fix="use another repository, or delete that branch yourself",
            )
        files = site_files(site)
        changes = _compare(site, files, there, ours)
        if changes and not dry_run:
            _push(clone, site, there)
        return changes


def _push(clone: Path, site: Path, there: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "ghp_import",
        "--no-jekyll",
        "--push",
        "--remote",
        "origin",
        "--branch",
        BRANCH,
    ]
    command += ["--message", "Publish the lecture"]
    if (cname := there / "CNAME").is_file():
        command += ["--cname", cname.read_text().strip()]
    done = subprocess.run(
        [*command, str(site.resolve())], cwd=clone, capture_output=True, text=True, check=False
    )
    if "No module named" in done.stderr:
        raise MissingTool("publish: ghp-import is not installed", fix="install Lecturebook again")
    if done.returncode != 0:
        raise StorageError(
            f"publish: git would not take it: {last_line(done.stderr or done.stdout)}",
            kept="the branch as it was; nothing is ever force-pushed",
            fix="publish again: if somebody else pushed meanwhile, theirs is taken in first",
        )


@contextmanager
def _clone(remote: str) -> Iterator[Path]:
    """A repository of our own with the remote's branch in it, so that the project's is never touched."""
    if shutil.which("git") is None:
        raise MissingTool("publish: git is not installed", fix="install git")
    with tempfile.TemporaryDirectory(prefix="lecturebook-publish-") as name:
        clone = Path(name)
        _git(clone, "init", "--quiet")
        _git(clone, "remote", "add", "origin", "--", remote)
        for key, value in (("user.name", "Lecturebook"), ("user.email", "lecturebook@localhost")):
            if not _git(clone, "config", key, check=False).stdout.strip():
                _git(clone, "config", key, value)
        heads = _git(clone, "ls-remote", "--heads", "origin", f"refs/heads/{BRANCH}", check=False)
        if heads.returncode != 0:
            raise StorageError(
                f"publish: {remote} does not answer: {last_line(heads.stderr)}",
                kept="nothing was pushed",
                fix="check the address and that you may push there",
            )
        if heads.stdout.strip():
            _git(clone, "fetch", "--quiet", "origin", f"{BRANCH}:refs/heads/{BRANCH}")
            _git(clone, "update-ref", f"refs/remotes/origin/{BRANCH}", BRANCH)
        yield clone


def _git(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    # No prompt may hang a build; "ext::" remotes would run a command.
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if check and done.returncode != 0:
        raise StorageError(
            f"publish: git {arguments[0]} failed: {last_line(done.stderr)}",
            kept="nothing was pushed",
            fix="run the same command again, or look at the repository yourself",
        )
    return done


def _is_repository(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


def _remote(name: str) -> str | None:
    if shutil.which("git") is None or not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        return None
    done = _git(Path.cwd(), "remote", "get-url", name, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
