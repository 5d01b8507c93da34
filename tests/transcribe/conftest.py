"""Sound for the transcription tests: made by ffmpeg, read from the shared material, or coded so that a fake
recognizer can hear it exactly."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline import weights
from pipeline.adapters.audio import read_audio
from pipeline.adapters.media import ffmpeg_binary
from pipeline.config import WeightsOptions
from pipeline.errors import WeightsError
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


def _weights(name: str) -> Path:
    try:
        return weights.fetch(name, WeightsOptions(), tell=print, progress=lambda *_: None)
    except WeightsError as error:
        if os.environ.get("LECTUREBOOK_REQUIRE_COMPONENTS"):
            raise
        pytest.skip(f"the weights {name} cannot be had: {error.what}")


@pytest.fixture(scope="session")
def tiny() -> Path:
    """Folder of Whisper tiny.en."""
    return _weights("tiny.en")


@pytest.fixture(scope="session")
def base() -> Path:
    """Folder of Whisper base."""
    return _weights("base")
