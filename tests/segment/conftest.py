"""Lectures for the segment stage, made of sentences and screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from fakes import FakeWork

from pipeline import segment
from pipeline.models import (
    Box,
    Chapters,
    Mark,
    OcrLine,
    Screen,
    ScreenKind,
    Screens,
    Sentence,
    SourceVideo,
    Transcript,
)


class Lecture:
    """Builds the stage's inputs and runs it."""

    def __init__(self) -> None:
        self.work: FakeWork | None = None

    def sentences(
        self, texts: Sequence[str], length_s: float = 5.0, pause_s: float = 0.0
    ) -> tuple[Sentence, ...]:
        step_s = length_s + pause_s
        return tuple(
            Sentence(id=f"s{i:04d}", text=text, start_s=i * step_s, end_s=i * step_s + length_s)
            for i, text in enumerate(texts)
        )

    def screen(self, number: int, start_s: float, end_s: float, *lines: str) -> Screen:
        box = Box(x0=0, y0=0, x1=10, y1=10)
        return Screen(
            id=f"f{number:03d}",
            frame=f"work/frames/f{number:03d}.png",
            frame_s=start_s,
            width=320,
            height=180,
            kind=ScreenKind.SLIDE,
            lines=tuple(OcrLine(text=line, box=box, confidence=0.95) for line in lines),
            start_s=start_s,
            end_s=end_s,
        )

    def video(self, duration_s: float, marks: Sequence[tuple[float, str]] = ()) -> SourceVideo:
        return SourceVideo(
            id="talk",
            url=None,
            moment_url=None,
            title="A talk",
            duration_s=duration_s,
            media="work/media/talk.mp4",
            sha256="0" * 64,
            has_video=True,
            has_audio=True,
            marks=tuple(Mark(start_s=start_s, title=title) for start_s, title in marks),
        )

    def segmented(
        self,
        sentences: Sequence[Sentence],
        *,
        duration_s: float,
        marks: Sequence[tuple[float, str]] = (),
        screens: Sequence[Screen] = (),
        language: str = "en",
        **options: float,
    ) -> Chapters:
        transcript = Transcript(source="captions", language=language, sentences=tuple(sentences))
        video, shown = self.video(duration_s, marks), Screens(screens=tuple(screens))
        self.work = FakeWork(Path("lecture"), video, transcript, shown, segment=options)
        return segment.run(self.work)


@pytest.fixture
def lecture() -> Lecture:
    return Lecture()


@pytest.fixture(scope="session")
def check() -> Callable[[Chapters, Sequence[Sentence]], None]:
    """What holds of any chapters: they tile, and each sentence stands once, in order, where it starts."""

    def checked(chapters: Chapters, sentences: Sequence[Sentence]) -> None:
        assert chapters.chapters[0].start_s == 0.0
        assert chapters.chapters[-1].end_s == chapters.duration_s
        chunks = [chunk for chapter in chapters.chapters for chunk in chapter.chunks]
        for before, after in pairwise(chunks):
            assert before.end_s == after.start_s
            assert before.start_s < before.end_s
        there = [sentence.id for chunk in chunks for sentence in chunk.sentences]
        assert there == [sentence.id for sentence in sentences]
        for chunk in chunks:
            for sentence in chunk.sentences:
                assert chunk.start_s <= sentence.start_s
                assert sentence.start_s < chunk.end_s or chunk is chunks[-1]

    return checked
