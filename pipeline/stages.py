"""The stages, in order. Read this first.

    download → screens → transcribe → segment → outline → write → verify → render

What is on screen comes before what is said, since its text primes the recognizer; `segment` joins both into
chapters and chunks; the outline is made once, of the whole; `write` and `verify` run a chapter at a time. A
stage sees what it declares here and nothing else, so what is declared here is all that can put it out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline import outline_edits
from pipeline.config import (
    Config,
    DownloadOptions,
    ImagesOptions,
    LectureOptions,
    LocalOptions,
    OpenAIOptions,
    ReferenceOptions,
    RenderOptions,
    ScreensOptions,
    Section,
    SegmentOptions,
    TranscribeOptions,
    VerifyOptions,
    WeightsOptions,
    WriteOptions,
)
from pipeline.interfaces import Work
from pipeline.models import (
    Chapter,
    ChapterOutline,
    Chapters,
    CheckedChapter,
    Draft,
    Model,
    Outline,
    Screens,
    Site,
    SourceVideo,
    Transcript,
)
from pipeline.times import clock
from pipeline.toolbox import Toolbox


def _nothing_else(config: Config) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline, as a value."""

    name: str
    version: int
    """Counts up when the code changes what comes out; part of the up-to-date key."""
    doing: str
    """What the progress bar says."""
    makes: type[Model]
    run: Callable[[Work, Toolbox], Model]
    made: Callable[[Any], str]
    """What was made, for the table at the end."""
    reads: tuple[type[Model], ...] = ()
    """Artifacts of the stages before; `Chapter` and `ChapterOutline` are one chapter's part of them."""
    fields: Mapping[type[Model], frozenset[str]] = field(default_factory=dict)
    """Of an artifact read, the fields that matter to this stage; all of them unless it stands here."""
    files: tuple[type[Model], ...] = ()
    """Artifacts whose files it opens, so that their content matters too, not their names alone."""
    config: tuple[type[Section], ...] = ()
    """Sections of the config that the result depends on."""
    adapter_config: tuple[type[Section], ...] = ()
    """Sections it may read besides; what of them matters is in `identity`."""
    identity: Callable[[Config], Mapping[str, str]] = _nothing_else
    """What else the result depends on: versions of tools, ids of models, the options of the chosen adapter."""
    per_chapter: bool = False
    prompts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Patterns of files in `prompts/`, by the writer that reads them in this stage."""
    templates: bool = False
    edits: tuple[str, ...] = ()
    """A person's own files in `edits/` that take part; `{chapter}` is the chapter's id, `{number}` its number."""
    edits_identity: Callable[[Path], Mapping[str, str]] | None = None
    """What of them counts, given the lecture's folder; None: their content."""
    costs: float = 0.0
    """Seconds a second of lecture takes on two cores; only for the first guess of the time left."""


def _run(name: str, work: Work, **adapters: Any) -> Model:
    """Call a stage's function. Its module is imported now and not at start: a warm run needs none of them."""
    made = import_module(f"pipeline.{name}").run(work, **adapters)
    assert isinstance(made, Model)
    return made


def _describe_screens(found: Screens) -> str:
    distinct = sum(screen.same_as is None for screen in found.screens)
    return f"{distinct} distinct screens, {sum(len(screen.lines) for screen in found.screens)} lines read"


def _describe_transcript(heard: Transcript) -> str:
    words = sum(len(sentence.text.split()) for sentence in heard.sentences)
    return f"{words:,} words from {heard.engine or heard.source}"


def _describe_chapters(found: Chapters) -> str:
    return f"{len(found.chapters)} chapters, {sum(len(chapter.chunks) for chapter in found.chapters)} chunks"


def _describe_outline(made: Outline) -> str:
    return f"{sum(len(chapter.sections) for chapter in made.chapters)} sections, {len(made.terms)} terms"


