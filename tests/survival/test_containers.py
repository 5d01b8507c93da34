"""Forty damaged recordings, in ten containers: read or refused in three lines, within time and memory."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import containers

from pipeline.adapters import scenes
from pipeline.errors import NotMedia


def test_damaged_recordings(tmp_path: Path) -> None:
    result = containers.many(tmp_path, 40, 2)
    assert result.cases == 40
    assert result.crashed == []
    assert result.hung == []
    assert result.read > 5
    assert result.refused > 5
    assert result.peak_mb < 1000


def test_a_recording_whose_index_is_damaged_is_read_or_refused(tmp_path: Path) -> None:
    """Found by `bench/fuzz.py`: seven in 500 said "not permitted" when asked for a moment."""
    chance = random.Random(1)
    whole = containers.originals(tmp_path)
    for number in range(43):
        data = containers.damaged(whole[number % len(whole)], chance)
    path = tmp_path / "damaged.webm"
    path.write_bytes(data)
    with contextlib.suppress(NotMedia):
        assert scenes.get_frame(path, 1.0).shape[2] == 3
