"""A small lecture for the editor's tests, built from parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.interfaces import Assignment
from pipeline.models import (
    Box,
    Chapter,
    ChapterOutline,
    Chunk,
    OcrLine,
    Outline,
    OutlineChapter,
    Screen,
    ScreenKind,
    Section,
    Sentence,
    SourceVideo,
)

# The same examples on every machine, however slow it is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def sentences_from(texts: Sequence[str], seconds: float = 5.0, first: int = 1) -> tuple[Sentence, ...]:
    """Sentences of five seconds each, without pauses."""
    return tuple(
        Sentence(id=f"s{first + n:04d}", start_s=n * seconds, end_s=(n + 1) * seconds, text=text)
        for n, text in enumerate(texts)
    )


def screen_from(
    name: str,
    start_s: float,
    end_s: float,
    lines: Sequence[str],
    kind: ScreenKind = ScreenKind.SLIDE,
    **more: object,
) -> Screen:
    """A screen of 1280 x 720 whose first line is twice as large as the rest; all lines are code on a code screen."""
    boxes = [
        OcrLine(
            text=line,
            box=Box(x0=80, y0=60 + 70 * n, x1=900, y1=60 + 70 * n + (50 if n == 0 and kind is ScreenKind.SLIDE else 24)),
            confidence=float(more.get("confidence", 0.97)),  # type: ignore[arg-type]
            is_code=kind is ScreenKind.CODE,
        )
        for n, line in enumerate(lines)
    ]  # fmt: skip
    return Screen(
        id=name, start_s=start_s, end_s=end_s, frame=f"work/frames/{name}.png" if more.get("frame", True) else None,
        frame_s=float(more.get("frame_s", end_s - 0.5)), width=1280, height=720, kind=kind, lines=tuple(boxes),  # type: ignore[arg-type]
        same_as=more.get("same_as"),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def make_chapter() -> Callable[..., Chapter]:
    """`make_chapter(texts, screens=())`: a chapter of one chunk."""

    def make(texts: Sequence[str], screens: Sequence[Screen] = (), seconds: float = 5.0) -> Chapter:
        sentences = sentences_from(texts, seconds)
        end_s = max([sentence.end_s for sentence in sentences] + [screen.end_s for screen in screens] + [1.0])
        chunk = Chunk(id="ch01-01", start_s=0, end_s=end_s, sentences=sentences, screens=tuple(screens))
        return Chapter(
            id="ch01", title="Byte pairs", start_s=0, end_s=end_s, boundary="author", chunks=(chunk,)
        )

    return make


@pytest.fixture
def assign() -> Callable[..., Assignment]:
    """`assign(chapter, sections={}, language="en")`."""

    def make(chapter: Chapter, sections: dict[str, str] | None = None, language: str = "en") -> Assignment:
        part = OutlineChapter(
            id=chapter.id,
            title=chapter.title,
            summary="",
            sections=tuple(Section(title=title, sentence=at) for at, title in (sections or {}).items()),
        )
        outline = ChapterOutline(
            title="A lecture", author=None, language=language, chapter=part, chapter_titles=(chapter.title,),
            terms=(), references=(),
        )  # fmt: skip
        return Assignment(chapter, outline, Path())

    return make


@pytest.fixture
def video() -> Callable[..., SourceVideo]:
    """`video(duration_s, description="", language="en")`."""

    def make(duration_s: float, description: str = "", language: str | None = "en") -> SourceVideo:
        return SourceVideo(
            id="lecture", url=None, moment_url=None, title="A lecture", duration_s=duration_s, media="work/media.mp4",
            sha256="0" * 64, has_video=True, has_audio=True, language=language, description=description,
        )  # fmt: skip

    return make


def outline_part(outline: Outline, chapter: Chapter) -> ChapterOutline:
    return ChapterOutline(
        title=outline.title, author=outline.author, language=outline.language,
        chapter=next(part for part in outline.chapters if part.id == chapter.id),
        chapter_titles=tuple(part.title for part in outline.chapters), terms=outline.terms,
        references=outline.references,
    )  # fmt: skip


@pytest.fixture
def make_screen() -> Callable[..., Screen]:
    return screen_from


@pytest.fixture
def make_sentences() -> Callable[..., tuple[Sentence, ...]]:
    return sentences_from


@pytest.fixture
def part_of() -> Callable[[Outline, Chapter], ChapterOutline]:
    return outline_part
