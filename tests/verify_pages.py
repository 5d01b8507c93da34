"""A small lecture for the tests of the checks."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.models import (
    Box,
    Chapter,
    ChapterOutline,
    Chunk,
    OcrLine,
    OutlineChapter,
    Screen,
    ScreenKind,
    Sentence,
)

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
