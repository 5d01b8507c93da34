"""A run killed at two thirds of the listening, by the signal that nothing can catch: at most one window is redone."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.interfaces import Samples
from pipeline.models import Transcript
from pipeline.sound import SAMPLE_RATE
from pipeline.store import Store

pytestmark = pytest.mark.weights

LENGTH_S = 150
WINDOW_S = 30
AT = 4
"""Windows, of six, that are finished when it is killed."""
PATIENCE_S = 120


def test_killed_at_two_thirds_redoes_at_most_one_window(
    tmp_path: Path, root: Path, example: Path, tiny: Path, hear_file: Callable[[Path], Samples]
) -> None:
    sound = tmp_path / "talk.wav"
    _write(sound, hear_file(example)[: LENGTH_S * SAMPLE_RATE])
    command = _command(sound, tmp_path / "out", tiny)

    windows, shown = _killed_after_windows(command, root, tmp_path / "out", AT)
    lecture = windows.parent.parent
    assert not (lecture / "work/transcript.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in windows.glob("*.json")}
    assert len(kept) >= AT
    # What a person saw meanwhile: minutes done, speed, time left.
    assert re.search(r"1 of 2 min, [\d.]+× real time · about .+ left in all", shown), shown[-2000:]

    subprocess.run(command, cwd=root, check=True, capture_output=True)
    after = {path: path.stat().st_mtime_ns for path in windows.glob("*.json")}
    assert kept.items() <= after.items()  # found again, and not written anew
    transcript = Store(lecture).read(Transcript)
    assert transcript.sentences[-1].end_s > LENGTH_S - 10

    whole = tmp_path / "whole"
    subprocess.run(_command(sound, whole, tiny), cwd=root, check=True, capture_output=True)
    (other,) = (path for path in whole.iterdir() if path.is_dir())
    assert Store(other).read(Transcript) == transcript


def _command(sound: Path, out: Path, weights: Path) -> list[str]:
    options = {
        "output.folder": out,
        "transcribe.model": weights,
        "transcribe.window_s": WINDOW_S,
        "lecture.language": "en",
    }
    settings = [part for name, value in options.items() for part in ("--set", f"{name}={value}")]
    return [sys.executable, "-W", "ignore", "-m", "pipeline.cli", "captions", str(sound), *settings]


def _killed_after_windows(command: list[str], root: Path, out: Path, number: int) -> tuple[Path, str]:
    """Runs the command on a terminal and kills it once so many windows are on disk; their folder, and what was shown."""
    terminal, its_end = pty.openpty()
    os.set_blocking(terminal, False)
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "200"}
    run = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=its_end, env=environment)
    shown = b""
    until = time.monotonic() + PATIENCE_S
    found: list[Path] = []
    while len(found) < number and time.monotonic() < until and run.poll() is None:
        found = list(out.glob("*/work/transcribe/*.json"))
        shown += _read(terminal)
        time.sleep(0.05)
    time.sleep(0.3)  # the terminal is drawn ten times a second
    shown += _read(terminal)
    run.kill()
    assert run.wait() == -signal.SIGKILL, shown[-2000:]
    os.close(terminal)
    os.close(its_end)
    return found[0].parent, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 20)
    except BlockingIOError:
        return b""


def _write(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
