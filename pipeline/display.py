"""What a person sees of a run: bars and a closing table, on standard error."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.redact import redact
from pipeline.reports import Report, StageResult
from pipeline.stages import Stage
from pipeline.times import spell


class Display:
    """Draws a run as it goes (a `reports.Watcher`): bars on a terminal, a line a stage elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[stage]:<10}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._shares: dict[str | None, float] = {}
        self._units = 1
        self._began_s = 0.0
        self._estimate = TimeLeft(())

    def __enter__(self) -> Display:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def planned(self, stages: Iterable[Stage]) -> None:
        self._estimate = TimeLeft(tuple(stages))

    def started(self, stage: Stage, units: int) -> None:
        self._shares, self._units, self._began_s = {}, units, time.monotonic()
        self._task = self._bars.add_task(stage.doing, total=1.0, stage=stage.name, note=stage.doing)
        if not self.console.is_terminal:
            self.console.print(f"{stage.name}: {stage.doing} ...", highlight=False)

    def progress(self, stage: Stage, chapter: str | None, done: float, total: float, note: str) -> None:
        self._shares[chapter] = min(done / total, 1.0) if total > 0 else 0.0
        share = sum(self._shares.values()) / self._units
        left_s = self._estimate.left_s(stage, time.monotonic() - self._began_s, share)
        about = f" · about {spell(left_s)} left in all" if left_s is not None else ""
        if self._task is not None:
            self._bars.update(self._task, completed=share, note=f"{note or stage.doing}{about}")

    def finished(self, result: StageResult) -> None:
        self._estimate.finished(result)
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        took = f"({spell(result.seconds)})" if result.built else "(up to date)"
        self.tell(f"{result.stage.name}: {result.made} {took}")

    def tell(self, text: str) -> None:
        self.console.print(redact(text), highlight=False, markup=False, soft_wrap=True)

    def table(self, report: Report) -> Table:
        """The closing table: stage, time, what was made, what fell short."""
        table = Table("stage", "time", "made", "fell short", title=None, header_style="bold")
        for result in report.results:
            short = str(len(result.degradations)) if result.degradations else "–"
            took = spell(result.seconds) if result.built else "up to date"
            table.add_row(result.stage.name, took, escape(result.made), short)
        return table

    def close(self, report: Report, serve: str, index: Path, checked: str = "") -> None:
        """The end of a run: the table, what the checks found, what fell short and what to do, how to see the site."""
        self.console.print(self.table(report))
        if checked:
            self.tell(f"{checked}: {index.with_name('checks.html')}")
        self.shortfalls(report)
        self.tell(f"\nSee it: {serve}\n")

    def shortfalls(self, report: Report) -> None:
        """What fell short, what follows from that, and what to do about it."""
        for one in report.degradations:
            where = f"{one.stage} {one.chapter}" if one.chapter else one.stage
            self.tell(f"! {where}: {one.what}\n  consequence: {one.consequence}\n  remedy: {one.remedy}")


class TimeLeft:
    """Estimates the time left: each stage's usual share of the whole, scaled by how this run goes."""

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._waiting = list(stages)
        self._usual = 0.0
        self._took_s = 0.0

    def finished(self, result: StageResult) -> None:
        self._waiting = [stage for stage in self._waiting if stage is not result.stage]
        if result.built:
            self._usual += result.stage.costs
            self._took_s += result.seconds

    def left_s(self, stage: Stage, elapsed_s: float, share: float) -> float | None:
        """Seconds left in all, or None while there is nothing to go by."""
        if share < 0.02 or elapsed_s < 1:
            return None
        here_s = elapsed_s / share * (1 - share)
        usual = self._usual + stage.costs * share
        later = sum(other.costs for other in self._waiting if other is not stage)
        pace = (self._took_s + elapsed_s) / usual if usual > 0 else 0.0
        return here_s + later * pace
