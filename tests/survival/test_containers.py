"""Forty damaged recordings, in ten containers: read or refused in three lines, within time and memory."""

from __future__ import annotations

from pathlib import Path

import containers


def test_damaged_recordings(tmp_path: Path) -> None:
    result = containers.many(tmp_path, 40, 2)
    assert result.cases == 40
    assert result.crashed == []
    assert result.hung == []
    assert result.read > 5
    assert result.refused > 5
    assert result.peak_mb < 1000