STAGES: tuple[Stage, ...] = (
    Stage(
        name="download",
        version=1,
        doing="fetching the lecture",
        makes=SourceVideo,
        config=(DownloadOptions, LectureOptions),
        run=lambda work, tools: _run("download", work, **tools.download()),
        made=lambda video: f"{clock(video.duration_s)} of lecture: {video.title}",
        costs=0.02,
    ),
    Stage(
        name="screens",
        version=4,
        doing="looking at what is on screen",
        makes=Screens,
        reads=(SourceVideo,),
        # The hash stands for the recording; what a site says about it changes no picture.
        fields={SourceVideo: frozenset({"media", "sha256", "duration_s", "has_video"})},
        config=(ScreensOptions,),
        run=lambda work, tools: _run("screens", work, **tools.screens()),
        made=_describe_screens,
        identity=Toolbox.screens_identity,
        costs=0.15,
    ),
    Stage(
        name="transcribe",
        version=6,
        doing="listening",
        makes=Transcript,
        reads=(SourceVideo, Screens),
        files=(SourceVideo,),
        config=(TranscribeOptions,),
        adapter_config=(WeightsOptions, LectureOptions),
        run=lambda work, tools: _run("transcribe", work, **tools.transcribe(work)),
        made=_describe_transcript,
        identity=Toolbox.transcribe_identity,
        costs=0.15,
    ),
    Stage(
        name="segment",
        version=4,
        doing="finding chapters",
        makes=Chapters,
        reads=(SourceVideo, Screens, Transcript),
        config=(SegmentOptions,),
        run=lambda work, tools: _run("segment", work),
        made=_describe_chapters,
        costs=0.005,
    ),
    Stage(
        name="outline",
        version=4,
        doing="outlining the whole",
        makes=Outline,
        reads=(SourceVideo, Chapters),
        config=(),
        adapter_config=(WriteOptions, OpenAIOptions, LocalOptions, WeightsOptions, ReferenceOptions),
        run=lambda work, tools: _run(
            "outline",
            work,
            make_writer=lambda: tools.writer(None, work.progress),
            reference=tools.reference(),
        ),
        made=_describe_outline,
        identity=Toolbox.writing_identity,
        prompts={"openai": ("outline*.md",)},
        edits=(outline_edits.COPY, outline_edits.AS_MADE),
        edits_identity=lambda folder: {
            "your changes in edits/outline.yaml": outline_edits.changes_digest(folder)
        },
        costs=0.1,
    ),
    Stage(
        name="write",
        version=3,
        doing="writing",
        makes=Draft,
        reads=(Chapter, ChapterOutline),
        config=(),
        adapter_config=(
            WriteOptions,
            ImagesOptions,
            OpenAIOptions,
            LocalOptions,
            WeightsOptions,
            ReferenceOptions,
        ),
        run=lambda work, tools: _run(
            "write",
            work,
            make_writer=lambda: tools.writer(None, work.progress),
            reference=tools.reference(),
            make_picture=tools.make_picture(),
        ),
        made=lambda draft: f"{len(draft.blocks)} blocks",
        identity=Toolbox.chapter_identity,
        per_chapter=True,
        prompts={"openai": ("write.md",), "local": ("edit.md",)},
        edits=(
            "chapters/{number:02d}.md",
            "chapters/{number}.md",
            "chapters/{chapter}.md",
            "base/{chapter}.json",
        ),
        costs=0.35,
    ),
    Stage(
        name="verify",
        version=6,
        doing="checking every block",
        makes=CheckedChapter,
        reads=(Chapter, ChapterOutline, Draft),
        config=(VerifyOptions, ReferenceOptions),
        adapter_config=(WriteOptions, OpenAIOptions, LocalOptions, WeightsOptions),
        run=lambda work, tools: _run(
            "verify",
            work,
            make_writer=lambda name: tools.writer(name, work.progress),
            reference=tools.reference(),
        ),
        identity=Toolbox.reference_identity,
        made=lambda checked: f"{len(checked.findings.blocks)} blocks checked",
        prompts={"openai": ("repair.md",)},
        per_chapter=True,
        costs=0.02,
    ),
    Stage(
        name="render",
        version=3,
        doing="setting the pages",
        makes=Site,
        reads=(SourceVideo, Screens, Transcript, Chapters, Outline, CheckedChapter),
        files=(Screens,),
        config=(RenderOptions, ReferenceOptions),
        run=lambda work, tools: _run("render", work, **tools.render()),
        made=lambda site: f"{len(site.files)} files",
        identity=Toolbox.reference_identity,
        templates=True,
        costs=0.01,
    ),
)
