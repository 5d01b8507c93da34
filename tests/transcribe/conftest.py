"""Sound for the transcription tests: made by ffmpeg, read from the shared material, or coded so that a fake
recognizer can hear it exactly."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from components import fetch_weights

from pipeline.adapters.audio import read_audio
from pipeline.adapters.media import ffmpeg_binary
from pipeline.interfaces import Samples

Make = Callable[..., Path]


@pytest.fixture
def ffmpeg(tmp_path: Path) -> Make:
    """`ffmpeg("-f", "lavfi", ..., name="x.mp4")` runs ffmpeg and gives the path it wrote."""

    def make(*arguments: str, name: str) -> Path:
        target = tmp_path / name
        command = [ffmpeg_binary(), "-nostdin", "-loglevel", "error", "-y", *arguments, str(target)]
        subprocess.run(command, check=True, capture_output=True)
        return target

    return make


def sound(path: Path) -> Samples:
    """All of a file's sound."""
    return np.concatenate([np.zeros(0, np.float32), *read_audio(path)])


@pytest.fixture(scope="session")
def hear_file() -> Callable[[Path], Samples]:
    return sound


@pytest.fixture(scope="session")
def tiny() -> Path:
    """Folder of Whisper tiny.en."""
    return fetch_weights("tiny.en")


@pytest.fixture(scope="session")
def base() -> Path:
    """Folder of Whisper base."""
    return fetch_weights("base")
