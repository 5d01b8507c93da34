"""Runs the stages: decides by content what is up to date, builds the rest, and can say why.

A unit is a stage, or a stage of one chapter. It is up to date if the key file beside its artifact holds the
parts that it would be made of now, and the artifact and its files are as they were when finished.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.chapter_requests import Request, Requests
from pipeline.config import Config, SectionT
from pipeline.errors import LecturebookError, StorageError, UsageError
from pipeline.hand_edits import keep_bases
from pipeline.interfaces import ModelT
from pipeline.lecture_lock import locked
from pipeline.models import (
    Chapter,
    ChapterOutline,
    Chapters,
    CheckedChapter,
    Degradation,
    Draft,
    Model,
    Outline,
    Site,
    SourceVideo,
    Transcript,
)
from pipeline.reports import Report, StageResult, Watcher
from pipeline.resources import resource
from pipeline.stages import STAGES, Stage
from pipeline.store import (
    Store,
    digest,
    digest_model,
    storage_errors,
    sweep,
)
from pipeline.toolbox import Toolbox
from pipeline.unit_keys import IN_WORDS, differences, edit_names, hash_files, part_of

log = logging.getLogger("lecturebook")
"""Silent unless `--debug` gave it a file (`debug_log`)."""


class Run:
    """One run over one lecture.

    Args:
        url: the lecture as the user named it.
        folder: the lecture's folder, `output/<lecture>`.
        config: the configuration in force.
        watcher: is told how it goes.
        toolbox: the adapters; one is made from the config if None.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        config: Config,
        watcher: Watcher,
        toolbox: Toolbox | None = None,
        stages: tuple[Stage, ...] = STAGES,
    ) -> None:
        self.url = url
        self.folder = folder
        self.config = config
        self.watcher = watcher
        self.stages = stages
        self.store = Store(folder)
        self.toolbox = toolbox or Toolbox(url, config, folder, watcher.tell)
        self._cache: dict[tuple[type[Model], str | None], Model] = {}
        self._requests = Requests(folder)

    # ------------------------------------------------------------------------------------------ running

    def run(self, before: Mapping[str, Callable[[], None]] | None = None) -> Report:
        """Build what is out of date.

        Args:
            before: what to do when a stage of that name is reached.

        Raises:
            LecturebookError: a stage of the whole lecture failed. Failures of single chapters are
                collected in the report instead, and the rest of the book is built.
        """
        if any(stage.makes is Outline for stage in self.stages):
            self.toolbox.refuse_early()
        with locked(self.folder):
            sweep(self.folder)
            keep_bases(self.folder)
            self.watcher.planned(self.stages)
            report = Report()
            for stage in self.stages:
                (before or {}).get(stage.name, _nothing)()
                self._run_stage(stage, report)
                if stage.makes is SourceVideo and any(other.makes is Transcript for other in self.stages):
                    self.toolbox.refuse_unheard(self._read(SourceVideo, None))
            if any(stage.makes is Site for stage in self.stages):
                report.index = self.folder / self._read(Site, None).index
            self.store.save_hashes()
            return report

    def set_pages(self, to: str) -> Path:
        """Set the pages of what is made into another folder, with this run's config; build nothing else.

        Args:
            to: the folder, relative to the lecture's.

        Returns:
            The folder.

        Raises:
            UsageError: the article was not made yet, or its artifacts are gone.
        """
        from pipeline import render

        stage = next(one for one in self.stages if one.makes is Site)
        try:
            before = [self._recorded(one, self._units(one)) for one in self.stages if one is not stage]
            work = StageWork(self, stage, None, Report(before).degradations)
            with locked(self.folder), storage_errors(self.folder):
                render.run(work, to=to, **self.toolbox.render())
        except _NotYet as missing:
            raise UsageError(
                f"{self.url} is not made yet: {missing.args[0]} is missing",
                kept="what was made",
                fix="make it first: make article URL=...",
            ) from None
        return self.folder / to

    def _run_stage(self, stage: Stage, report: Report) -> None:
        began = time.monotonic()
        units = self._units(stage)
        reasons = {chapter: self._reasons(stage, chapter, report) for chapter in units}
        stale = [chapter for chapter in units if reasons[chapter]]
        for chapter in stale:
            log.debug("%s %s is out of date: %s", stage.name, chapter or "", "; ".join(reasons[chapter]))
        degradations: list[Degradation] = []
        if stale:
            self.watcher.started(stage, len(stale))
            workers = self.config.write.parallel if stage.per_chapter and self.toolbox.parallel() else 1
            for chapter, error in self._build_all(stage, stale, report, workers):
                report.failures.append(error)
                log.debug("%s %s failed", stage.name, chapter, exc_info=error)
                degradations.append(
                    Degradation(
                        stage=stage.name,
                        what=f"the stage failed: {error.what}",
                        consequence=(
                            "the chapter stands as it was before"
                            if chapter and self.store.path(stage.makes, chapter).exists()
                            else "this chapter is missing from the book"
                        ),
                        remedy=error.fix,
                        chapter=chapter,
                    )
                )
        built = [chapter for chapter in units if self.store.path(stage.makes, chapter).exists()]
        for chapter in built:
            key = self.store.key(stage.makes, chapter)
            degradations += key.degradations if key is not None else ()
        self.watcher.finished(
            result := StageResult(
                stage=stage,
                seconds=time.monotonic() - began,
                built=len(stale),
                units=len(units),
                made=self._describe(stage, built),
                degradations=tuple(degradations),
            )
        )
        report.results.append(result)
        log.debug("%s: %d of %d built in %.2f s", stage.name, len(stale), len(units), result.seconds)
        for one in degradations:
            log.debug("fell short: %s", one.model_dump_json())

    def _build_all(
        self, stage: Stage, chapters: list[str | None], report: Report, workers: int
    ) -> list[tuple[str | None, LecturebookError]]:
        """Build units; errors of chapters are returned, those of whole stages raised."""
        before = report.degradations
        if workers == 1 or len(chapters) == 1:
            failures: list[tuple[str | None, LecturebookError]] = []
            for chapter in chapters:
                try:
                    self._build(stage, chapter, before)
                except LecturebookError as error:
                    if chapter is None or isinstance(error, StorageError):
                        raise
                    failures.append((chapter, error))
            return failures
        return self._build_parallel(stage, chapters, before, workers)

    def _build_parallel(
        self, stage: Stage, chapters: list[str | None], before: tuple[Degradation, ...], workers: int
    ) -> list[tuple[str | None, LecturebookError]]:
        failures: list[tuple[str | None, LecturebookError]] = []
        pool = ThreadPoolExecutor(workers, thread_name_prefix=stage.name)
        try:
            pending: dict[Future[None], str | None] = {
                # The longest first: begun last, it alone would be waited for at the end.
                pool.submit(self._build, stage, chapter, before): chapter
                for chapter in sorted(chapters, key=self._length, reverse=True)
            }
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    chapter = pending.pop(future)
                    try:
                        future.result()
                    except LecturebookError as error:
                        if isinstance(error, StorageError):
                            raise
                        failures.append((chapter, error))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return sorted(failures, key=lambda failure: failure[0] or "")

    def _length(self, chapter: str | None) -> int:
        sentences = self._read(Chapter, chapter).sentences if chapter else ()
        return sum(len(sentence.text) for sentence in sentences)

    def _build(self, stage: Stage, chapter: str | None, before: tuple[Degradation, ...]) -> None:
        work = StageWork(self, stage, chapter, before)
        parts = self._parts(stage, chapter, before)
        with storage_errors(self.folder):
            artifact = stage.run(work, self.toolbox)
        self.store.write(artifact, chapter, parts, tuple(work.recorded))
        self._cache[type(artifact), chapter] = artifact

    def _describe(self, stage: Stage, chapters: list[str | None]) -> str:
        if not stage.per_chapter:
            return stage.made(self._read(stage.makes, None))
        return f"{len(chapters)} chapters" if chapters else "nothing"

    # ---------------------------------------------------------------------------------------- deciding

    def why(self) -> list[str]:
        """A sentence for everything that is out of date, in the order it would be built."""
        sentences: list[str] = []
        report = Report()
        for position, stage in enumerate(self.stages):
            try:
                units = self._units(stage)
            except _NotYet:
                units = []
            stale = {chapter: self._reasons(stage, chapter, report) for chapter in units}
            for chapter, reasons in stale.items():
                if reasons:
                    where = f"{stage.name} of {chapter}" if chapter else stage.name
                    sentences.append(f"{where} is out of date: {'; '.join(reasons)}.")
            if sentences and not stage.per_chapter:
                later = [one.name for one in self.stages[position + 1 :]]
                if later:
                    sentences.append(
                        f"What follows it ({', '.join(later)}) is decided once {stage.name} has run."
                    )
                return sentences
            report.results.append(self._recorded(stage, units))
        return sentences

    def to_be_written(self) -> tuple[bool, list[str]]:
        """Whether the outline is out of date, and the chapters whose text is (all of them where the outline is)."""
        outline, write = (next(one for one in STAGES if one.makes is kind) for kind in (Outline, Draft))
        everything = [chapter.id for chapter in self._read(Chapters, None).chapters]
        if self._reasons(outline, None, Report()):
            return True, everything
        return False, [chapter for chapter in everything if self._reasons(write, chapter, Report())]

    def requested(self, chapter: str) -> Request:
        """What a person asked of a chapter."""
        return self._requests.of(chapter)

    def _recorded(self, stage: Stage, units: list[str | None]) -> StageResult:
        keys = [self.store.key(stage.makes, chapter) for chapter in units]
        degradations = tuple(one for key in keys if key is not None for one in key.degradations)
        return StageResult(stage, 0.0, 0, len(units), "", degradations)

    def _reasons(self, stage: Stage, chapter: str | None, report: Report) -> list[str]:
        """Why a unit is out of date, as clauses; empty if it is up to date."""
        if not self.store.path(stage.makes, chapter).exists():
            return ["it was not made yet"]
        key = self.store.key(stage.makes, chapter)
        if key is None:
            return ["it was begun but not finished"]
        if damage := self.store.damage(stage.makes, chapter, key):
            return [damage]
        try:
            parts = self._parts(stage, chapter, report.degradations)
            self._read(stage.makes, chapter)
        except ValidationError:
            return ["its artifact was made by another version"]
        except _NotYet as missing:
            return [f"its input, {missing.args[0]}, was not made yet"]
        if changed := list(differences(key.parts, parts)):
            return changed
        return [f"{one.what}, which may be otherwise now" for one in key.degradations if one.passing]

    def _units(self, stage: Stage) -> list[str | None]:
        if not stage.per_chapter:
            return [None]
        chapters: list[str | None] = [chapter.id for chapter in self._read(Chapters, None).chapters]
        if stage.makes is Draft:
            return chapters
        # A chapter whose draft failed has nothing to be checked.
        return [chapter for chapter in chapters if self.store.key(Draft, chapter) is not None]

    def _parts(self, stage: Stage, chapter: str | None, before: tuple[Degradation, ...]) -> dict[str, str]:
        """What a unit would be made of now: each part a name that reads in a sentence, and a value."""
        parts = {f"version of the stage {stage.name}": str(stage.version)}
        if stage.makes is SourceVideo:
            parts |= self.toolbox.source_identity(self.store.file_digest)
        for kind in stage.config:
            section = self.config.section(kind)
            name = next(n for n in type(self.config).model_fields if getattr(self.config, n) is section)
            parts |= {f"option {name}.{option}": str(value) for option, value in section.key().items()}
        parts |= stage.identity(self.config)
        for pattern in stage.prompts.get(self.toolbox.writer_name(self.config), ()):
            parts |= hash_files(resource("prompts"), pattern, "prompt")
        if stage.templates:
            parts |= self.toolbox.templates_identity()
        parts |= stage.edits_identity(self.folder) if stage.edits_identity is not None else {}
        for name in edit_names(stage, chapter) if stage.edits_identity is None else ():
            path = self.folder / "edits" / name
            if path.is_file():
                parts[f"your edits/{name}"] = digest(path.read_bytes())
        if stage.makes is Draft and chapter is not None:
            request = self._requests.of(chapter)
            parts["sample asked for"], parts["notes"] = str(request.sample), request.notes
        for kind_read in stage.reads:
            parts |= self._input_parts(kind_read, chapter, before, stage.fields.get(kind_read))
        return parts | self._file_parts(stage)

    def _file_parts(self, stage: Stage) -> dict[str, str]:
        keys = [self.store.key(kind) for kind in stage.files]
        files = {name: record for key in keys if key is not None for name, record in key.files.items()}
        return {f"content of {name}": record.sha256 for name, record in files.items()}

    def _input_parts(
        self,
        kind: type[Model],
        chapter: str | None,
        before: tuple[Degradation, ...],
        fields: frozenset[str] | None,
    ) -> dict[str, str]:
        if kind is CheckedChapter and chapter is None:
            parts = {
                f"checked text of {one.chapter}": digest_model(checked)
                for checked in self._read_all(CheckedChapter)
                for one in (checked.draft,)
            }
            return parts | {"what fell short": digest(repr(before).encode())}
        name = f"input {IN_WORDS[kind]}"
        return {name: digest_model(self._read(kind, chapter), fields)}

    # ----------------------------------------------------------------------------------------- reading

    def _read(self, kind: type[ModelT], chapter: str | None) -> ModelT:
        """An artifact, or one chapter's part of one."""
        if kind is Chapter:
            return self._read(Chapters, None).find(chapter or "")  # type: ignore[return-value]
        if kind is ChapterOutline:
            return part_of(self._read(Outline, None), chapter or "")  # type: ignore[return-value]
        place = chapter if kind in (Draft, CheckedChapter) else None
        if (kind, place) not in self._cache:
            try:
                self._cache[kind, place] = self.store.read(kind, place)
            except FileNotFoundError:
                raise _NotYet(IN_WORDS[kind]) from None
        value = self._cache[kind, place]
        assert isinstance(value, kind)
        return value

    def _read_all(self, kind: type[ModelT]) -> tuple[ModelT, ...]:
        chapters = self._read(Chapters, None).chapters
        return tuple(
            self._read(kind, chapter.id)
            for chapter in chapters
            if self.store.key(kind, chapter.id) is not None
        )


