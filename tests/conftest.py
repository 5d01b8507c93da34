"""Fixtures shared by all tests: where the material lies, and components that may be absent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from components import absent

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real material; it lies beside the project, not in it."""
    if not DATA.is_dir():
        pytest.skip("the shared test material is absent")
    return DATA


@pytest.fixture(scope="session")
def example() -> Path:
    """The example lecture's video."""
    return ROOT / "examples" / "bpe-lecture" / "lecture.mp4"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        absent("Chromium")
    return str(found)
