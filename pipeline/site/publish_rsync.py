"""Publishes by rsync. A list of what we put there lies at the target, and nothing that is not on it is touched."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import MissingTool, StorageError, UsageError
from pipeline.site.changes import MANIFEST, Changes, last_line, manifest, read_manifest, site_files

NO_SUCH_FILE = 23
"""rsync's exit code where a part could not be transferred: here, that there is no list yet."""


def to_rsync(site: Path, target: str, *, dry_run: bool) -> Changes:
    """Sends a site.

    Raises:
        MissingTool: rsync is not installed.
        UsageError: a file of the site would replace one that is not ours.
        StorageError: rsync failed.
    """
    if shutil.which("rsync") is None:
        raise MissingTool("publish: rsync is not installed", fix="install rsync, or publish to a folder")
    target = target if target.endswith("/") else f"{target}/"
    with tempfile.TemporaryDirectory(prefix="lecturebook-publish-") as name:
        folder = Path(name)
        ours, files = _ours(target, folder), site_files(site)
        (folder / MANIFEST).write_bytes(manifest(files | ours))
        changes = _send(site, folder, target, ours - files, dry_run=True)
        if strange := [one for one in changes.changed if one not in ours]:
            raise UsageError(
                f"publish: {target} has a {strange[0]} that was not published by Lecturebook",
                kept="nothing was changed there",
                fix="name an empty folder, or remove that file",
            )
        if changes and not dry_run:
            _send(site, folder, target, changes.gone, dry_run=False)
            _take_away(folder, target, changes.gone)
            (folder / MANIFEST).write_bytes(manifest(files))
            _rsync(str(folder / MANIFEST), target)
        return changes


def _ours(target: str, folder: Path) -> frozenset[str]:
    fetched = _rsync(f"{target}{MANIFEST}", f"{folder}/", accept=NO_SUCH_FILE)
    return read_manifest(folder) if fetched is not None else frozenset()


def _send(site: Path, folder: Path, target: str, gone: Iterable[str], *, dry_run: bool) -> Changes:
    # Two sources in one call: the list goes first, so that a transfer cut short is still known as ours.
    options = ["--recursive", "--times", "--checksum", "--itemize-changes", *(["--dry-run"] * dry_run)]
    said = _rsync(*options, f"{folder}/", f"{site}/", target) or ""
    lines = [line.split(" ", 1) for line in said.splitlines() if line[1:2] == "f" and line[0] in "<>"]
    sent = [(flags, name) for flags, name in lines if name != MANIFEST]
    return Changes(
        new=tuple(sorted(name for flags, name in sent if flags.endswith("+++++++"))),
        changed=tuple(sorted(name for flags, name in sent if flags[2] == "c")),
        gone=tuple(sorted(gone)),
    )


def _take_away(folder: Path, target: str, gone: tuple[str, ...]) -> None:
    if gone:
        (folder / "gone").write_bytes(manifest(frozenset(gone)))
        (folder / "nothing").mkdir()
        # Names in the list that the (empty) source lacks are deleted at the target, and no others.
        _rsync(f"--files-from={folder / 'gone'}", "--delete-missing-args", f"{folder / 'nothing'}/", target)


def _rsync(*arguments: str, accept: int | None = None) -> str | None:
    *options, source, target = arguments
    sources = [one for one in options if not one.startswith("--")]
    command = ["rsync", *(one for one in options if one.startswith("--")), "--", *sources, source, target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == accept:
        return None
    if done.returncode != 0:
        raise StorageError(
            f"publish: rsync: {last_line(done.stderr)}",
            kept="what was copied so far",
            fix="check the target and that you may write there",
        )
    return done.stdout
