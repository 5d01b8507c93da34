"""Slow results kept for the next run, each with a seal: the hash of its bytes in a hidden file beside it.

A power cut can leave a file of the right name and the wrong bytes. What is kept is therefore read before it is
used again, and what does not fit its seal is made anew.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from pipeline.store import digest, digest_file

__all__ = ["forget", "is_whole", "seal"]


def seal(path: Path) -> None:
    """Record what a finished file, or a folder's files, are. A seal that is torn or lost fits nothing: no harm."""
    _seal_of(path).write_text(_identity(path))


def is_whole(path: Path) -> bool:
    """Whether the file or folder is there and as it was when sealed."""
    try:
        return _seal_of(path).read_text() == _identity(path)
    except (OSError, UnicodeDecodeError):
        return False


def forget(path: Path) -> None:
    """Delete what was kept, as far as the disk allows, and its seal first."""
    with contextlib.suppress(OSError):
        _seal_of(path).unlink(missing_ok=True)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _seal_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")


def _identity(path: Path) -> str:
    if path.is_file():
        return digest_file(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    if not files:
        raise FileNotFoundError(path)
    return digest("".join(f"{file.relative_to(path)} {digest_file(file)}\n" for file in files).encode())
