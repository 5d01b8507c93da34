"""A small lecture made by hand, with every kind of block, for the tests of the site."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeWork

sys.path.insert(0, str(Path(__file__).parent))

from lecture_fixture import make_lecture


@pytest.fixture
def lecture(tmp_path: Path) -> FakeWork:
    """A local lecture of an hour and a bit: three chapters, every kind of block."""
    return make_lecture(tmp_path / "my-lecture")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, the system's, through Playwright."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )  # fmt: skip
        yield started
        started.close()
