"""Remembers across runs what text was converted into, so that a chapter written anew costs that chapter alone.

What is kept is what converters gave *before* it was sanitized: a file on disk is never trusted to be clean.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pipeline.site.press import write_file

FORMAT = "1"
"""Counts up when a converter of ours changes what it gives."""
CONVERTERS = ("markdown", "pygments", "latex2mathml")


class Memo:
    """Converted text by what it was converted from. Without a path it forgets."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.before = _read(path) if path else {}
        self.used: dict[str, str] = {}

    def get(self, kind: str, text: str, convert: Callable[[str], str]) -> str:
        """`convert(text)`, remembered under `kind`."""
        key = hashlib.blake2b(f"{_versions()}\0{kind}\0{text}".encode(), digest_size=16).hexdigest()
        made = self.used.get(key) or self.before.get(key)
        if made is None:
            made = convert(text)
        self.used[key] = made
        return made

    def save(self) -> None:
        """Keeps what this run used, and forgets the rest."""
        if self.path is not None and self.used != self.before:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_file(self.path, json.dumps(self.used, ensure_ascii=False, sort_keys=True).encode())


@lru_cache(maxsize=1)
def _versions() -> str:
    return " ".join([FORMAT, *(version(name) for name in CONVERTERS)])


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {key: value for key, value in kept.items() if isinstance(value, str)}
