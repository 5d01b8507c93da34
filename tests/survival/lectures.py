"""A short lecture that needs no weights, and runs over it in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import runs

from pipeline.adapters import media
from pipeline.reports import Report
from pipeline.runner import Run


@dataclass(frozen=True)
class Made:
    """A finished lecture and what lies beside its recording."""

    lecture: runs.Lecture
    wanted: Mapping[str, bytes]
    """What an undisturbed run left."""
    steps: int
    """How many steps on disk that run took."""


def lay_lecture(folder: Path, example: Path, name: str = "talk.mp4") -> runs.Lecture:
    """Thirty seconds of the example, captions and three chapters: no weights and no OCR are needed.

    Args:
        name: of the recording; that of a sound file makes a lecture without pictures, which is made faster.
    """
    folder.mkdir(parents=True, exist_ok=True)
    media.cut(example, folder / name, 0.0, 30.0)
    (folder / "talk.en.vtt").write_text(runs.CAPTIONS)
    (folder / "marks.txt").write_text(runs.MARKS)
    settings = ("screens.ocr=none", f"lecture.chapters={folder / 'marks.txt'}")
    return runs.Lecture(folder / name, folder / "out", settings)


class Quiet:
    """A `runner.Watcher` that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def planned(self, *_: Any) -> None: ...
    def started(self, *_: Any) -> None: ...
    def progress(self, *_: Any) -> None: ...
    def finished(self, *_: Any) -> None: ...

    def tell(self, text: str) -> None:
        self.told.append(text)


MakeRun = Callable[..., Run]


def built(report: Report) -> dict[str, int]:
    """Stages that built something, and how many units."""
    return {result.stage.name: result.built for result in report.results if result.built}
