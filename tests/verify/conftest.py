"""A small lecture whose blocks the checks look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from verify_pages import chapter_of, outline_of

from pipeline.models import Block, Chapter, ChapterOutline, Paragraph

Page = Callable[..., tuple[Block, Chapter, ChapterOutline]]


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