class _NotYet(Exception):
    """An artifact that was not made yet."""


class StageWork:
    """What a stage's function is given (`interfaces.Work`): its declared inputs and config, nothing else."""

    def __init__(self, run: Run, stage: Stage, chapter: str | None, before: tuple[Degradation, ...]) -> None:
        self._run = run
        self._stage = stage
        self._chapter = chapter
        self._before = before
        self._request = run._requests.of(chapter) if chapter else Request()
        self._recording = threading.Lock()
        self.recorded: list[Degradation] = []

    @property
    def folder(self) -> Path:
        return self._run.folder

    @property
    def url(self) -> str:
        return self._run.url

    @property
    def sample(self) -> int:
        return self._request.sample

    @property
    def notes(self) -> str:
        return self._request.notes

    def edit(self, name: str) -> str | None:
        if name not in edit_names(self._stage, self._chapter):
            raise LookupError(f"stage {self._stage.name} does not declare edits/{name}")
        path = self.folder / "edits" / name
        try:
            return path.read_text(encoding="utf-8") if path.is_file() else None
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{path} is not UTF-8 text: byte {error.start}",
                kept="your file as it is, and everything that was made",
                fix="save it as UTF-8",
            ) from error

    def read(self, kind: type[ModelT]) -> ModelT:
        self._check_declared(kind, self._stage.reads)
        return self._run._read(kind, self._chapter)

    def read_all(self, kind: type[ModelT]) -> tuple[ModelT, ...]:
        self._check_declared(kind, self._stage.reads)
        return self._run._read_all(kind)

    def config(self, kind: type[SectionT]) -> SectionT:
        self._check_declared(kind, (*self._stage.config, *self._stage.adapter_config))
        return self._run.config.section(kind)

    def progress(self, done: float, total: float, note: str = "") -> None:
        self._run.watcher.progress(self._stage, self._chapter, done, total, note)

    def degrade(self, degradation: Degradation) -> None:
        with self._recording:
            self.recorded.append(degradation)

    def degradations(self) -> tuple[Degradation, ...]:
        return self._before

    def _check_declared(self, kind: type[Any], declared: tuple[type[Any], ...]) -> None:
        if kind not in declared:
            raise LookupError(f"stage {self._stage.name} does not declare that it reads {kind.__name__}")


def _nothing() -> None:
    """Nothing is to be done before most stages."""
