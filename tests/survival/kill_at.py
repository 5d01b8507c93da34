"""Runs a command of Lecturebook in this process, and something goes wrong at a chosen step.

    python kill_at.py OUTCOME FOLDER COUNT_FILE -- article URL ...

OUTCOME is `count` (nothing goes wrong; the number of steps is written to COUNT_FILE, and which of them write to
COUNT_FILE.writes), `step:N` (SIGKILL before the N-th step), `after:S` (SIGKILL after S seconds), `child:N` (SIGKILL to
the N-th program that the run starts, S seconds later with `child:N:S`) or `full:N` (from the N-th write on, the disk
is full).

A step is whatever Python is about to do to the disk under FOLDER, or a program or connection it is about to
start: the interpreter's own audit events tell, so the program under test knows nothing of it.
Source: https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_CHANGES = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "shutil.copyfile",
    "os.truncate",
}
_STARTS = {"subprocess.Popen", "os.posix_spawn", "socket.connect"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Steps:
    """Counts steps, and acts at one of them."""

    def __init__(self, folder: str, kill_at: int | None, full_at: int | None) -> None:
        self.folder = folder
        self.kill_at = kill_at
        self.full_at = full_at
        self.count = 0
        self.writes: list[int] = []

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._is_step(event, arguments):
            return
        self.count += 1
        # Removing still works on a full disk, as does giving another name.
        needs_room = event in {"open", "os.mkdir", "os.link"}
        if needs_room:
            self.writes.append(self.count)
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # the signal is on its way
        if needs_room and self.full_at is not None and self.count >= self.full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))

    def _is_step(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event in _STARTS:
            return True
        if event == "open":
            path, _, flags = arguments
            return isinstance(flags, int) and bool(flags & _WRITES) and self._inside(path)
        return event in _CHANGES and any(self._inside(argument) for argument in arguments[:2])

    def _inside(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)


def kill_after(seconds: float) -> None:
    def kill() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()


def kill_child(number: int, seconds: float, told: Path) -> None:
    """Kill the `number`-th program that this process starts (from 1) after so many seconds; `told` then exists.

    Without a delay it is killed before it is waited for, however short it lives.
    """
    start = subprocess.Popen.__init__
    started = itertools.count(1)

    def kill(program: subprocess.Popen[Any]) -> None:
        time.sleep(seconds)
        if program.poll() is None:
            program.kill()
            told.write_text("killed")

    def start_and_kill(program: subprocess.Popen[Any], *arguments: Any, **options: Any) -> None:
        start(program, *arguments, **options)
        if next(started) != number:
            return
        if seconds:
            threading.Thread(target=kill, args=(program,), daemon=True).start()
        else:
            kill(program)

    subprocess.Popen.__init__ = start_and_kill  # type: ignore[assignment, method-assign]


def main() -> None:
    outcome, folder, count_file = sys.argv[1:4]
    kind, _, rest = outcome.partition(":")
    steps = Steps(folder, int(rest) if kind == "step" else None, int(rest) if kind == "full" else None)
    if kind == "after":
        kill_after(float(rest))
    if kind == "child":
        number, _, delay = rest.partition(":")
        kill_child(int(number), float(delay or 0), Path(count_file))
    sys.argv = ["lecturebook", *sys.argv[5:]]
    sys.addaudithook(steps.hook)
    from pipeline.cli import main as lecturebook

    try:
        lecturebook()
    finally:
        if kind == "count":
            Path(count_file).write_text(str(steps.count))
            Path(f"{count_file}.writes").write_text(" ".join(map(str, steps.writes)))


if __name__ == "__main__":
    main()
