"""A lecture's chunks as one Markdown page: each chunk's frames beside its words.

For people who want to see what a writer is given, before paying for it.
"""

from __future__ import annotations

__all__ = ["write_storyboard"]

import html
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pipeline.models import Chapter, Chapters, Chunk, Screen, SourceVideo
from pipeline.store import temporary_name
from pipeline.times import clock

FRAME_WIDTH = 360


def write_storyboard(video: SourceVideo, chapters: Chapters, folder: Path) -> Path:
    """Write `work/storyboard.md` in the lecture's folder, and return its path.

    Pictures are linked relative to the page. What was spoken and read off screens is escaped: it comes from
    strangers. The page is put in place whole or not at all.
    """
    path = folder / "work" / "storyboard.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = temporary_name(path)
    partial.write_text("\n".join(_page(video, chapters)) + "\n", encoding="utf-8")
    os.replace(partial, path)
    return path


def _page(video: SourceVideo, chapters: Chapters) -> Iterator[str]:
    yield f"# {_escaped(video.title)}"
    if chapters.note:
        yield f"\n{_escaped(chapters.note)}"
    frames = _frames(chapters)
    for chapter in chapters.chapters:
        yield from _chapter(chapter, frames)


def _chapter(chapter: Chapter, frames: dict[str, str]) -> Iterator[str]:
    yield f"\n## {_escaped(chapter.title)}"
    yield f"\n{chapter.id}, {_times(chapter)}, boundary: {chapter.boundary}"
    for chunk in chapter.chunks:
        yield from _chunk(chunk, frames)


def _chunk(chunk: Chunk, frames: dict[str, str]) -> Iterator[str]:
    """A table in HTML, which Markdown readers pass through: the frames left, the words right."""
    pictures = [_picture(screen, frames) for screen in chunk.screens]
    spoken = " ".join(_escaped(sentence.text) for sentence in chunk.sentences) or "<em>nothing is said</em>"
    yield f"\n### {chunk.id} ({_times(chunk)})\n"
    yield f'<table><tr><td width="{FRAME_WIDTH}">{"<br>".join(pictures) or "<em>no screen</em>"}</td>'
    yield f"<td>{spoken}</td></tr></table>"


def _picture(screen: Screen, frames: dict[str, str]) -> str:
    label = f"{screen.id} {screen.kind.value}, {clock(screen.start_s)}"
    frame = screen.frame or frames.get(screen.same_as or "")
    if frame is None:
        return label
    # The page lies in work/, frames are named from the folder above it.
    link = quote(os.path.relpath(frame, "work").replace(os.sep, "/"))
    return f'<img src="{link}" width="{FRAME_WIDTH}" alt="{_escaped(screen.text)}"><br>{label}'


def _frames(chapters: Chapters) -> dict[str, str]:
    screens = (screen for chapter in chapters.chapters for screen in chapter.screens)
    return {screen.id: screen.frame for screen in screens if screen.frame is not None}


def _times(stretch: Chapter | Chunk) -> str:
    return f"{clock(stretch.start_s)} to {clock(stretch.end_s)}"


def _escaped(text: str) -> str:
    """Safe inside HTML and as Markdown: no markup of the speaker's is live, and it stays one line."""
    line = html.escape(" ".join(text.split()))
    # An entity's own "&", "#" and ";" must survive, so "#" (live only at a line's start) is left alone.
    return "".join(f"&#{ord(char)};" if char in "\\`*_[]|~$!" else char for char in line)
