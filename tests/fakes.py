"""Fakes shared by the tests: a `Work` that holds its inputs in memory and records what a stage says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.config import Config, SectionT
from pipeline.interfaces import ModelT
from pipeline.models import Degradation, Model


class FakeWork:
    """What a stage is given, without runner or disk. `inputs` are looked up by type."""

    def __init__(
        self, folder: Path, *inputs: Model, url: str = "", config: Config | None = None, **options: Any
    ) -> None:
        self.folder = folder
        self.url = url
        self.inputs = inputs
        self.config_whole = config or Config.model_validate(options)
        self.sample = 0
        self.notes = ""
        self.edits: dict[str, str] = {}
        self.recorded: list[Degradation] = []
        self.progress_calls: list[tuple[float, float, str]] = []

    def edit(self, name: str) -> str | None:
        return self.edits.get(name)

    def read(self, kind: type[ModelT]) -> ModelT:
        return next(item for item in self.inputs if isinstance(item, kind))

    def read_all(self, kind: type[ModelT]) -> tuple[ModelT, ...]:
        return tuple(item for item in self.inputs if isinstance(item, kind))

    def config(self, kind: type[SectionT]) -> SectionT:
        return self.config_whole.section(kind)

    def progress(self, done: float, total: float, note: str = "") -> None:
        self.progress_calls.append((done, total, note))

    def degrade(self, degradation: Degradation) -> None:
        self.recorded.append(degradation)

    def degradations(self) -> tuple[Degradation, ...]:
        return tuple(self.recorded)
