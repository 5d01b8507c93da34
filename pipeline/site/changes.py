"""What a publication changes at its target, and the list of what earlier ones put there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MANIFEST = ".lecturebook-files"
"""Lists, in a folder we published to, what we put there."""


@dataclass(frozen=True)
class Changes:
    """What a publication changes at its target, paths relative to it."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def site_files(site: Path) -> frozenset[str]:
    """The files of a site, paths relative to it."""
    found = (path for path in site.rglob("*") if path.is_file() and not path.is_symlink())
    return frozenset(path.relative_to(site).as_posix() for path in found)


def read_manifest(target: Path) -> frozenset[str]:
    """What earlier publications put into a folder; nothing if there were none."""
    path = target / MANIFEST
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    # A line that leads out of the folder is not one that we wrote.
    return frozenset(
        line for line in lines if line and not line.startswith("/") and ".." not in line.split("/")
    )


def manifest(files: frozenset[str]) -> bytes:
    """The list to leave at the target."""
    return "".join(f"{name}\n" for name in sorted(files)).encode()


def last_line(text: str) -> str:
    """The last line that a tool said, for an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
