"""One run a lecture: who works on a folder holds its lock.

The lock is the operating system's (`flock`), so it goes with the process that holds it, however that ends: a lock
file that lies there says nothing, and none is ever stale. Who holds it stands beside it, only to be told to others.
"""

from __future__ import annotations

__all__ = ["locked"]

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import LectureBusy
from pipeline.store import storage_errors


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lecture's folder, made if it is not there.

    Raises:
        LectureBusy: another process holds it; says which.
        StorageError: the folder cannot be written.
    """
    holder = folder / ".lock-holder"
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise LectureBusy(
                f"another run{_holder(holder)} is working on {folder}",
                kept="that run goes on undisturbed",
                fix="wait until it is done, then run the same command again",
            ) from None
    try:
        with contextlib.suppress(OSError):
            # No more than a courtesy: on a full disk the run itself says what is wrong.
            holder.write_text(json.dumps({"process": os.getpid(), "machine": socket.gethostname()}))
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _holder(path: Path) -> str:
    """ " (process 123 on machine)", or nothing where that is not known."""
    try:
        data = json.loads(path.read_text())
        return f" (process {int(data['process'])} on {str(data['machine'])[:60]})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
