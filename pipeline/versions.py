"""Versions of installed packages, as parts of an up-to-date key."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_versions(*packages: str) -> dict[str, str]:
    """A part for each package, as `make why` prints it; "not installed" for one that is absent.

    >>> package_versions("no-such-package")
    {'package no-such-package': 'not installed'}
    """
    return {f"package {package}": _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
