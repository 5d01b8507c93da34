"""A small lecture whose blocks the checks look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pipeline.models import (
    Block,
    Box,
    Chapter,
    ChapterOutline,
    Chunk,
    OcrLine,
    OutlineChapter,
    Paragraph,
    Screen,
    ScreenKind,
    Sentence,
)

Page = Callable[..., tuple[Block, Chapter, ChapterOutline]]
SECONDS = 6.0


def outline_of(chapter: Chapter, language: str = "en") -> ChapterOutline:
    part = OutlineChapter(id=chapter.id, title=chapter.title, summary="")
    return ChapterOutline(
        title="A lecture", author=None, language=language, chapter=part, chapter_titles=(chapter.title,), terms=(),
        references=(),
    )  # fmt: skip


def chapter_of(said: Sequence[str], shown: Sequence[str] = ()) -> Chapter:
    """A chapter in which each sentence takes six seconds, and one screen is up all the while."""
    end_s = SECONDS * len(said)
    sentences = tuple(
        Sentence(id=f"s{n:04d}", start_s=SECONDS * n, end_s=SECONDS * (n + 1), text=text)
        for n, text in enumerate(said)
    )
    lines = tuple(
        OcrLine(text=text, box=Box(x0=0, y0=30 * n, x1=200, y1=30 * n + 20), confidence=1.0)
        for n, text in enumerate(shown)
    )
    screen = Screen(
        id="f001", start_s=0, end_s=end_s, frame=None, frame_s=0, width=640, height=360, kind=ScreenKind.SLIDE,
        lines=lines,
    )  # fmt: skip
    chunk = Chunk(
        id="ch01-01", start_s=0, end_s=end_s, sentences=sentences, screens=(screen,) if shown else ()
    )
    return Chapter(id="ch01", title="Tokens", start_s=0, end_s=end_s, boundary="whole", chunks=(chunk,))


@pytest.fixture
def page() -> Page:
    """`page(said, written, shown=())`: a paragraph that names all that was said."""

    def make(
        said: Sequence[str], written: str, shown: Sequence[str] = (), cited: Sequence[int] | None = None
    ) -> tuple[Block, Chapter, ChapterOutline]:
        chapter = chapter_of(said, shown)
        names = tuple(f"s{n:04d}" for n in (range(len(said)) if cited is None else cited))
        block = Paragraph(id="ch01-b001", sentences=names, writer="openai", text=written)
        return block, chapter, outline_of(chapter)

    return make
