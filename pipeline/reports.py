"""How a run goes and how it went, for whoever shows it."""

from __future__ import annotations

__all__ = ["Report", "StageResult", "Watcher"]

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pipeline.errors import LecturebookError
from pipeline.models import Degradation
from pipeline.stages import Stage


class Watcher(Protocol):
    """Is told how a run goes; the command line draws it."""

    def planned(self, stages: Iterable[Stage]) -> None: ...
    def started(self, stage: Stage, units: int) -> None: ...
    def progress(self, stage: Stage, chapter: str | None, done: float, total: float, note: str) -> None: ...
    def finished(self, result: StageResult) -> None: ...
    def tell(self, text: str) -> None: ...


@dataclass(frozen=True)
class StageResult:
    """How a stage went."""

    stage: Stage
    seconds: float
    built: int
    """Units built in this run; 0 if all were up to date."""
    units: int
    made: str
    degradations: tuple[Degradation, ...]


@dataclass
class Report:
    """How a run went."""

    results: list[StageResult] = field(default_factory=list)
    failures: list[LecturebookError] = field(default_factory=list)
    """Chapters that failed while the rest of the book was built."""
    index: Path | None = None

    @property
    def degradations(self) -> tuple[Degradation, ...]:
        return tuple(one for result in self.results for one in result.degradations)
