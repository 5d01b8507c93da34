"""Run a Python program that nobody vouches for, and see what it prints.

The program runs in a process of its own that shuts itself in (`sandbox_child.py` says how): no network, no files
but those of a temporary folder, no other processes, bounded time, memory and output. Where the machine cannot give
that, nothing is run. Whether it can is found out by trying: a probe attempts to get out, and has to fail.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Literal

from pipeline import sandbox_child

__all__ = ["Limits", "Ran", "run", "unavailable"]


@dataclass(frozen=True)
class Limits:
    """What a program may use."""

    time_s: float = 10.0
    """Seconds by the clock."""
    cpu_s: int = 5
    """Seconds of processor time."""
    memory_mb: int = 512
    output_kb: int = 64
    """Of standard output and error each."""
    folder_mb: int = 16
    """All files in its folder together."""
    files: int = 1000


@dataclass(frozen=True)
class Ran:
    """How a program ended."""

    output: str
    """What it printed."""
    errors: str
    """What it wrote to standard error."""
    code: int | None
    """Its exit code; negative for a signal; None where it was stopped."""
    stopped: Literal["time", "output", "disk"] | None = None
    """Which limit it was stopped for; memory and processor time show as its own errors."""


_SCRIPT = Path(sandbox_child.__file__)
_FILE_MB = 4

_PROBE = """
import os, socket
def refused(action):
    try:
        action()
    except OSError:
        return True
    return False
walls = {
    "files": refused(lambda: open("/etc/hostname")) and refused(lambda: os.listdir("/")),
    "network": refused(lambda: socket.socket()),
    "processes": refused(os.fork),
}
print(",".join(name for name, held in walls.items() if not held) or "shut in")
"""


@cache
def unavailable() -> str | None:
    """Why programs cannot be shut in on this machine, or None where they can; found out once, by trying."""
    if not sys.platform.startswith("linux"):
        return "programs can be shut in on Linux only"
    try:
        ran = _run(_PROBE, Limits())
    except OSError as error:
        return f"no process can be started ({error})"
    if ran.output.strip() == "shut in":
        return None
    if ran.code == sandbox_child.EXIT_NO_WALLS:
        return ran.errors.strip().splitlines()[-1]
    return f"a probe was not shut in: {ran.output.strip() or ran.errors.strip()[-200:] or ran.stopped}"


def run(program: str, limits: Limits | None = None) -> Ran:
    """Run a program, shut in.

    Args:
        program: Python; its main module.

    Raises:
        RuntimeError: programs cannot be shut in here. Ask `unavailable` first.
    """
    if (why := unavailable()) is not None:
        raise RuntimeError(f"nothing is run where it cannot be shut in: {why}")
    return _run(program, limits or Limits())


def _run(program: str, limits: Limits) -> Ran:
    with tempfile.TemporaryDirectory(prefix="lecturebook-run-") as name:
        folder = Path(name).resolve()
        (folder / "program.py").write_text(program, encoding="utf-8", errors="replace")
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_SCRIPT), str(folder), _as_json(limits)],
            cwd=folder,
            env={"PYTHONHASHSEED": "0", "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            return _watched(process, folder, limits)
        finally:
            _end(process)


def _as_json(limits: Limits) -> str:
    return json.dumps(
        {
            "cpu_s": limits.cpu_s,
            "memory": limits.memory_mb << 20,
            "file": min(_FILE_MB, limits.folder_mb) << 20,
        }
    )


def _watched(process: subprocess.Popen[bytes], folder: Path, limits: Limits) -> Ran:
    """What it prints, until it ends or has to be stopped."""
    assert process.stdout is not None
    assert process.stderr is not None
    held: dict[IO[bytes], bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    most, end_s = limits.output_kb << 10, time.monotonic() + limits.time_s
    stopped: Literal["time", "output", "disk"] | None = None
    with selectors.DefaultSelector() as waiting:
        for stream in held:
            waiting.register(stream, selectors.EVENT_READ)
        while stopped is None and (waiting.get_map() or process.poll() is None):
            for key, _ in waiting.select(timeout=0.05):
                stream = process.stdout if key.fileobj is process.stdout else process.stderr
                if piece := os.read(stream.fileno(), 1 << 14):
                    held[stream] += piece
                else:
                    waiting.unregister(stream)
            if time.monotonic() > end_s:
                stopped = "time"
            elif any(len(text) > most for text in held.values()):
                stopped = "output"
            elif not _fits(folder, limits):
                stopped = "disk"
    output, errors = (held[stream][:most].decode("utf-8", "replace") for stream in held)
    return Ran(output, errors, None if stopped else process.returncode, stopped)


def _fits(folder: Path, limits: Limits) -> bool:
    size = count = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_size
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    if count > limits.files or size > limits.folder_mb << 20:
                        return False
        except FileNotFoundError:
            continue  # gone meanwhile
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it stays; its session holds no process but itself."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
