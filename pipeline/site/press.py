"""Writes a site so that a reader, or a run killed half-way, never meets a broken one.

Everything new is first laid in a sibling folder (a full disk shows there). Then file by file is renamed into
place: what pages point to comes before the pages, the index comes last of these, and what is no longer wanted
is deleted at the very end. A file whose bytes are the same is left alone.
"""

from __future__ import annotations

import contextlib
import errno
import filecmp
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pipeline.errors import StorageError
from pipeline.store import temporary_name

Content = bytes | Path
"""A file's bytes, or a file that has them and is linked or copied."""


def press(site: Path, files: Mapping[str, Content]) -> tuple[str, ...]:
    """Makes `site` hold exactly `files` (relative path → content).

    Returns:
        The paths that were written anew.

    Raises:
        StorageError: the disk is full or the folder cannot be written; the site is as it was, or whole
            pages of it are newer.
    """
    for name in files:
        check_name(name)
    staging = temporary_name(site)
    try:
        _remove(staging)
        changed = [name for name, content in files.items() if not _same(site / name, content)]
        for name in changed:
            _lay(staging / name, files[name])
        for name in sorted(changed, key=_order):
            target = site / name
            _make_way(site, target)
            os.replace(staging / name, target)
        _prune(site, set(files))
        return tuple(changed)
    except OSError as error:
        raise _storage_error(error, site) from error
    finally:
        with contextlib.suppress(OSError):
            _remove(staging)


def write_file(path: Path, data: bytes) -> None:
    """Writes one file so that it is whole or not there.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    temporary = temporary_name(path)
    try:
        if _same(path, data):
            return
        _lay(temporary, data)
        os.replace(temporary, path)
    except OSError as error:
        raise _storage_error(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_name(name: str) -> None:
    """Refuses a path that would leave the site, whatever it was made of.

    Raises:
        ValueError: a programming error, since names are made from ids, never from titles.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise ValueError(f"{name!r} is not a path inside a site")


def _order(name: str) -> tuple[int, str]:
    if name == "index.html":
        return 2, name
    return int(name.endswith(".html") and "/" not in name), name


def _same(path: Path, content: Content) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if isinstance(content, bytes):
        return path.stat().st_size == len(content) and path.read_bytes() == content
    if path.samefile(content):
        return True
    return filecmp.cmp(path, content, shallow=True)


def _lay(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return
    try:
        os.link(content, path)
    except OSError:
        shutil.copy2(content, path)


def _make_way(site: Path, target: Path) -> None:
    """A folder where a file is wanted, or a file or link where a folder is, belongs to an older site."""
    for parent in reversed(target.relative_to(site).parents[:-1]):
        place = site / parent
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            place.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)


def _prune(site: Path, wanted: set[str]) -> None:
    for folder, folders, names in os.walk(site, topdown=False):
        here = Path(folder)
        for name in names + [one for one in folders if (here / one).is_symlink()]:
            if (here / name).relative_to(site).as_posix() not in wanted:
                (here / name).unlink()
        if here != site and not any(here.iterdir()):
            here.rmdir()


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _storage_error(error: OSError, site: Path) -> StorageError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StorageError(
        f"render: {site.name} cannot be written: {error.strerror or error}",
        kept=f"the site in {site} as it was, and all artifacts",
        fix="free some space and run the same command again" if full else f"make {site.parent} writable",
    )
