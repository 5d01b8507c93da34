"""Clips for the tests of the screens stage: tiny ones drawn here, real ones from the shared data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import screencasts  # noqa: E402

MEDIA = ROOT.parent / "shared" / "data" / "media"


@pytest.fixture
def shared_clip() -> Callable[[str], Path]:
    """A clip of the shared data by name; skips where it is absent."""

    def find(name: str) -> Path:
        path = MEDIA / name
        if not path.exists():
            pytest.skip(f"the shared clip {name} is not on this machine")
        return path

    return find


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[screencasts.Clip], Path]:
    """A synthetic clip as a file, made once a session."""
    folder = tmp_path_factory.mktemp("clips")

    def make(clip: screencasts.Clip) -> Path:
        path = folder / f"{clip.name}.mkv"
        if not path.exists():
            clip.write(path)
        return path

    return make
