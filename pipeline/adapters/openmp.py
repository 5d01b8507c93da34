"""The OpenMP runtime that llama.cpp's wheel expects of the system, where a small system has none.

xllamacpp links against `libgomp.so.1`, which Debian's minimal images lack. Other wheels of the default install bring
the same library under a name of their own (`ctranslate2.libs/libgomp-e985bcbb.so.1.0.0`). Loaded under the name that
is asked for, it serves: the loader takes a library that is in the process already for any that asks for its soname.
"""

from __future__ import annotations

import ctypes
import sys
import tempfile
from pathlib import Path

__all__ = ["load_openmp"]

SONAME = b"libgomp.so.1"


def load_openmp(packages: Path) -> bool:
    """Loads `libgomp.so.1`: the system's, else one that a wheel unpacked in `packages` brought.

    Returns:
        Whether it is there; True where none is needed.
    """
    if not sys.platform.startswith("linux"):
        return True
    try:
        ctypes.CDLL(SONAME.decode())
    except OSError:
        return _load_a_wheels(packages)
    return True


def _load_a_wheels(packages: Path) -> bool:
    for library in sorted(packages.glob("*.libs/libgomp-*.so.1*")):
        renamed = _renamed(library)
        with tempfile.NamedTemporaryFile(suffix=".so") as copy:
            copy.write(renamed)
            copy.flush()
            try:
                ctypes.CDLL(copy.name)
            except OSError:
                continue
        return True
    return False


def _renamed(library: Path) -> bytes:
    """The library with the soname that its wheel's maker changed put back; no byte moves, since ours is the shorter."""
    given = library.name.encode()
    return library.read_bytes().replace(given + b"\0", SONAME.ljust(len(given), b"\0") + b"\0")
