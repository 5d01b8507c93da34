"""Transcribe a very long lecture and print its peak memory.

    python bench/long.py                     2.5 hours of the example's speech, over and over (minutes of work)
    python bench/long.py --sparse            the same length; the first and the last ten minutes are full of
                                             speech, in between there is some every five minutes
    python bench/long.py --hours 1 --model tiny.en

Runs `lecturebook captions` in a process of its own on a sound file made for it, and reads the peak of that process
from the operating system (Linux, macOS).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.adapters.audio import read_audio  # noqa: E402
from pipeline.sound import SAMPLE_RATE  # noqa: E402

BLOCK_S = 300
FULL_BLOCKS = 2
SPARSE_S = 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=2.5)
    parser.add_argument("--model", default="base")
    parser.add_argument("--sparse", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = folder / "long.wav"
        _make(sound, options.hours, sparse=options.sparse)
        began = time.monotonic()
        settings = (
            f"output.folder={folder / 'out'}",
            f"transcribe.model={options.model}",
            "lecture.language=en",
        )
        command = [sys.executable, "-W", "ignore", "-m", "pipeline.cli", "captions", str(sound)]
        subprocess.run(
            [*command, *(part for one in settings for part in ("--set", one))], cwd=ROOT, check=True
        )
        took_s = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    print(f"{options.hours} h with {options.model}: peak {peak:.0f} MiB, {took_s / 60:.1f} min")


def _make(path: Path, hours: float, *, sparse: bool) -> None:
    """Block by block, so that this process stays small: the peak of children is theirs alone."""
    speech = np.concatenate(list(read_audio(ROOT / "examples" / "bpe-lecture" / "lecture.mp4")))
    blocks = round(hours * 3600 / BLOCK_S)
    rng = np.random.default_rng(0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for number in range(blocks):
            full = not sparse or number < FULL_BLOCKS or number >= blocks - FULL_BLOCKS
            block = np.roll(speech, -number * SAMPLE_RATE)[: BLOCK_S * SAMPLE_RATE].copy()
            if not full:
                block[SPARSE_S * SAMPLE_RATE :] = rng.normal(0, 1e-4, len(block) - SPARSE_S * SAMPLE_RATE)
            file.writeframes((np.clip(block, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
