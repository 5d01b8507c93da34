"""Components that may be absent from a developer's machine, and may not be in CI."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from pipeline import weights
from pipeline.config import WeightsOptions
from pipeline.errors import WeightsError

REQUIRED = bool(os.environ.get("LECTUREBOOK_REQUIRE_COMPONENTS"))


def absent(what: str) -> NoReturn:
    """Skip a test whose component is absent; in CI, where none may be, fail instead."""
    if REQUIRED:
        pytest.fail(f"{what} is absent, and CI must have it")
    pytest.skip(f"{what} is absent")


def fetch_weights(name: str, *, megabytes: int = 0) -> Path:
    """Weights from the user's cache, or fetched into it.

    Args:
        megabytes: size of a download too large to start for a developer who did not ask for it; CI starts it.
    """
    options = WeightsOptions()
    if megabytes and not REQUIRED and not weights.is_fetched(name, options):
        pytest.skip(f"the weights {name} ({megabytes} MB) are not in the cache; `make article` fetches them")
    try:
        return weights.fetch(name, options, tell=print, progress=lambda *_: None)
    except WeightsError as error:
        if REQUIRED:
            raise
        pytest.skip(f"the weights {name} cannot be had: {error.what}")
