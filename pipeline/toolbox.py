"""Makes the adapters that stages are given, from the config, when a stage first needs them.

Importing this module imports no adapter: a run in which everything is up to date loads none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.interfaces import Writer

Tell = Callable[[str], None]


def _versions(*packages: str) -> dict[str, str]:
    """Versions of the packages that make a result what it is, as key parts."""
    found = {}
    for package in packages:
        try:
            found[f"package {package}"] = version(package)
        except PackageNotFoundError:
            found[f"package {package}"] = "not installed"
    return found
